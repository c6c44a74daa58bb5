"""How much of the difference between trials each searched key makes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.study import Study
from optuna.trial import TrialState

FEWEST = 10  # finished trials; fewer say nothing


@dataclass(frozen=True)
class Importances:
    """How much each searched key matters.

    Attributes:
        shares: Of each key, the greatest first; they sum to 1. Empty where too few trials have finished.
        finished: How many trials they are from.
        notes: What makes them doubtful, or why there are none.
    """

    shares: dict[str, float]
    finished: int
    notes: tuple[str, ...] = ()


def importances_of(study: Study) -> Importances:
    """Return the importances of a study's keys.

    PED-ANOVA: how differently each key is distributed among the best tenth of the finished trials and among all.
    Conditional keys are judged among the trials that have them. Watanabe et al. 2023, https://arxiv.org/abs/2304.10255.
    """
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(finished) < FEWEST:
        return Importances(
            {},
            len(finished),
            (f"what matters can be told from {FEWEST} finished trials on; so far {len(finished)} have",),
        )
    if len({trial.value for trial in finished}) == 1:
        return Importances({}, len(finished), ("all finished trials have the same figure",))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        shares = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    notes = dict.fromkeys(str(item.message) for item in caught if not _is_optunas_own(item.category))
    return Importances({key: float(share) for key, share in shares.items()}, len(finished), tuple(notes))


def _is_optunas_own(category: type[Warning]) -> bool:
    """Return whether a warning is about Optuna's interface: nothing that a person who searches can do about."""
    return issubclass(category, optuna.exceptions.ExperimentalWarning | FutureWarning | DeprecationWarning)

"""The interfaces of Optuna that it does not document are still there."""

from __future__ import annotations

import optuna
from optuna.trial import TrialState

from seqexp.sweeps.queue.compat_optuna import reopened


def test_a_trial_of_a_crashed_process_is_drawn_from_and_told() -> None:
    study = optuna.create_study()
    first = study.ask()
    units = first.suggest_int("units", 1, 100)
    again = reopened(study, study.get_trials(deepcopy=False)[0])
    assert again.number == first.number
    assert again.suggest_int("units", 1, 100) == units
    study.tell(again, 0.5)
    assert [(trial.state, trial.value) for trial in study.trials] == [(TrialState.COMPLETE, 0.5)]

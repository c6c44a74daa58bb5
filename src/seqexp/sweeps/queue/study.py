"""The study of a search: created, or opened again if it belongs to the same search; its sampler and its pruner."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from typing_extensions import override

from seqexp.config.digests import digest_of
from seqexp.config.errors import Fault, InputError, nearest, shown
from seqexp.config.output.secrets import masked_values
from seqexp.config.search.search import Search
from seqexp.config.search.space import PrunerConfig, SamplerConfig
from seqexp.sweeps.queue.storage import StudyStorage
from seqexp.tasks.metric import Metric
from seqexp.tracking.store.answers import check_database

# The user attributes of a study: what all its trials have in common, and the id of the MLflow run that is their parent.
IDENTITY_KEY, PARENT_KEY = "seqexp.identity", "seqexp.parent"
ENDED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
_DIFFERENCES_SHOWN = 5
_ABSENT = "nothing"


def study_name(search: Search, run_name: str | None) -> str:
    """Return the study's name: the one in the settings, else that of the run, else one made of the searched keys."""
    searched = " ".join(entry.key for entry in search.space.searched)
    return search.settings.study or run_name or f"{searched} {digest_of(search.identity)[:8]}"


class SeededByTrial(BaseSampler):
    """A sampler that gives each trial a sampler of its own, seeded by the search's seed and the trial's number.

    Optuna's samplers draw from one stream of random numbers, so that a study that is loaded again would begin the
    stream anew and repeat its proposals. This sampler proposes the same values whether a study is resumed or not, and
    whichever process asks.
    """

    def __init__(self, settings: SamplerConfig) -> None:
        self._settings = settings

    @override
    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._sampler_of(trial).infer_relative_search_space(study, trial)

    @override
    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return dict(self._sampler_of(trial).sample_relative(study, trial, search_space))

    @override
    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._sampler_of(trial, param_name).sample_independent(study, trial, param_name, param_distribution)

    def _sampler_of(self, trial: FrozenTrial, key: str = "") -> BaseSampler:
        text = f"{self._settings.seed} {trial.number} {key}"
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
        if self._settings.name == "random":
            return RandomSampler(seed)
        startup, together = self._settings.startup_trials, self._settings.multivariate
        return TPESampler(n_startup_trials=startup, multivariate=together, seed=seed)


def pruner_of(settings: PrunerConfig) -> BasePruner:
    """Return the pruner that the settings describe; its steps are epochs, counted from 1."""
    if settings.name == "median":
        return MedianPruner(n_startup_trials=settings.startup_trials, n_warmup_steps=settings.warmup_epochs)
    if settings.name == "halving":
        return SuccessiveHalvingPruner(min_resource=max(1, settings.warmup_epochs), reduction_factor=settings.reduction)
    return NopPruner()


@dataclass(frozen=True)
class StudyRequest:
    """The study that a search asks for."""

    search: Search
    name: str
    metric: Metric  # the metric that ranks its trials
    data_digest: str  # the digest of the data's content
    storage: StudyStorage  # the database of studies
    resumes: bool  # whether an existing study is to be resumed; if not, a new one is to be created

    def find(self) -> optuna.Study | None:
        """Return the study that is to be resumed; None where `open` will create a new one.

        Raises:
            InputError: A new study is asked for and there is one of this name; or one is to be resumed and there is
                none, or it belongs to another search; or the database can't be used.
        """
        check_database(self.storage.location)
        if not self.storage.exists:
            if self.resumes:
                raise _unknown(self.name, [], self.storage)
            return None
        opened = self.storage.open()
        with self.storage.exclusive():
            return self._existing(opened)

    def open(self) -> optuna.Study:
        """Return the study; create it unless it is to be resumed.

        Raises:
            InputError: As in `find`.
        """
        opened = self.storage.open()
        with self.storage.exclusive():
            existing = self._existing(opened)
            if existing is not None:
                return existing
            study = optuna.create_study(
                study_name=self.name,
                storage=opened,
                sampler=SeededByTrial(self.search.settings.sampler),
                pruner=pruner_of(self.search.settings.pruner),
                direction=StudyDirection.MAXIMIZE if self.metric.better == "higher" else StudyDirection.MINIMIZE,
            )
            study.set_user_attr(IDENTITY_KEY, self._identity)
            return study

    @property
    def _identity(self) -> dict[str, Any]:
        # Without secrets: the database may be others' as well, and an address is the same with another token.
        return dict(masked_values({**self.search.identity, "data": {"data digest": self.data_digest}}))

    def _existing(self, opened: BaseStorage) -> optuna.Study | None:
        """Return the study that is to be resumed, once it is checked; None where none is to be, and there is none."""
        known = optuna.get_all_study_names(opened)
        if self.name not in known:
            if self.resumes:
                raise _unknown(self.name, known, self.storage)
            return None
        settings = self.search.settings
        sampler, pruner = SeededByTrial(settings.sampler), pruner_of(settings.pruner)
        study = optuna.load_study(study_name=self.name, storage=opened, sampler=sampler, pruner=pruner)
        if not self.resumes:
            raise _exists(study, self.storage)
        faults = list(_differences(masked_values(study.user_attrs.get(IDENTITY_KEY)), self._identity))
        if faults:
            left = len(faults) - _DIFFERENCES_SHOWN
            more = [f"and {left} more differences."] if left > 0 else []
            texts = (f"the study {self.name!r} is of another search: {it}" for it in faults[:_DIFFERENCES_SHOWN] + more)
            raise InputError(*(Fault("hydra.sweeper.study", text) for text in texts))
        return study


def _unknown(name: str, known: list[str], storage: StudyStorage) -> InputError:
    text = f"there is no study {name!r} in {storage.shown}. Leave out --resume to begin it.{nearest(name, known)}"
    return InputError(Fault("--resume", f"--resume: {text}"))


def _exists(study: optuna.Study, storage: StudyStorage) -> InputError:
    ended = len(study.get_trials(deepcopy=False, states=ENDED))
    text = (
        f"the study {study.study_name!r} is there already, with {ended} trials that ended, in "
        f"{storage.shown}. Add --resume to go on with it, or name another: hydra.sweeper.study=NAME."
    )
    return InputError(Fault("hydra.sweeper.study", f"hydra.sweeper.study: {text}"))


def _differences(before: Any, now: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence about each difference between the identities of two searches."""
    if not isinstance(before, Mapping):
        yield "it was begun by another program."
        return
    for part in ("space", "experiment", "data", "sampler", "pruner"):
        prefix = f"hydra.sweeper.{part}." if part in ("sampler", "pruner") else ""
        old, new = (dict(_flat(each.get(part, {}), prefix)) for each in (before, now))
        for key in dict.fromkeys([*old, *new]):
            if old.get(key, _ABSENT) != new.get(key, _ABSENT):
                yield f"{key} was {shown(old.get(key, _ABSENT))}. Received: {shown(new.get(key, _ABSENT))}."


def _flat(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value

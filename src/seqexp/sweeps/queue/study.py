"""Open a search's study: begin it, or go on with it if it is the same search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import TrialState

from seqexp.config.digests import digest_of
from seqexp.config.errors import Fault, InputError, nearest, shown
from seqexp.config.search.plan import Search
from seqexp.sweeps.queue.sampler import ByNumber, pruner_of
from seqexp.sweeps.queue.storage import StudyStorage
from seqexp.tasks.metric import Metric

IDENTITY = "seqexp.identity"  # what must be the same for trials to belong to one study
PARENT = "seqexp.parent"  # the id of the MLflow run that the study's trials are children of
ENDED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
_SHOWN = 5  # differences
_WHERE = "hydra.sweeper."
_ABSENT = "nothing"


def study_name(search: Search, run_name: str | None) -> str:
    """Return the study's name: as said, else the run's, else from what is searched.

    Args:
        search: The search.
        run_name: The name that the user gave the run, if any.
    """
    searched = " ".join(entry.key for entry in search.space.searched)
    return search.settings.study or run_name or f"{searched} {digest_of(search.identity)[:8]}"


@dataclass(frozen=True)
class Door:
    """Where a search's study is, and what it must be.

    Attributes:
        search: The search.
        name: The study's name.
        metric: What its trials are ranked by.
        data_digest: Of the data's content.
        storage: Where studies are kept.
        resumes: Whether the study is to be there already.
    """

    search: Search
    name: str
    metric: Metric
    data_digest: str
    storage: StudyStorage
    resumes: bool

    def knock(self) -> optuna.Study | None:
        """Return the study if it is to be there already; begin none.

        Raises:
            InputError: It is there though it should not be, or the other way round, or it is another search's; or the
                database can't be used.
        """
        self.storage.check()
        if not self.storage.exists:
            if self.resumes:
                raise InputError(_unknown(self.name, [], self.storage))
            return None
        opened = self.storage.open()
        with self.storage.alone():
            if self.resumes or self.name in optuna.get_all_study_names(opened):
                return self._there_already(opened)
        return None

    def open(self) -> optuna.Study:
        """Return the study; begin it if it is not to be there yet.

        Raises:
            InputError: As above.
        """
        opened = self.storage.open()
        with self.storage.alone():
            if self.resumes or self.name in optuna.get_all_study_names(opened):
                return self._there_already(opened)
            rises = self.metric.better == "higher"
            study = optuna.create_study(
                study_name=self.name,
                storage=opened,
                sampler=ByNumber(self.search.settings.sampler),
                pruner=pruner_of(self.search.settings.pruner),
                direction=StudyDirection.MAXIMIZE if rises else StudyDirection.MINIMIZE,
            )
            study.set_user_attr(IDENTITY, self._identity)
            return study

    @property
    def _identity(self) -> dict[str, Any]:
        return {**self.search.identity, "data": {"data digest": self.data_digest}}

    def _there_already(self, opened: BaseStorage) -> optuna.Study:
        known = optuna.get_all_study_names(opened)
        if self.name not in known:
            raise InputError(_unknown(self.name, known, self.storage))
        settings = self.search.settings
        sampler, pruner = ByNumber(settings.sampler), pruner_of(settings.pruner)
        study = optuna.load_study(study_name=self.name, storage=opened, sampler=sampler, pruner=pruner)
        if not self.resumes:
            raise InputError(_there_already(study, self.storage))
        faults = list(_differences(study.user_attrs.get(IDENTITY), self._identity))
        if faults:
            more = [f"and {len(faults) - _SHOWN} more differences."] if len(faults) > _SHOWN else []
            raise InputError(
                *(
                    Fault("hydra.sweeper.study", f"the study {self.name!r} is of another search: {fault}")
                    for fault in [*faults[:_SHOWN], *more]
                )
            )
        return study


def _unknown(name: str, known: list[str], storage: StudyStorage) -> Fault:
    hint = nearest(name, known)
    return Fault(
        "--resume", f"--resume: there is no study {name!r} in {storage.shown}. Leave out --resume to begin it.{hint}"
    )


def _there_already(study: optuna.Study, storage: StudyStorage) -> Fault:
    trials = study.get_trials(deepcopy=False)
    ended = sum(trial.state in ENDED for trial in trials)
    return Fault(
        "hydra.sweeper.study",
        f"hydra.sweeper.study: the study {study.study_name!r} is there already, with {ended} trials that ended, in "
        f"{storage.shown}. Add --resume to go on with it, or name another: hydra.sweeper.study=NAME.",
    )


def _differences(before: Any, now: Mapping[str, Any]) -> Iterator[str]:
    """Yield what of two searches is not the same."""
    if not isinstance(before, Mapping):
        yield "it was begun by another program."
        return
    prefixes = {"space": "", "experiment": "", "data": "", "sampler": f"{_WHERE}sampler.", "pruner": f"{_WHERE}pruner."}
    for part, prefix in prefixes.items():
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

"""A study driven by hand: what its trials would have given is a formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optuna.study import Study, load_study
from optuna.trial import TrialState

from seqexp.config.search.search import Search
from seqexp.config.search.space import SearchValue
from seqexp.runs.jobs import Failure, Outcome, Result
from seqexp.sweeps.queue.leases import TrialRuns
from seqexp.sweeps.queue.storage import StudyStorage, locate_studies
from seqexp.sweeps.queue.study import StudyRequest
from seqexp.sweeps.queue.trials import StudySource
from seqexp.sweeps.spec import JobSpec
from seqexp.tasks.metric import MAE
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.store import Store
from tests.factories import make_plan

SPACE = ("model=gru", "model.units=range(4,33,4)", "training.learning_rate=tag(log,interval(1e-4,1e-1))")
Params = dict[str, SearchValue]


def search_of(*overrides: str) -> Search:
    """Return the search of a command line."""
    search = make_plan(["hydra/sweeper=optuna", *overrides], multirun=True).search
    assert search is not None
    return search


def error_of(values: dict[str, str]) -> float:
    """Return a figure that is best at 16 units and a learning rate of 0.01."""
    units, rate = float(values["model.units"]), float(values["training.learning_rate"])
    return abs(units - 16) / 16 + abs(math.log10(rate) + 2)


@dataclass
class Bench:
    """Studies and a store in a folder.

    Attributes:
        folder: The folder.
        store: Where runs are recorded.
        uri: Of the studies, or None for the default.
    """

    folder: Path
    store: Store
    uri: str | None = None
    storage: StudyStorage = field(init=False)

    def __post_init__(self) -> None:
        self.storage = locate_studies(self.uri, None, self.folder)

    @property
    def runs_folder(self) -> Path:
        """The folder that holds the folders of all unfinished runs."""
        return self.folder / ".seqexp" / "runs"

    def request(
        self, search: Search, name: str = "study", *, resumes: bool = False, data: str = "data"
    ) -> StudyRequest:
        """Return what is asked of a study."""
        return StudyRequest(search, name, MAE, data, self.storage, resumes)

    def study(self, search: Search, name: str = "study") -> Study:
        """Return a study that is there."""
        return self.request(search, name, resumes=True).open()

    def states(self, name: str = "study") -> list[TrialState]:
        """Return the state of each trial of a study that is there, of whichever search."""
        return [trial.state for trial in load_study(study_name=name, storage=self.storage.open()).trials]

    def source(
        self, search: Search, name: str = "study", *, resumes: bool = False, run: str = "none", **more: Any
    ) -> StudySource:
        """Return a source of trials, begun in the name of a run."""
        source = StudySource(
            self.request(search, name, resumes=resumes), TrialRuns(self.store, self.runs_folder), **more
        )
        source.begin(run)
        return source

    def recorder(self, name: str) -> RunRecorder:
        """Return the recorder of a run."""
        return RunRecorder(self.store, "bench", name, "trial", {"seqexp.task_digest": "task"}, {}, None, None)

    @contextmanager
    def killed(self) -> Iterator[RunRecorder]:
        """A run that ends as KILLED."""
        with suppress(KeyboardInterrupt), self.recorder("trial") as run:
            yield run
            raise KeyboardInterrupt


def finish(source: StudySource, spec: JobSpec, value: float) -> None:
    """End a trial with a result."""
    result = Result(f"run{spec.number}", MAE, (value, 0.5), (value + 1, 0.4), "task", ((1, value),))
    source.started(spec, result.run_id)
    source.ended(spec, Outcome(result.run_id, result, None, 1.5))


def fail(source: StudySource, spec: JobSpec, message: str) -> None:
    """End a trial with a failure."""
    source.ended(spec, Outcome(f"run{spec.number}", None, Failure("ValueError", message), 1.5))


def drive(
    source: StudySource, most: int = 1000, figure: Callable[[dict[str, str]], float] = error_of
) -> list[dict[str, str]]:
    """Run trials one after the other until there are none left, and return the values of each."""
    found: list[dict[str, str]] = []
    while len(found) < most and (spec := source.next()) is not None:
        found.append(dict(spec.values))
        finish(source, spec, figure(dict(spec.values)))
    return found

"""What jobs are asked, and how they ended."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqexp.tasks.metric import Metric, order_key
from seqexp.tracking.spool.outbox import Undelivered
from seqexp.tracking.store.store import TrackingError
from seqexp.tracking.store.uris import NothingAnswers

# Seconds that a sweep's job waits for a store that does not answer: servers are restarted at night.
JOB_PATIENCE = 600.0
_STORE_FAILED = frozenset((NothingAnswers.__name__, TrackingError.__name__, Undelivered.__name__))


@dataclass(frozen=True)
class Request:
    """What surrounds an experiment: it changes no number."""

    folder: Path  # where the command is run
    overrides: Sequence[str]  # as the user wrote them
    name: str
    parent: str | None  # the id of the sweep's parent run, or None
    threads: int | None = None  # CPU threads, where the experiment names no number; None: as many as there are cores


@dataclass(frozen=True)
class Result:
    """What a run gave.

    Attributes:
        run_id: Its id in the store.
        metric: The metric that ranks the run; its figures are values of this metric.
        val: Figure and skill of the best epoch's weights on the validation part; no skill where the baseline never
            errs.
        test: The same on the test part.
        task_digest: Runs may be ranked together only where it is equal.
        curve: (epoch, validation figure) of each epoch; none where the model is fitted at once.
        baseline: The name of the baseline that its skill is against.
    """

    run_id: str
    metric: Metric
    val: tuple[float, float | None]
    test: tuple[float, float | None]
    task_digest: str
    curve: tuple[tuple[int, float], ...] = ()
    baseline: str = "baseline"


@dataclass(frozen=True)
class Failure:
    """Why a job failed, as text: exceptions of other libraries don't travel between processes.

    Attributes:
        kind: The exception's class, such as "TrainingDiverged"; empty where the job's process crashed.
        message: What it says; may have several lines.
        frames: Where: the last lines of the user's and of seqexp's own code on the way to it, innermost last.
        traceback: The full traceback; where the job's process crashed, what is known of it: nothing after SIGKILL.
    """

    kind: str
    message: str
    frames: tuple[str, ...] = ()
    traceback: str = ""

    @property
    def is_of_store(self) -> bool:
        """Whether the store failed, and nothing is known of the job itself."""
        return self.kind in _STORE_FAILED

    @property
    def line(self) -> str:
        """The failure in one line, such as "ValueError: rate must be in [0, 1]"."""
        first = self.message.strip().splitlines()[0] if self.message.strip() else ""
        return ": ".join(part for part in (self.kind, first) if part)


@dataclass(frozen=True)
class Outcome:
    """How a job ended."""

    run_id: str | None  # the id of its run, or None if it ended before it was recorded
    result: Result | None  # what it gave, or None
    failure: Failure | None  # what ended it, or None
    seconds: float  # from when its process got it, loading the data included
    pruned: int | None = None  # the epoch after which the search gave it up, or None
    stopped: bool = False  # whether it was cut short because the sweep was; its run is KILLED
    notes: tuple[str, ...] = ()  # what is kept of a job that was cut short, for the person


@dataclass(frozen=True, kw_only=True)
class Job(Outcome):
    """One job of a sweep that has ended, and how."""

    number: int  # its number in the sweep, from 0
    name: str
    values: Mapping[str, str]  # the value of each of the sweep's axes, as text
    how: str = ""  # how it comes that it is done, where it did not run here from its start: "done before", "resumed"

    @property
    def ended(self) -> str:
        """How it ended, as MLflow's status says it."""
        return "FINISHED" if self.result else "FAILED" if self.failure else "KILLED"


class JobsFailed(Exception):
    """Jobs of a sweep failed, of so many in total; the others went on."""

    def __init__(self, failed: Sequence[Job], total: int) -> None:
        reasons = "\n".join(f"{job.name}: {job.failure.line}" for job in failed if job.failure is not None)
        super().__init__(f"{len(failed)} of {total} jobs failed\n{reasons}")


def best_of(jobs: Sequence[Job]) -> Job | None:
    """Return the finished job with the best validation figure; None where the jobs did different tasks."""
    finished = [(job, job.result) for job in jobs if job.result is not None and math.isfinite(job.result.val[0])]
    if len({result.task_digest for _, result in finished}) != 1:
        return None
    better = finished[0][1].metric.better
    return min(finished, key=lambda pair: order_key(better, pair[1].val[0]))[0]

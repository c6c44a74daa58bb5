"""What a sweep and the processes that run its jobs send each other."""

from __future__ import annotations

from dataclasses import dataclass

from seqexp.config.errors import InputError
from seqexp.config.schema import Experiment
from seqexp.runs.jobs import Failure, Request, Result
from seqexp.sweeps.trial import Timed


@dataclass(frozen=True)
class Assignment:
    """A job to run."""

    experiment: Experiment  # what is run
    request: Request  # what surrounds it
    resumes: str | None = None  # the id of the run whose checkpoint it goes on from, or None
    asks: bool = False  # whether it waits for a verdict after each epoch but the last
    timing: bool = False  # only time a few steps, and record nothing


@dataclass(frozen=True)
class Ready:
    """The plugins are executed: jobs may come."""


@dataclass(frozen=True)
class Printed:
    """What the job has printed, as plain text, and as it is shown on a terminal."""

    text: str
    shown: str
    is_urgent: bool = False  # whether a person is told even where several jobs run at once


@dataclass(frozen=True)
class Started:
    """The job's run is in the store."""

    run_id: str


@dataclass(frozen=True)
class EpochReport:
    """The job has completed an epoch."""

    epoch: int  # how many are completed
    epochs: int  # how many there may be
    value: float  # the validation figure
    asks: bool  # whether it waits for the answer, a bool: whether it goes on


@dataclass(frozen=True)
class Ended:
    """The job has ended: with a result, with a failure, or given up by the search."""

    result: Result | None  # what it gave, or None
    failure: Failure | None  # what ended it, or None
    resident: int  # bytes of memory that the process holds now
    pruned: int | None = None  # the epoch after which the search gave it up, or None
    timed: Timed | None = None  # what was timed, where that was all that was asked for


@dataclass(frozen=True)
class Stopped:
    """The job was cut short by SIGTERM, and its run is recorded as KILLED; notes tell the person what is kept of it."""

    notes: tuple[str, ...]


# An InputError in place of Ready: a plugin is wrong input, and no job can be run.
Message = Ready | InputError | Printed | Started | EpochReport | Ended | Stopped

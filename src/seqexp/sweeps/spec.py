"""What a sweep is made of: its jobs, where they come from, and where they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from seqexp.config.schema import Experiment
from seqexp.runs.jobs import Job, Outcome
from seqexp.sweeps.workers.messages import Assignment, Message


@dataclass(frozen=True)
class JobSpec:
    """A job that is to run."""

    number: int  # its number in the sweep, from 0
    name: str  # its name: the values of the sweep's axes
    experiment: Experiment  # what is run
    overrides: tuple[str, ...]  # as the user wrote them, one value per key
    values: Mapping[str, str] = field(default_factory=dict)  # the value of each of the sweep's axes, as text
    resumes: str | None = None  # the id of the run whose checkpoint it goes on from, or None
    asks: bool = False  # whether the search is asked after each epoch whether the job goes on
    digest: str = ""  # which job it is, for a grid, whose jobs other sweeps may have done


class JobSource(Protocol):
    """Where a sweep's jobs come from; asked by one thread only."""

    @property
    def total(self) -> int:
        """How many jobs there are, those included that were done before."""

    @property
    def waits(self) -> bool:
        """Whether there may be a job later though there is none now: another sweep runs it."""

    def begin(self, run_id: str) -> None:
        """Take note of the sweep's own run, before the first job is asked for."""
        return

    def next(self) -> JobSpec | None:
        """Return the next job, or None."""

    def started(self, spec: JobSpec, run_id: str) -> None:
        """Take note of a job's run."""
        return

    def epoch_ended(self, spec: JobSpec, epoch: int, value: float) -> bool:
        """Take note of the validation figure of a completed epoch, and return whether the job goes on."""
        return True

    def ended(self, spec: JobSpec, outcome: Outcome) -> None:
        """Take note of how a job ended."""

    def done_elsewhere(self) -> list[Job]:
        """Return the jobs that need not run, since they were done elsewhere; each is returned once."""


class NoSlot(Exception):
    """Jobs are left, and no slot to run them; the message says why."""


class Slot(Protocol):
    """Where one job at a time runs. `run` is called in a thread of its own, the other methods from any thread."""

    @property
    def name(self) -> str:
        """Such as "worker 1"."""

    @property
    def is_ready(self) -> bool:
        """Whether it can take a job now; one on another machine has to come first, and may be lost."""

    @property
    def gone(self) -> str | None:
        """Why it can take no job any more; None while it may."""

    def open(self) -> None:
        """Have it ready.

        Raises:
            InputError: A plugin is refused, or the slot can't be had.
        """

    def run(self, assignment: Assignment, say: Callable[[Message], None]) -> Outcome:
        """Run one job to its end, whatever that is, and call `say` with each message that it sends while it runs.

        What a job does never raises, nor does the death of its process.
        """

    def answer(self, *, goes_on: bool) -> None:
        """Say whether the job that has just completed an epoch goes on."""

    def stop(self, *, hard: bool = False) -> None:
        """Cut the running job short: its run is KILLED; a hard stop does not wait for the job to record that itself.

        No job begins here any more.
        """

    def release(self) -> None:
        """Take note that no job will come any more: a machine that others wait for need not be kept."""

    def close(self) -> None:
        """Let its process end."""

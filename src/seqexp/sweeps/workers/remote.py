"""A slot on another machine: a worker that has connected runs its jobs."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from seqexp.runs.jobs import Failure
from seqexp.sweeps.spec import Outcome
from seqexp.sweeps.workers.gate import Arrival
from seqexp.sweeps.workers.job_log import JobLog, Say, mark
from seqexp.sweeps.workers.messages import Assignment, Verdict
from seqexp.sweeps.workers.remote_worker import Stop

if TYPE_CHECKING:
    from seqexp.sweeps.workers.worker_group import Crew


class RemoteSlot:
    """Runs jobs in a worker that a cluster has placed; see `Slot`.

    A worker whose connection is lost fails its job alone: another one is placed.

    Args:
        name: The slot's name.
        crew: The others, with the cluster.
    """

    def __init__(self, name: str, crew: Crew) -> None:
        self.name = name
        self._crew = crew
        self._there: Arrival | None = None
        self._runs = False
        self._stopping = threading.Event()
        self._talking = threading.Lock()

    @property
    def has_worker(self) -> bool:
        """Whether a worker is there, whether it runs a job or not."""
        return self._there is not None

    @property
    def is_ready(self) -> bool:
        """Whether its worker is there, and idle."""
        there = self._there
        if there is None or self._runs:
            return False
        if there.connection.poll():  # an idle worker says nothing: it is gone
            self._again(there)
            return False
        return True

    @property
    def gone(self) -> str | None:
        """Why no worker will come any more; None while one may."""
        return self._crew.why_gone(self)

    def open(self) -> None:
        """Have workers placed for the whole crew, and wait for the first of them.

        Raises:
            InputError: None can come.
        """
        self._crew.assemble()

    def arrived(self, arrival: Arrival) -> None:
        """Take the worker that has come."""
        self._there = arrival

    def run(self, order: Assignment, say: Say) -> Outcome:
        """Run one job to its end, whatever that is."""
        there, heard = self._there, JobLog(say)
        assert there is not None, "asked while it was not ready"
        self._runs = True
        try:
            return self._run(order, heard, there)
        finally:
            self._runs = False

    def _run(self, order: Assignment, heard: JobLog, there: Arrival) -> Outcome:
        try:
            self._talk(order)
            while not isinstance(word := there.connection.recv(), Outcome):
                heard.take(word)
        except (EOFError, OSError):
            return self._lost(order, heard, there)
        if word.stopped and not self._stopping.is_set():
            # Its run is KILLED already.
            self._again(there)
            what = f"{self._crew.cluster} has taken the worker on {there.node} away"
            return replace(word, failure=Failure("", what), stopped=False)
        return word

    def answer(self, *, goes_on: bool) -> None:
        """Say whether the job goes on."""
        self._talk_if_there(Verdict(goes_on))

    def stop(self, *, hard: bool = False) -> None:
        """Cut the running job short."""
        self._stopping.set()
        self._talk_if_there(Stop(hard))

    def release(self) -> None:
        """Let the worker end, or not come."""
        there, self._there = self._there, None
        if there is not None:
            there.connection.close()
        self._crew.released(self)

    def close(self) -> None:
        """Let the worker end; with the last of the crew, be done with the cluster."""
        self.release()
        self._crew.closed(self)

    def _lost(self, order: Assignment, heard: JobLog, there: Arrival) -> Outcome:
        what = f"the connection to {there.node} was lost"
        if self._stopping.is_set():
            mark(order, heard, "KILLED", what)
            return Outcome(heard.run_id, None, None, heard.seconds, stopped=True, notes=heard.notes)
        failure = mark(order, heard, "FAILED", what)
        self._again(there)
        return Outcome(heard.run_id, None, Failure("", failure), heard.seconds)

    def _again(self, there: Arrival) -> None:
        self._there = None
        there.connection.close()
        self._crew.lost(self)

    def _talk(self, word: Assignment | Verdict | Stop) -> None:
        there = self._there
        if there is not None:
            with self._talking:  # a verdict and a stop may be said at the same time
                there.connection.send(word)

    def _talk_if_there(self, word: Verdict | Stop) -> None:
        try:
            self._talk(word)
        except OSError:
            return  # `run` finds out, too

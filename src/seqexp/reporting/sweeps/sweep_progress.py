"""The progress of a sweep: a table at the foot of a terminal, or a line for each event where output is piped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Group
from rich.live import Live
from rich.text import Text

from seqexp.reporting.console import Console, PlainTable
from seqexp.reporting.numbers import duration, number


@dataclass
class RunningJob:
    """A running job."""

    slot: str
    name: str
    number: int  # from 1
    began: float  # the clock's time
    epoch: int = 0  # completed ones
    epochs: int = 0  # at the most; 0: not known yet
    value: float | None = None  # the validation figure of the last epoch


class SweepProgress:
    """Counts the jobs of a sweep, so many at once, and shows their progress by a clock of seconds.

    Use it as a context manager around the sweep.
    """

    def __init__(
        self, console: Console, total: int, at_once: int, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._console, self.total, self._at_once, self._clock = console, total, at_once, clock
        self.done = self.failed = self.pruned = self.before = 0
        self.waiting = False
        self._running: dict[str, RunningJob] = {}
        self._seconds: list[float] = []
        self._began = self._clock()
        self._live: Live | None = None
        if console.is_terminal and console.animated:
            self._live = Live(
                console=console.rich,
                get_renderable=self._table,
                transient=True,
                refresh_per_second=4,
                redirect_stdout=False,
                redirect_stderr=False,
            )

    def __enter__(self) -> SweepProgress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    @property
    def ended(self) -> int:
        """How many jobs have ended, those that were done before included."""
        return self.done + self.failed + self.pruned + self.before

    @property
    def eta(self) -> float | None:
        """Estimated seconds until the end of the sweep, by the mean of the jobs that ended; None where none has."""
        if not self._seconds:
            return None
        mean = sum(self._seconds) / len(self._seconds)
        now = self._clock()
        running = sum(max(0.0, mean - (now - job.began)) for job in self._running.values())
        waiting = max(0, self.total - self.ended - len(self._running))
        return (running + waiting * mean) / max(1, min(self._at_once, waiting + len(self._running)))

    def began(self, slot: str, name: str) -> RunningJob:
        """Note that a job begins."""
        job = RunningJob(slot, name, self.ended + len(self._running) + 1, self._clock())
        self._running[slot] = job
        return job

    def epoch_ended(self, slot: str, epoch: int, epochs: int, value: float) -> None:
        """Note a completed epoch."""
        job = self._running[slot]
        job.epoch, job.epochs, job.value = epoch, epochs, value

    def finished(self, slot: str, how: str, seconds: float) -> None:
        """Note that the job of a slot has ended after so many seconds: "done", "failed", "pruned", or "stopped"."""
        del self._running[slot]
        if how == "done":
            self._seconds.append(seconds)  # what fails at once says nothing about the others
        if how != "stopped":
            setattr(self, how, getattr(self, how) + 1)

    def status(self) -> str:
        """Return the counts in a line, such as "5 of 12 done, 1 failed, 2 running, 4 to go, 3:10 so far, ETA 4:20"."""
        parts = [f"{self.done + self.before} of {self.total} done"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{self.pruned} pruned"] if self.pruned else []
        parts += [f"{len(self._running)} running"] if self._running else []
        left = self.total - self.ended - len(self._running)
        parts += [f"{left} to go"] if left > 0 else []
        parts.append(f"{duration(self._clock() - self._began)} so far")
        eta = self.eta
        if eta and self.ended < self.total:
            parts.append(f"ETA {duration(eta)}")
        return ", ".join(parts)

    def _table(self) -> Group:
        rows = PlainTable(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        for _ in range(4):
            rows.add_column(no_wrap=True)
        rows.add_column(justify="right", no_wrap=True)
        now = self._clock()
        for job in self._running.values():
            epoch = f"epoch {job.epoch}/{job.epochs}" if job.epochs else "begins"
            value = "" if job.value is None else f"val {number(job.value, 4)}"
            rows.add_row(f"  {job.slot}", job.name, epoch, value, duration(now - job.began), style="dim")
        line = Text(f"sweep    {self.status()}", style="bold")
        wait = [Text("  waiting for jobs that another sweep runs", style="dim")] if self.waiting else []
        return Group(Text(""), line, *([rows] if self._running else []), *wait)

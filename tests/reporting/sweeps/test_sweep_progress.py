from __future__ import annotations

import io

import pytest
from rich.console import Console as RichConsole

from seqexp.reporting.console import Console
from seqexp.reporting.sweeps.sweep_progress import SweepProgress


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_counts_and_foretells() -> None:
    clock = Clock()
    progress = SweepProgress(Console(quiet=True), 6, 2, clock)
    assert progress.status() == "0 of 6 done, 6 to go, 0:00 so far"
    assert [progress.began("a", "one").number, progress.began("b", "two").number] == [1, 2]
    clock.now += 10
    progress.epoch_ended("a", 2, 5, 0.25)
    progress.finished("a", "done", 10.0)
    # One that has run for 10 of 10 seconds, and four that take 10 each, on two places.
    assert progress.eta == pytest.approx(20)
    assert progress.status() == "1 of 6 done, 1 running, 4 to go, 0:10 so far, ETA 0:20"
    progress.finished("b", "failed", 0.1)
    assert progress.eta == pytest.approx(20)  # what failed at once says nothing about the others
    progress.before += 1
    progress.began("a", "three")
    progress.finished("a", "pruned", 4.0)
    assert progress.status() == "2 of 6 done, 1 failed, 1 pruned, 2 to go, 0:10 so far, ETA 0:10"
    progress.began("a", "four")
    progress.finished("a", "stopped", 1.0)
    assert progress.ended == 4


def test_the_table_on_a_terminal_tells_of_each_job_that_runs() -> None:
    clock = Clock()
    progress = SweepProgress(Console(quiet=True), 3, 2, clock)
    progress.began("worker 1", "units=16")
    progress.began("worker 2", "units=32")
    progress.epoch_ended("worker 1", 3, 20, 0.26512)
    clock.now += 65
    progress.waiting = True
    shown = io.StringIO()
    RichConsole(file=shown, width=100).print(progress._table())
    lines = [line.split() for line in shown.getvalue().splitlines() if line.strip()]
    assert lines == [
        ["sweep", *["0", "of", "3", "done,", "2", "running,", "1", "to", "go,", "1:05", "so", "far"]],
        ["worker", "1", "units=16", "epoch", "3/20", "val", "0.2651", "1:05"],
        ["worker", "2", "units=32", "begins", "1:05"],
        ["waiting", "for", "jobs", "that", "another", "sweep", "runs"],
    ]

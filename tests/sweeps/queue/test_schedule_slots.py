"""What the schedule does with slots that are not there yet, or no more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from seqexp.runs.jobs import Job, Outcome, Request
from seqexp.sweeps.queue.schedule import run_jobs
from seqexp.sweeps.spec import JobSpec, NoSlot, Slot
from seqexp.sweeps.workers.messages import Assignment, Message


@dataclass
class Numbers:
    """So many jobs; nothing is in them."""

    total: int
    waits: bool = False
    given: int = 0
    done: list[int] = field(default_factory=list)

    def next(self) -> JobSpec | None:
        if self.given == self.total:
            return None
        self.given += 1
        nothing: Any = None
        return JobSpec(self.given, f"job {self.given}", nothing, ())

    def started(self, spec: JobSpec, run_id: str) -> None: ...

    def epoch_ended(self, spec: JobSpec, epoch: int, value: float) -> bool:
        return True

    def ended(self, spec: JobSpec, outcome: Outcome) -> None:
        self.done.append(spec.number)

    def done_elsewhere(self) -> list[Job]:
        return []


@dataclass
class Desk:
    """A slot that ends each job at once; it may not be there."""

    name: str
    is_ready: bool = True
    gone: str | None = None
    leaves_after: int = 1000
    released: threading.Event = field(default_factory=threading.Event)
    ran: int = 0

    def open(self) -> None: ...

    def run(self, assignment: Assignment, say: Callable[[Message], None]) -> Outcome:
        self.ran += 1
        if self.ran == self.leaves_after:
            self.is_ready, self.gone = False, f"{self.name} burned down"
        return Outcome(None, None, None, 0.0)

    def answer(self, *, goes_on: bool) -> None: ...

    def stop(self, *, hard: bool = False) -> None: ...

    def release(self) -> None:
        self.released.set()

    def close(self) -> None: ...


class Unseen:
    def began(self, slot: Slot, spec: JobSpec) -> None: ...

    def received(self, slot: Slot, spec: JobSpec, message: Message) -> None: ...

    def ended(self, slot: Slot, spec: JobSpec, outcome: Outcome) -> None: ...

    def ticked(self, *, waiting: bool) -> None: ...


def assignment_of(spec: JobSpec) -> Assignment:
    return Assignment(spec.experiment, Request(Path(), (), spec.name, None))


def test_a_slot_that_is_not_there_gets_no_job() -> None:
    source, here, away = Numbers(5), Desk("here"), Desk("away", is_ready=False)
    run_jobs(source, [away, here], assignment_of, Unseen())
    assert sorted(source.done) == [1, 2, 3, 4, 5]
    assert (here.ran, away.ran) == (5, 0)


def test_jobs_wait_for_the_first_slot_to_come() -> None:
    source, late = Numbers(2), Desk("late", is_ready=False)
    timer = threading.Timer(0.7, lambda: setattr(late, "is_ready", True))
    timer.start()
    run_jobs(source, [late], assignment_of, Unseen())
    assert sorted(source.done) == [1, 2]


def test_without_jobs_nobody_waits_for_a_place() -> None:
    run_jobs(Numbers(0), [Desk("never", is_ready=False)], assignment_of, Unseen())
    last = Desk("last", leaves_after=2)
    run_jobs(Numbers(2), [last], assignment_of, Unseen())
    assert last.gone is not None


def test_the_other_slots_take_over_from_one_that_is_lost() -> None:
    source, short, long = Numbers(6), Desk("short", leaves_after=1), Desk("long")
    run_jobs(source, [short, long], assignment_of, Unseen())
    assert sorted(source.done) == [1, 2, 3, 4, 5, 6]
    assert short.ran == 1


def test_a_sweep_that_has_lost_every_slot_says_why() -> None:
    source = Numbers(5)
    with pytest.raises(NoSlot) as caught:
        run_jobs(source, [Desk("one", leaves_after=1), Desk("two", leaves_after=2)], assignment_of, Unseen())
    assert str(caught.value) == "one burned down\ntwo burned down"
    assert len(source.done) == 3


def test_a_slot_that_has_nothing_left_to_do_is_let_go() -> None:
    last = threading.Event()

    class Slow(Desk):
        def run(self, assignment: Assignment, say: Callable[[Message], None]) -> Outcome:
            assert last.wait(10)
            return super().run(assignment, say)

    slow, idle = Slow("slow"), Desk("idle")
    threading.Thread(target=lambda: idle.released.wait(10) and last.set()).start()
    run_jobs(Numbers(1), [slow, idle], assignment_of, Unseen())
    assert idle.released.is_set()
    assert not slow.released.is_set() or slow.ran == 1

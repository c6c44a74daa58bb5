"""The schedule with slots that need no process: each job is given out once, and every way to end is followed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from seqexp.runs.jobs import Failure, Job, Outcome, Request
from seqexp.sweeps.queue.schedule import run_jobs
from seqexp.sweeps.spec import JobSpec, Slot
from seqexp.sweeps.workers.messages import Assignment, EpochReport, Message, Started
from tests.factories import make_plan

Does = Callable[["Room", Assignment, Callable[[Message], None]], Outcome]
(EXPERIMENT,) = make_plan(["model=naive"]).experiments
DONE = Outcome("id", None, None, 0.1)


@dataclass
class Jobs:
    """A source of so many jobs."""

    total: int
    asks: bool = False
    held_elsewhere: float = 0.0
    given: list[int] = field(default_factory=list)
    epochs: list[tuple[int, int]] = field(default_factory=list)
    runs: list[tuple[int, str]] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    _begin: float = field(default_factory=time.monotonic)

    @property
    def waits(self) -> bool:
        return len(self.given) < self.total

    def next(self) -> JobSpec | None:
        if not self.waits or (self.given and time.monotonic() - self._begin < self.held_elsewhere):
            return None
        number = len(self.given)
        self.given.append(number)
        return JobSpec(number, str(number), EXPERIMENT, (), asks=self.asks)

    def started(self, spec: JobSpec, run_id: str) -> None:
        self.runs.append((spec.number, run_id))

    def epoch_ended(self, spec: JobSpec, epoch: int, value: float) -> bool:
        self.epochs.append((spec.number, epoch))
        return epoch < 2

    def ended(self, spec: JobSpec, outcome: Outcome) -> None:
        assert spec.number not in self.outcomes
        self.outcomes[spec.number] = outcome

    def done_elsewhere(self) -> list[Job]:
        return []


class Room:
    """A slot whose jobs are functions."""

    is_ready, gone = True, None

    def __init__(self, name: str, does: Does) -> None:
        self.name, self._does = name, does
        self.stopped, self.hard = threading.Event(), threading.Event()
        self.answers: list[bool] = []
        self.answered = threading.Event()
        self.threads: set[str] = set()

    def open(self) -> None:
        """Nothing is to be made ready."""

    def run(self, assignment: Assignment, say: Callable[[Message], None]) -> Outcome:
        self.threads.add(threading.current_thread().name)
        return self._does(self, assignment, say)

    def answer(self, *, goes_on: bool) -> None:
        self.answers.append(goes_on)
        self.answered.set()

    def stop(self, *, hard: bool = False) -> None:
        (self.hard if hard else self.stopped).set()

    def release(self) -> None:
        """Nothing is to be let go."""

    def close(self) -> None:
        """Nothing is to be closed."""


class Quiet:
    """A watch that shows nothing."""

    def __init__(self) -> None:
        self.at_once = self.most = 0

    def began(self, slot: Slot, spec: JobSpec) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)

    def received(self, slot: Slot, spec: JobSpec, message: Message) -> None:
        """Nothing."""

    def ended(self, slot: Slot, spec: JobSpec, outcome: Outcome) -> None:
        self.at_once -= 1

    def ticked(self, *, waiting: bool) -> None:
        """Nothing."""


def assignment_of(spec: JobSpec) -> Assignment:
    return Assignment(spec.experiment, Request(Path(), (), spec.name, None), asks=spec.asks)


def quick(room: Room, assignment: Assignment, say: Callable[[Message], None]) -> Outcome:
    time.sleep(0.005)
    return DONE


def until_stopped(room: Room, assignment: Assignment, say: Callable[[Message], None]) -> Outcome:
    assert room.stopped.wait(20)
    return Outcome("id", None, None, 0.1, stopped=True, notes=(f"{assignment.request.name} is kept",))


@contextmanager
def interrupted_after(seconds: float, *more: float) -> Iterator[None]:
    def interrupt() -> None:
        for each in (seconds, *more):
            time.sleep(each)
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.mark.parametrize(("rooms", "jobs"), [(1, 5), (3, 20), (4, 2), (2, 0)])
def test_every_job_runs_once_and_every_slot_is_used(rooms: int, jobs: int) -> None:
    source, watch = Jobs(jobs), Quiet()
    slots = [Room(str(number), quick) for number in range(rooms)]
    run_jobs(source, slots, assignment_of, watch)
    assert source.given == list(range(jobs))
    assert source.outcomes == dict.fromkeys(range(jobs), DONE)
    assert watch.most == min(rooms, jobs)
    assert [len(slot.threads) for slot in slots] == [1 if index < jobs else 0 for index in range(rooms)]


def test_a_failure_stops_nothing() -> None:
    def does(room: Room, assignment: Assignment, say: Callable[[Message], None]) -> Outcome:
        return Outcome(None, None, Failure("", "killed"), 0.1) if assignment.request.name == "1" else DONE

    source = Jobs(4)
    run_jobs(source, [Room("a", does), Room("b", does)], assignment_of, Quiet())
    assert [number for number, outcome in source.outcomes.items() if outcome.failure] == [1]
    assert len(source.outcomes) == 4


def test_a_job_that_asks_is_answered() -> None:
    def does(room: Room, assignment: Assignment, say: Callable[[Message], None]) -> Outcome:
        say(Started(f"run {assignment.request.name}"))
        for epoch in (1, 2, 3):
            room.answered.clear()
            say(EpochReport(epoch, 3, 0.5, asks=assignment.asks))
            assert room.answered.wait(20)
            if not room.answers[-1]:
                return Outcome("id", None, None, 0.1, pruned=epoch)
        return DONE

    source, room = Jobs(1, asks=True), Room("a", does)
    run_jobs(source, [room], assignment_of, Quiet())
    assert room.answers == [True, False]
    assert (source.runs, source.epochs) == ([(0, "run 0")], [(0, 1), (0, 2)])
    assert source.outcomes[0].pruned == 2


def test_jobs_that_another_sweep_holds_are_waited_for() -> None:
    source = Jobs(3, held_elsewhere=1.2)
    run_jobs(source, [Room("a", quick), Room("b", quick)], assignment_of, Quiet())
    assert sorted(source.outcomes) == [0, 1, 2]


def test_an_interrupt_stops_the_jobs_that_run_and_keeps_their_notes() -> None:
    source = Jobs(5)
    rooms = [Room("a", until_stopped), Room("b", until_stopped)]
    with pytest.raises(KeyboardInterrupt) as raised, interrupted_after(0.3):
        run_jobs(source, rooms, assignment_of, Quiet())
    assert sorted(raised.value.__notes__) == ["0 is kept", "1 is kept"]
    assert sorted(source.outcomes) == [0, 1]
    assert not any(room.hard.is_set() for room in rooms)


def test_a_second_interrupt_waits_no_longer() -> None:
    def stubborn(room: Room, assignment: Assignment, say: Callable[[Message], None]) -> Outcome:
        assert room.hard.wait(20)
        return Outcome("id", None, None, 0.1, stopped=True)

    source, room = Jobs(2), Room("a", stubborn)
    with pytest.raises(KeyboardInterrupt), interrupted_after(0.3, 0.5):
        run_jobs(source, [room], assignment_of, Quiet())
    assert room.stopped.is_set()
    assert sorted(source.outcomes) == [0]


def test_a_display_that_raises_ends_the_sweep_and_no_job_is_waited_for_that_was_not_given_out() -> None:
    class Full(Quiet):
        def began(self, slot: Slot, spec: JobSpec) -> None:
            if spec.number == 1:
                raise OSError("no space left for the log")

    source = Jobs(3)
    with pytest.raises(OSError, match="no space left") as raised:
        run_jobs(source, [Room("a", until_stopped), Room("b", until_stopped)], assignment_of, Full())
    assert raised.value.__notes__ == ["0 is kept"]
    assert list(source.outcomes) == [0]


def test_a_slot_that_raises_ends_the_sweep_and_stops_the_other_slots() -> None:
    def broken(room: Room, assignment: Assignment, say: Callable[[Message], None]) -> Outcome:
        raise OSError("no such disk")

    source = Jobs(2)
    with pytest.raises(OSError, match="no such disk") as raised:
        run_jobs(source, [Room("a", until_stopped), Room("b", broken)], assignment_of, Quiet())
    assert raised.value.__notes__ == ["0 is kept"]

"""The queue of jobs in a shared file: what the sweep puts in, a worker gets out, and the other way round."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from seqexp.runs.jobs import Failure, Request, Result
from seqexp.sweeps.cluster.job_queue import JobQueue, Registered
from seqexp.sweeps.spec import Outcome
from seqexp.sweeps.workers.messages import Assignment, Printed
from seqexp.tasks.metric import METRICS
from tests.factories import make_plan

RESULT = Result("run", METRICS["mae"], (0.1, 0.2), (0.3, -0.4), "task", ((1, 0.25), (2, math.inf)))
OUTCOMES = {
    "done": Outcome("run", RESULT, None, 1.5),
    "failed": Outcome("run", None, Failure("ValueError", "no", ("a line",), "Traceback"), 1.5),
    "pruned": Outcome("run", None, None, 1.5, pruned=3),
    "stopped": Outcome("run", None, None, 1.5, stopped=True, notes=("is kept",)),
}


def assignment_of(*overrides: str, asks: bool = False) -> Assignment:
    (experiment,) = make_plan(overrides).experiments
    return Assignment(experiment, Request(Path("/work"), overrides, "a job", "parent", 2), "a run", asks)


@pytest.fixture
def sides(tmp_path: Path) -> tuple[JobQueue, JobQueue]:
    """The queue as the sweep has it open, and as a worker has."""
    return JobQueue(tmp_path, create=True), JobQueue(tmp_path)


@pytest.mark.parametrize(
    "overrides", [("model=gru",), ("model=naive", "dataset.step=3"), ("dataset=imdb", "model=nbsvm")]
)
def test_a_worker_gets_the_job_that_was_put_in(sides: tuple[JobQueue, JobQueue], overrides: tuple[str, ...]) -> None:
    sweep, worker = sides
    put = assignment_of(*overrides, asks=True)
    number = sweep.put(put)
    assert sweep.job(number).is_waiting
    claimed = worker.claim("me")
    assert claimed is not None
    assert claimed.assignment == put
    assert (sweep.job(number).is_waiting, sweep.job(number).owner) == (False, "me")


def test_each_job_is_claimed_once_in_their_order(sides: tuple[JobQueue, JobQueue]) -> None:
    one, two = sides
    numbers = [one.put(assignment_of("model=naive")), one.put(None)]
    first, second = two.claim("two"), one.claim("one")
    assert first is not None
    assert second is not None
    assert [first.number, second.number] == numbers
    assert second.assignment is None
    assert one.claim("one") is two.claim("two") is None
    assert not one.withdraw(numbers[0])


def test_a_job_that_waits_can_be_withdrawn(sides: tuple[JobQueue, JobQueue]) -> None:
    sweep, worker = sides
    number = sweep.put(assignment_of("model=naive"))
    assert sweep.withdraw(number)
    assert not sweep.withdraw(number)
    assert worker.claim("me") is None
    assert (sweep.job(number).is_ended, sweep.job(number).outcome) == (True, None)


def test_the_sweep_follows_a_job(sides: tuple[JobQueue, JobQueue]) -> None:
    sweep, worker = sides
    number = sweep.put(assignment_of("model=gru"))
    worker.claim("me")
    worker.started(number, "run")
    for epoch, value in ((1, 0.5), (2, math.nan)):
        worker.epoch_done(number, epoch, value)
    worker.print(number, Printed("one\ntwo\n", "\x1b[1mone\ntwo\n"))
    assert sweep.job(number).run_id == "run"
    (first, value), (second, none) = sweep.job(number).epochs
    assert (first, value, second) == (1, 0.5, 2)
    assert math.isnan(none)
    printed, offset = sweep.printed(number, 0)
    assert printed == [Printed("one\ntwo\n", "\x1b[1mone\ntwo\n")]
    assert sweep.printed(number, offset) == ([], offset)
    worker.print(number, Printed("three", "three"))
    assert sweep.printed(number, offset)[0] == [Printed("three", "three")]
    assert worker.job(number).verdict is None
    sweep.answer(number, 2, False)
    assert worker.job(number).verdict == (2, False)


@pytest.mark.parametrize("how", list(OUTCOMES))
def test_how_a_job_ended_comes_back_whole(sides: tuple[JobQueue, JobQueue], how: str) -> None:
    sweep, worker = sides
    number = sweep.put(assignment_of("model=naive"))
    worker.claim("me")
    assert sweep.job(number).outcome is None
    worker.ended(number, OUTCOMES[how])
    assert sweep.job(number).outcome == OUTCOMES[how]


def test_what_a_worker_says_that_was_given_up_does_not_count(sides: tuple[JobQueue, JobQueue]) -> None:
    sweep, worker = sides
    number = sweep.put(assignment_of("model=naive"))
    worker.claim("me")
    sweep.give_up(number)
    worker.started(number, "run")
    worker.epoch_done(number, 1, 0.5)
    worker.ended(number, OUTCOMES["done"])
    job = worker.job(number)
    assert (job.is_ended, job.run_id, job.epochs, job.outcome) == (True, None, [], None)


def test_workers_enter_themselves_and_are_stopped(sides: tuple[JobQueue, JobQueue]) -> None:
    sweep, worker = sides
    worker.register(Registered("7_0", "first", "node"))
    worker.register(Registered("7_1", "", "other", ("has no seqexp",)))
    worker.register(Registered("7_0", "second", "node"))  # Slurm has started it again
    assert sweep.registered() == {
        "7_0": Registered("7_0", "second", "node"),
        "7_1": Registered("7_1", "", "other", ("has no seqexp",)),
    }
    assert worker.stops is None
    sweep.stop(hard=False)
    assert worker.stops == "soft"
    sweep.stop(hard=True)
    assert worker.stops == "hard"

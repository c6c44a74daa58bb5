"""The queue of jobs in a shared file: what the sweep puts in, a worker gets out, and the other way round."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from optuna.trial import TrialState

from seqexp.runs.jobs import Failure, Outcome, Request, Result
from seqexp.sweeps.cluster import job_queue
from seqexp.sweeps.cluster.job_queue import JobQueue, Registered
from seqexp.sweeps.workers.messages import Assignment, EpochReport, Printed, Started
from seqexp.tasks.metric import METRICS
from tests.background import until
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
    return Assignment(experiment, Request(Path("/work"), list(overrides), "a job", "parent", 2), "a run", asks)


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
    assert sweep.job(number).state == TrialState.WAITING
    assert worker.claim("me") == (number, put)
    assert (sweep.job(number).state, sweep.job(number).owner) == (TrialState.RUNNING, "me")


def test_each_job_is_claimed_once_in_their_order(sides: tuple[JobQueue, JobQueue]) -> None:
    one, two = sides
    put = assignment_of("model=naive")
    numbers = [one.put(put), one.put(None)]
    assert two.claim("two") == (numbers[0], put)
    assert one.claim("one") == (numbers[1], None)
    assert one.claim("one") is two.claim("two") is None
    assert not one.withdraw(numbers[0])


def test_a_job_that_waits_can_be_withdrawn(sides: tuple[JobQueue, JobQueue]) -> None:
    sweep, worker = sides
    number = sweep.put(assignment_of("model=naive"))
    assert sweep.withdraw(number)
    assert not sweep.withdraw(number)
    assert worker.claim("me") is None
    assert sweep.job(number).state == TrialState.FAIL


def test_the_sweep_follows_a_job(sides: tuple[JobQueue, JobQueue]) -> None:
    sweep, worker = sides
    number = sweep.put(assignment_of("model=gru"))
    worker.claim("me")
    messages = [
        Started("run"),
        Printed("one\ntwo\n", "\x1b[1mone\ntwo\n"),
        EpochReport(1, 3, 0.5, asks=True),
        EpochReport(2, 3, math.inf, asks=False),
    ]
    for index, message in enumerate(messages):
        worker.send(number, index, message)
    assert sweep.messages(number, 0) == messages
    assert sweep.messages(number, 3) == messages[3:]
    assert sweep.messages(number, 4) == []
    worker.send(number, 4, EpochReport(3, 3, math.nan, asks=False))
    (last,) = sweep.messages(number, 4)
    assert isinstance(last, EpochReport)
    assert math.isnan(last.value)
    assert worker.job(number).verdict is None
    sweep.answer(number, 2, False)
    assert worker.job(number).verdict == (2, False)


@pytest.mark.parametrize("how", list(OUTCOMES))
def test_how_a_job_ended_comes_back_whole(sides: tuple[JobQueue, JobQueue], how: str) -> None:
    sweep, worker = sides
    number = sweep.put(assignment_of("model=naive"))
    worker.claim("me")
    worker.send(number, 0, OUTCOMES[how])
    assert sweep.messages(number, 0) == [OUTCOMES[how]]
    assert sweep.job(number).state.is_finished()


def test_what_a_worker_sends_that_was_given_up_does_not_count(sides: tuple[JobQueue, JobQueue]) -> None:
    sweep, worker = sides
    number = sweep.put(assignment_of("model=naive"))
    worker.claim("me")
    sweep.end(number)
    worker.send(number, 0, Started("run"))
    worker.send(number, 1, OUTCOMES["done"])
    assert worker.job(number).state.is_finished()
    assert worker.messages(number, 0) == []


def test_workers_enter_themselves_and_are_stopped(sides: tuple[JobQueue, JobQueue]) -> None:
    sweep, worker = sides
    worker.register("7_0", Registered("first", "node"))
    worker.register("7_1", Registered("other", "node", "has no seqexp"))
    worker.register("7_0", Registered("second", "node"))  # Slurm has started it again
    assert sweep.registered() == {
        "7_0": Registered("second", "node"),
        "7_1": Registered("other", "node", "has no seqexp"),
    }
    assert worker.stops is None
    sweep.stop(hard=False)
    assert worker.stops == "soft"
    sweep.stop(hard=True)
    assert worker.stops == "hard"


def test_a_sweep_that_shows_no_sign_of_life_is_silent(
    sides: tuple[JobQueue, JobQueue], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep, worker = sides
    monkeypatch.setattr(job_queue, "_SILENCE", 0.5)
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        sweep.beat()
        assert not worker.is_silent
        time.sleep(0.1)
    until(lambda: worker.is_silent, 10)
    sweep.beat()
    assert not worker.is_silent

"""Slots whose workers claim jobs in a shared file, with the processes of submitit's local executor as workers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from seqexp.config.errors import InputError
from seqexp.config.launcher import Slurm
from seqexp.runs.prepare import Sources
from seqexp.sweeps.cluster.setup import Setup, setup_of
from seqexp.sweeps.workers.messages import EpochReport, Message, Started
from tests.background import until
from tests.factories import make_plan
from tests.sweeps.bench import Bench

slurm_slots = pytest.importorskip("seqexp.sweeps.cluster.slurm_slots")
pytest.importorskip("submitit")


@pytest.fixture
def bench(tmp_path: Path, small: list[str], cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    return Bench(tmp_path, small)


def setup(bench: Bench) -> Setup:
    return setup_of(bench.plugins, Sources(), None, shares_store=False)


@contextmanager
def slots(bench: Bench, setup: Setup, *more: str) -> Iterator[list[slurm_slots.SlurmSlot]]:
    """The slots of a sweep of one job at a time."""
    texts = ["cluster=local", "workers=1", "threads=1", *more]
    overrides = ["hydra/launcher=slurm", *(f"hydra.launcher.{text}" for text in texts), "seed=1,2"]
    launcher = make_plan(overrides, multirun=True).launcher
    assert isinstance(launcher, Slurm)
    found = slurm_slots.SlurmWorkers(launcher, setup, bench.folder, 2, lambda _: None).slots
    try:
        yield found
    finally:
        for slot in found:
            slot.close()
        until(lambda: workers(bench) == [], 30)


def workers(bench: Bench) -> list[psutil.Process]:
    """Return the processes in which submitit runs workers."""
    found = [each for each in psutil.process_iter(["cmdline"]) if "submitit.core._submit" in str(each.info["cmdline"])]
    return [each for each in found if str(bench.folder) in str(each.info["cmdline"])]


def once(kind: type[Message], act: Callable[[], None]) -> Callable[[Message], None]:
    """Return what does something as soon as a job has sent a message of a kind."""
    sent: list[Message] = []

    def say(message: Message) -> None:
        if isinstance(message, kind) and not sent:
            sent.append(message)
            act()

    return say


def ready_again(slot: slurm_slots.SlurmSlot) -> None:
    until(lambda: slot.is_ready or slot.gone is not None)
    assert slot.gone is None


@pytest.mark.slow
def test_what_is_lost_fails_its_job_alone_and_comes_again(bench: Bench) -> None:
    training = bench.assignment_of("train", ["model=mlp", "training.epochs=100000"], threads=1)
    with slots(bench, setup(bench)) as (slot,):
        slot.open()
        assert slot.run(bench.order("fine"), lambda _: None).failure is None
        # A job that dies is the worker's own affair: no other worker is submitted.
        died = slot.run(bench.order("segfault"), lambda _: None)
        assert bench.status(died) == ("FAILED", "killed by signal 11 (SIGSEGV): a fault in compiled code")

        lost = slot.run(bench.order("stubborn"), once(Started, lambda: [each.kill() for each in workers(bench)]))
        assert lost.failure is not None
        assert lost.failure.line == f"the connection to {os.uname().nodename} was lost"
        ready_again(slot)

        # It is asked to end, as by scancel: the job records its end.
        ended = slot.run(training, once(EpochReport, lambda: [each.terminate() for each in workers(bench)]))
        assert ended.failure is not None
        assert ended.failure.line == f"Slurm has taken the worker on {os.uname().nodename} away"
        assert bench.status(ended)[0] == "KILLED"
        ready_again(slot)
        assert slot.run(bench.order("fine"), lambda _: None).failure is None


@pytest.mark.slow
def test_a_stopped_job_is_killed_and_nothing_is_left(bench: Bench) -> None:
    training = bench.assignment_of("train", ["model=mlp", "training.epochs=100000"], threads=1)
    with slots(bench, setup(bench)) as (slot,):
        slot.open()
        outcome = slot.run(training, once(EpochReport, slot.stop))
        assert (outcome.stopped, outcome.failure) == (True, None)
        assert bench.status(outcome)[0] == "KILLED"
        assert outcome.notes[-1].startswith(f"seqexp train --resume {outcome.run_id} --plugin ")


@pytest.mark.slow
def test_a_hard_stop_waits_for_no_job(bench: Bench) -> None:
    with slots(bench, setup(bench)) as (slot,):
        slot.open()

        def stop() -> None:
            time.sleep(1)  # it ignores SIGTERM from then on
            slot.stop()
            time.sleep(1)
            slot.stop(hard=True)

        outcome = slot.run(bench.order("stubborn"), once(Started, stop))
        assert (outcome.stopped, bench.status(outcome)[0]) == (True, "KILLED")


@pytest.mark.slow
def test_a_job_that_the_search_gives_up_is_pruned(bench: Bench) -> None:
    training = bench.assignment_of("train", ["model=mlp", "training.epochs=1000"], threads=1)
    with slots(bench, setup(bench)) as (slot,):
        slot.open()

        def answer(message: Message) -> None:
            if isinstance(message, EpochReport) and message.asks:
                slot.answer(goes_on=message.epoch < 2)

        assert slot.run(replace(training, asks=True), answer).pruned == 2


def test_a_machine_of_no_use_is_explained(bench: Bench) -> None:
    with (
        slots(bench, replace(setup(bench), seqexp="0.0.7")) as (slot,),
        pytest.raises(InputError, match=rf"{os.uname().nodename} has seqexp \d.*, not 0\.0\.7"),
    ):
        slot.open()


def test_a_worker_that_ends_at_once_is_asked_for_three_times(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_setup: Setup, _folder: Path) -> None:
        raise ValueError("not today")

    monkeypatch.setattr(slurm_slots, "work", fail)
    with (
        slots(bench, setup(bench)) as (slot,),
        pytest.raises(InputError, match="Slurm could start no worker: ValueError: not today"),
    ):
        slot.open()
    assert len(list((bench.folder / ".seqexp" / "slurm").rglob("*result.pkl"))) == 3


def test_a_worker_that_never_comes_is_waited_for_as_long_as_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm_slots, "work", lambda _setup, _folder: __import__("time").sleep(4))
    with (
        slots(bench, setup(bench), "wait=1") as (slot,),
        pytest.raises(InputError, match=r"hydra\.launcher\.wait=1: Slurm has had no worker for that long"),
    ):
        slot.open()

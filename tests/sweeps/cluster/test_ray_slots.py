"""Slots of a real Ray: a worker that is lost fails its job alone and comes again; what can't come is explained."""

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
from seqexp.config.launcher import Ray
from seqexp.config.plugins import read_plugins
from seqexp.runs.prepare import Sources
from seqexp.sweeps.cluster.setup import Setup, setup_of
from seqexp.sweeps.workers.messages import Assignment, EpochReport, Message, Started
from tests.background import until
from tests.factories import make_plan
from tests.ray_nodes import RAY, ray_cluster
from tests.sweeps.bench import Bench

ray_slots = pytest.importorskip("seqexp.sweeps.cluster.ray_slots")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    pytest.importorskip("ray")
    with ray_cluster(os.environ, nodes=1) as (address, _):
        yield address


@pytest.fixture
def bench(tmp_path: Path, small: list[str], cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    for name, text in RAY.items():
        monkeypatch.setenv(name, text)
    return Bench(tmp_path, small)


def setup(bench: Bench) -> Setup:
    return setup_of(bench.plugins, Sources(), None, shares_store=False)


@contextmanager
def slots(address: str, setup: Setup, *more: str) -> Iterator[list[ray_slots.RaySlot]]:
    """The slots of a sweep of two jobs."""
    texts = ["hydra/launcher=ray", f"hydra.launcher.address={address}", *(f"hydra.launcher.{text}" for text in more)]
    launcher = make_plan([*texts, "seed=1,2"], multirun=True).launcher
    assert isinstance(launcher, Ray)
    found = ray_slots.RayCluster(launcher, setup, 2, lambda _: None).slots
    try:
        yield found
    finally:
        for slot in found:
            slot.close()


def training(bench: Bench) -> Assignment:
    """A job of a network, which trains for as long as it may."""
    return bench.assignment_of("train", ["model=mlp", "training.epochs=100000"], threads=1)


def once(kind: type[Message], act: Callable[[], None]) -> Callable[[Message], None]:
    """Return what does something as soon as a job has sent a message of a kind."""
    sent: list[Message] = []

    def say(message: Message) -> None:
        if isinstance(message, kind) and not sent:
            sent.append(message)
            act()

    return say


def actors() -> list[psutil.Process]:
    """Return Ray's processes that have a worker."""
    return [each for each in psutil.process_iter(["cmdline"]) if "ray::RayWorker" in str(each.info["cmdline"])]


def test_what_is_lost_fails_its_job_alone_and_comes_again(bench: Bench, address: str) -> None:
    with slots(address, setup(bench), "workers=1") as (slot,):
        slot.open()
        assert slot.run(bench.order("fine"), lambda _: None).failure is None
        # A job that dies is the worker's own affair: no other worker is asked for.
        died = slot.run(bench.order("segfault"), lambda _: None)
        assert bench.status(died) == ("FAILED", "killed by signal 11 (SIGSEGV): a fault in compiled code")
        assert slot.is_ready

        lost = slot.run(bench.order("stubborn"), once(Started, actors()[0].kill))
        assert lost.failure is not None
        assert lost.failure.line == f"the connection to {os.uname().nodename} was lost"
        assert "actor" in lost.failure.traceback  # what Ray says of it
        assert bench.status(lost)[0] in ("FAILED", "KILLED")  # by the sweep, or by the job's own process
        assert not slot.is_ready
        until(lambda: slot.is_ready or slot.gone is not None)
        assert slot.run(bench.order("fine"), lambda _: None).failure is None
    until(lambda: actors() == [], 30)


def test_an_idle_worker_that_is_lost_is_replaced(bench: Bench, address: str) -> None:
    with slots(address, setup(bench), "workers=1") as (slot,):
        slot.open()
        actors()[0].kill()
        until(lambda: not slot.is_ready, 30)
        until(lambda: slot.is_ready)
        assert slot.run(bench.order("fine"), lambda _: None).failure is None


def test_a_stopped_job_is_killed_and_nothing_is_left(bench: Bench, address: str) -> None:
    with slots(address, setup(bench), "workers=1") as (slot,):
        slot.open()
        outcome = slot.run(training(bench), once(EpochReport, slot.stop))
        assert (outcome.stopped, outcome.failure) == (True, None)
        assert bench.status(outcome)[0] == "KILLED"
        assert outcome.notes[-1].startswith(f"seqexp train --resume {outcome.run_id} --plugin ")
    until(lambda: actors() == [], 30)


def test_a_hard_stop_waits_for_no_job(bench: Bench, address: str) -> None:
    with slots(address, setup(bench), "workers=1") as (slot,):
        slot.open()

        def stop() -> None:
            time.sleep(1)  # it ignores SIGTERM from then on
            slot.stop()
            slot.stop(hard=True)

        outcome = slot.run(bench.order("stubborn"), once(Started, stop))
        assert (outcome.stopped, bench.status(outcome)[0]) == (True, "KILLED")


def test_a_job_that_the_search_gives_up_is_pruned(bench: Bench, address: str) -> None:
    with slots(address, setup(bench), "workers=1") as (slot,):
        slot.open()

        def answer(message: Message) -> None:
            if isinstance(message, EpochReport) and message.asks:
                slot.answer(goes_on=message.epoch < 2)

        assert slot.run(replace(training(bench), asks=True), answer).pruned == 2


def test_a_machine_of_no_use_is_explained(bench: Bench, address: str) -> None:
    (bench.folder / "raises.py").write_text("raise ValueError('boom')\n")
    bench.plugins = read_plugins([str(bench.folder / "raises.py")])
    node = os.uname().nodename
    with slots(address, setup(bench)) as (slot, *_), pytest.raises(InputError, match=f"{node}: .*ValueError: boom"):
        slot.open()
    with (
        slots(address, replace(setup(bench), seqexp="0.0.7")) as (slot, *_),
        pytest.raises(InputError, match=r"0\.0\.7"),
    ):
        slot.open()


def test_a_worker_that_never_comes_is_waited_for_as_long_as_said(bench: Bench, address: str) -> None:
    begin = time.monotonic()
    with (
        slots(address, setup(bench), "gpus=1", "wait=1") as (slot, *_),
        pytest.raises(InputError, match=r"hydra\.launcher\.wait=1: Ray has had no worker for that long"),
    ):
        slot.open()
    assert time.monotonic() - begin < 30


def test_a_worker_that_ends_at_once_is_asked_for_three_times(
    bench: Bench, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(ray_slots.RayWorker):  # type: ignore[misc, name-defined]
        def open(self, setup: Setup) -> None:
            os._exit(3)

    monkeypatch.setattr(ray_slots, "RayWorker", Broken)
    started: list[None] = []
    with slots(address, setup(bench), "workers=1") as (slot,):
        start = slot.start
        monkeypatch.setattr(slot, "start", lambda: (started.append(None), start()))
        with pytest.raises(InputError, match="Ray could start no worker: "):
            slot.open()
    assert len(started) == 3

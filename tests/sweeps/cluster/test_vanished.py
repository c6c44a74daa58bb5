"""A machine that vanishes says nothing: a network of its own, whose cable is pulled."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from seqexp.config.launcher import Ray
from seqexp.runs.jobs import Request
from seqexp.runs.prepare import Sources
from seqexp.sweeps.cluster.setup import setup_of
from seqexp.sweeps.workers.messages import Assignment, EpochReport, Message
from tests.background import until
from tests.factories import make_plan
from tests.ray_nodes import RAY, ray_cluster

HERE, THERE = "10.213.7.1", "10.213.7.2"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def another_network() -> Iterator[str]:
    """A network namespace that is reached through one cable, by name; its end here is seqexp0."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network of its own needs root, and ip (Debian: apt-get install iproute2)")
    name = f"seqexp-{os.getpid()}"
    ip("netns", "add", name)
    try:
        ip("link", "add", "seqexp0", "type", "veth", "peer", "name", "seqexp1", "netns", name)
        ip("addr", "add", f"{HERE}/24", "dev", "seqexp0")
        ip("link", "set", "seqexp0", "up")
        ip("-n", name, "addr", "add", f"{THERE}/24", "dev", "seqexp1")
        ip("-n", name, "link", "set", "seqexp1", "up")
        ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        with suppress(subprocess.CalledProcessError):
            ip("link", "delete", "seqexp0")
        ip("netns", "delete", name)


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.slow
def test_a_machine_that_vanishes_is_noticed_on_both_sides(
    tmp_path: Path, small: list[str], cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    from seqexp.sweeps.cluster.ray_slots import RayCluster

    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    for name, value in RAY.items():
        monkeypatch.setenv(name, value)
    texts = ["model=mlp", "training.epochs=100000", *small]
    (experiment,) = make_plan(texts).experiments
    assignment = Assignment(experiment, Request(tmp_path, texts, "mlp", None, threads=1))
    pulled: list[float] = []

    def pull(message: Message) -> None:
        if isinstance(message, EpochReport) and not pulled:
            pulled.append(time.monotonic())
            threading.Thread(target=ip, args=("link", "set", "seqexp0", "down")).start()

    within = ("ip", "netns", "exec")
    with (
        another_network() as network,
        ray_cluster(os.environ, nodes=1, host=HERE, within=(*within, network)) as (address, (node,)),
    ):
        overrides = ["hydra/launcher=ray", f"hydra.launcher.address={address}", "hydra.launcher.workers=1", "seed=1,2"]
        launcher = make_plan(overrides, multirun=True).launcher
        assert isinstance(launcher, Ray)
        setup = setup_of((), Sources(), None, shares_store=False)
        (slot,) = RayCluster(launcher, setup, 2, lambda _: None).slots
        with closing(slot):
            slot.open()
            below = [
                each for each in psutil.Process(node).children(recursive=True) if "spawn_main" in str(each.cmdline())
            ]
            outcome = slot.run(assignment, pull)
            assert outcome.failure is not None
            assert outcome.failure.line == f"the connection to {os.uname().nodename} was lost"
            assert below
            assert 5 < time.monotonic() - pulled[0] < 120
            until(lambda: not any(lives(process) for process in below), 300)

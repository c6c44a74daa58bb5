"""A machine that vanishes says nothing: a network of its own, whose cable is pulled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from seqexp.config.plan import make_plan
from seqexp.runs.experiment import Request
from seqexp.runs.prepare import Sources
from seqexp.sweeps.workers.gate import Gate
from seqexp.sweeps.workers.messages import Assignment, EpochDone, Message
from seqexp.sweeps.workers.remote_worker import Setup, shared_environment
from seqexp.sweeps.workers.worker_group import Crew, Terms
from tests.sweeps.processes import HOLDER, Processes

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
        yield name
    finally:
        with suppress(subprocess.CalledProcessError):
            ip("link", "delete", "seqexp0")
        ip("netns", "delete", name)


@pytest.mark.slow
def test_a_machine_that_vanishes_is_noticed_on_both_sides(
    tmp_path: Path, small: list[str], cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    texts = ["model=mlp", "training.epochs=100000", *small]
    (experiment,) = make_plan(texts).experiments
    order = Assignment(experiment, Request(tmp_path, texts, "mlp", None, threads=1))
    pulled: list[float] = []

    def pull(message: Message) -> None:
        if isinstance(message, EpochDone) and not pulled:
            pulled.append(time.monotonic())
            threading.Thread(target=ip, args=("link", "set", "seqexp0", "down")).start()

    with another_network() as network:
        processes = Processes(["ip", "netns", "exec", network, sys.executable, "-c", HOLDER])
        terms = Terms(Setup("", (), Sources(), None, shared_environment()), True, 60.0, lambda _: None)
        (slot,) = Crew(processes, Gate(HERE), terms, 1).slots
        with closing(slot):
            slot.open()
            below = psutil.Process(processes.started[0].pid).children(recursive=True)
            outcome = slot.run(order, pull)
            assert outcome.failure is not None
            assert outcome.failure.line == f"the connection to {os.uname().nodename} was lost"
            assert 5 < time.monotonic() - pulled[0] < 60
            assert psutil.wait_procs(below, timeout=60)[1] == []
            for process in processes.started:
                process.kill()  # what was placed again can't reach the gate either

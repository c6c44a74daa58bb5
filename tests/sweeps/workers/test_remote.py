"""Workers that connect back, with real processes: what is lost fails its job alone, and comes again."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from seqexp.config.errors import InputError
from seqexp.config.plugins import read_plugins
from seqexp.runs.prepare import Sources
from seqexp.sweeps.workers import worker_group as crew
from seqexp.sweeps.workers.gate import Gate
from seqexp.sweeps.workers.messages import Assignment, EpochDone, Message, Started
from seqexp.sweeps.workers.remote import RemoteSlot
from seqexp.sweeps.workers.remote_worker import Setup, shared_environment
from seqexp.sweeps.workers.worker_group import Crew, Terms
from tests.background import until
from tests.sweeps.bench import Bench
from tests.sweeps.processes import Processes


class CrewBench(Bench):
    """Jobs of the plugin, and a crew of workers for them."""

    def __init__(self, folder: Path, small: list[str]) -> None:
        super().__init__(folder, small)
        self.told: list[str] = []

    @property
    def training(self) -> Assignment:
        """A job of a network, which trains for as long as it may."""
        return self.assignment_of("train", ["model=mlp", "training.epochs=100000"], threads=1)

    @contextmanager
    def crew(
        self, processes: Processes, size: int = 1, *, shares_store: bool = True, wait: float | None = None
    ) -> Iterator[list[RemoteSlot]]:
        setup = Setup("", self.plugins, Sources(), None, shared_environment())
        terms = Terms(setup, shares_store, wait, self.told.append)
        slots = Crew(processes, Gate("127.0.0.1"), terms, size).slots
        try:
            yield slots
        finally:
            for slot in slots:
                slot.close()


@pytest.fixture
def bench(tmp_path: Path, small: list[str], cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> CrewBench:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    return CrewBench(tmp_path, small)


def relay_of(holder: int) -> psutil.Process:
    """Return the worker of a holder: the process that is connected."""
    (child,) = psutil.Process(holder).children()
    return child


def lose(holder: int) -> None:
    """Have a worker vanish with all its processes at once, as with its machine."""
    relay = relay_of(holder)
    relay.suspend()  # it must not tell of the death of what it runs
    for child in relay.children(recursive=True):
        child.kill()
    relay.kill()


def once(kind: type[Message], act: Callable[[], None]) -> Callable[[Message], None]:
    """Return what does something as soon as a job has said something of a kind."""
    heard = threading.Event()

    def say(message: Message) -> None:
        if isinstance(message, kind) and not heard.is_set():
            heard.set()
            threading.Thread(target=act).start()

    return say


def ready_again(slot: RemoteSlot) -> None:
    until(lambda: slot.is_ready or slot.gone is not None)
    assert slot.gone is None


@pytest.mark.slow
def test_what_is_lost_fails_its_job_alone_and_comes_again(bench: CrewBench) -> None:
    processes = Processes()
    with bench.crew(processes) as (slot,):
        slot.open()
        assert slot.run(bench.order("fine"), lambda _: None).failure is None
        # A job that dies is the worker's own affair: nothing is placed again.
        died = slot.run(bench.order("kill"), lambda _: None)
        assert bench.status(died) == ("FAILED", "killed by signal 9 (SIGKILL): out of memory?")
        assert len(processes.started) == 1

        lost = slot.run(bench.order("stubborn"), once(Started, lambda: lose(processes.started[0].pid)))
        assert lost.failure is not None
        assert lost.failure.line == f"the connection to {os.uname().nodename} was lost"
        assert bench.status(lost) == ("FAILED", lost.failure.line)
        ready_again(slot)
        assert len(processes.started) == 2

        # The process that holds it is killed: as a cluster takes a machine away. The job records its end.
        outcome = slot.run(bench.training, once(Started, processes.started[1].kill))
        assert outcome.failure is not None
        assert outcome.failure.line == f"this machine has taken the worker on {os.uname().nodename} away"
        assert bench.status(outcome)[0] == "KILLED"
        ready_again(slot)
        assert slot.run(bench.order("fine"), lambda _: None).failure is None
    assert processes.is_closed
    assert [process.returncode for process in processes.started][-1] == 0


@pytest.mark.slow
def test_a_stopped_job_is_killed_and_nothing_is_left(bench: CrewBench) -> None:
    processes = Processes()
    with bench.crew(processes) as (slot,):
        slot.open()
        below = psutil.Process(processes.started[0].pid).children(recursive=True)
        outcome = slot.run(bench.training, once(EpochDone, slot.stop))
        assert (outcome.stopped, outcome.failure) == (True, None)
        assert bench.status(outcome)[0] == "KILLED"
        assert outcome.notes[-1].startswith(f"seqexp train --resume {outcome.run_id} --plugin ")
    assert psutil.wait_procs(below, timeout=10)[1] == []


@pytest.mark.slow
def test_a_hard_stop_waits_for_no_job(bench: CrewBench) -> None:
    with bench.crew(Processes()) as (slot,):
        slot.open()

        def stop() -> None:
            time.sleep(1)  # it ignores SIGTERM from then on
            slot.stop()
            slot.stop(hard=True)

        outcome = slot.run(bench.order("stubborn"), once(Started, stop))
        assert (outcome.stopped, bench.status(outcome)[0]) == (True, "KILLED")


@pytest.mark.slow
def test_a_plugin_that_is_refused_is_wrong_input(bench: CrewBench) -> None:
    (bench.folder / "raises.py").write_text("raise ValueError('boom')\n")
    bench.plugins = read_plugins([str(bench.folder / "raises.py")])
    with (
        bench.crew(Processes(), 2) as (slot, _),
        pytest.raises(InputError, match=f"{os.uname().nodename}: .*line 1: ValueError: boom"),
    ):
        slot.open()


def test_a_worker_that_never_comes_is_told_of(bench: CrewBench) -> None:
    silent = Processes([sys.executable, "-c", "import time; time.sleep(3)"])
    begin = time.monotonic()
    with (
        bench.crew(silent, wait=1) as (slot,),
        pytest.raises(InputError, match=r"hydra\.launcher\.wait=1: this machine has had no worker for so many seconds"),
    ):
        slot.open()
    assert time.monotonic() - begin < 20


def test_a_worker_that_ends_at_once_is_asked_for_three_times(bench: CrewBench) -> None:
    broken = Processes([sys.executable, "-c", "raise SystemExit(3)"])
    with (
        bench.crew(broken) as (slot,),
        pytest.raises(InputError, match="this machine could start no worker: exit code 3"),
    ):
        slot.open()
    assert len(broken.started) == 3


@pytest.mark.parametrize(
    ("here", "says"),
    [
        ({"this_machine": "another"}, "can't record in a SQLite file of this machine: start an MLflow server"),
        ({"version": "0.0.7"}, r"has seqexp \d.*, not 0\.0\.7"),
    ],
    ids=["another machine", "another version"],
)
def test_a_worker_of_no_use_is_explained(
    bench: CrewBench, monkeypatch: pytest.MonkeyPatch, here: dict[str, str], says: str
) -> None:
    if "version" in here:
        monkeypatch.setattr(crew.seqexp, "__version__", here["version"])
    else:
        monkeypatch.setattr(crew, "this_machine", lambda: here["this_machine"])
    with bench.crew(Processes(), shares_store=False) as (slot,), pytest.raises(InputError, match=says):
        slot.open()


def test_the_environment_says_where_runs_and_data_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    monkeypatch.setenv("SEQEXP_DATA_DIR", "/data")
    monkeypatch.setenv("OTHER", "1")
    found = shared_environment()
    assert found["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5000"
    assert found["SEQEXP_DATA_DIR"] == "/data"
    assert "OTHER" not in found

"""The supervisor with real workers: what dies is replaced, what grows is renewed."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient

from seqexp.config.errors import InputError
from seqexp.config.plugins import read_plugins
from seqexp.runs.prepare import Sources
from seqexp.sweeps.workers import local
from seqexp.sweeps.workers.local import LocalSlot
from seqexp.sweeps.workers.messages import EpochReport, Message, Printed
from tests.runs.dying import line_of
from tests.sweeps.bench import Bench


def children() -> set[int]:
    """Return the ids of this process's children, but for multiprocessing's own tracker, which stays."""
    found = psutil.Process().children(recursive=True)
    return {p.pid for p in found if p.status() != psutil.STATUS_ZOMBIE and "resource_tracker" not in str(p.cmdline())}


def silent(_: Message) -> None:
    """Hear nothing."""


@pytest.fixture
def bench(tmp_path: Path, small: list[str], cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    return Bench(tmp_path, small)


@pytest.mark.slow
def test_what_dies_fails_its_own_job_alone(bench: Bench) -> None:
    before = children()
    own, raised_in = bench.plugins[0].given, line_of("not like this")
    hows = ("fine", "kill", "raise", "segfault", "fine")
    said: list[Message] = []
    with closing(LocalSlot("one", bench.plugins, Sources())) as slot:
        ended = {f"{i} {how}": slot.run(bench.order(how), said.append) for i, how in enumerate(hows)}
        assert len(children() - before) == 1
    assert children() == before
    assert {name: bench.status(outcome) for name, outcome in ended.items()} == {
        "0 fine": ("FINISHED", ""),
        "1 kill": ("FAILED", "killed by signal 9 (SIGKILL): out of memory?"),
        "2 raise": (
            "FAILED",
            f"PluginError: {own}, line {line_of('not like this')}, in fit: ValueError: not like this",
        ),
        "3 segfault": ("FAILED", "killed by signal 11 (SIGSEGV): a fault in compiled code"),
        "4 fine": ("FINISHED", ""),
    }
    raised = ended["2 raise"].failure
    assert raised is not None
    assert raised.frames[-1].endswith(f'own.py, line {raised_in}, in fit: raise ValueError("not like this")')
    assert "ValueError: not like this" in raised.traceback
    crashed = ended["3 segfault"].failure
    assert crashed is not None
    assert f'File "{own}", line {line_of("SIGSEGV")} in fit' in crashed.traceback
    first, last = ended["0 fine"].result, ended["4 fine"].result
    assert first is not None
    assert last is not None
    assert (first.val, first.test, first.task_digest) == (last.val, last.test, last.task_digest)
    # One process until it dies, and one after an exception: that kills none.
    pids = [pid for _, pid in bench.processes()]
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]
    assert os.getpid() not in pids
    printed = "".join(message.text for message in said if isinstance(message, Printed))
    assert printed.count("not a network: fitted at once") == len(hows)
    assert printed.count("fitting kill") == 1  # what a user's own code prints, to the last line before it dies


@pytest.mark.slow
def test_a_worker_is_renewed_before_memory_grows(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MAX_GROWTH", 150_000_000)
    with closing(LocalSlot("one", bench.plugins, Sources())) as slot:
        assert [slot.run(bench.order(how), silent).failure for how in ("fine", "grow", "fine")] == [None] * 3
    fine, grow, after = (pid for _, pid in bench.processes())
    assert fine == grow != after


@pytest.mark.slow
def test_a_jobs_memory_is_not_that_of_the_job_before(bench: Bench) -> None:
    with closing(LocalSlot("one", bench.plugins, Sources())) as slot:
        first, spike, after = (bench.metrics(slot.run(bench.order(how), silent)) for how in ("fine", "spike", "fine"))
    assert len({pid for _, pid in bench.processes()}) == 1
    assert spike["memory_mb"] > max(first["memory_mb"], after["memory_mb"]) + 200


@pytest.mark.slow
def test_a_worker_is_renewed_after_some_jobs_and_for_other_threads(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "MAX_JOBS", 2)
    with closing(LocalSlot("one", (), Sources())) as slot:
        slot.open()
        seen = []
        for texts in ([], [], [], ["training.threads=1"]):
            before = children()
            assert slot.run(bench.assignment_of("naive", ["model=naive", *texts]), silent).failure is None
            seen.append((len(before), len(children())))
    # The first two share the worker that was there at once; the third starts another, which the fourth can't use.
    assert [now - then for then, now in seen] == [0, -1, 1, 0]


@pytest.mark.slow
def test_jobs_on_other_threads_follow_one_that_goes_on(bench: Bench) -> None:
    """A run goes on with the threads of its checkpoint, whatever the other jobs of the sweep have."""
    mlp = ["model=mlp", "training.epochs=60"]
    one, all_cores = (bench.assignment_of("mlp", mlp, threads) for threads in (1, None))
    with closing(LocalSlot("one", (), Sources())) as slot:

        def stop_in_the_second_epoch(message: Message) -> None:
            if isinstance(message, EpochReport) and message.epoch == 2:
                slot.stop()

        cut = slot.run(one, stop_in_the_second_epoch)
        assert (cut.stopped, cut.failure) == (True, None)
    short = [bench.assignment_of("mlp", ["model=mlp"], threads) for threads in (None, 1)]
    with closing(LocalSlot("one", (), Sources())) as slot:
        orders = [short[0], replace(all_cores, resumes=cut.run_id), *short]
        assert [slot.run(order, silent).failure for order in orders] == [None] * 4
    assert bench.status(cut) == ("FINISHED", "")
    threads = MlflowClient(tracking_uri=f"sqlite:///{bench.folder / 'mlflow.db'}").get_run(str(cut.run_id)).data.tags
    assert threads["seqexp.threads"] == "1"


@pytest.mark.slow
def test_a_plugin_that_is_refused_is_wrong_input(tmp_path: Path) -> None:
    (tmp_path / "raises.py").write_text("raise ValueError('boom')\n")
    before = children()
    plugins = read_plugins([str(tmp_path / "raises.py")])
    with (
        closing(LocalSlot("one", plugins, Sources())) as slot,
        pytest.raises(InputError, match="line 1: ValueError: boom"),
    ):
        slot.open()
    assert children() == before


def test_a_plugin_that_kills_its_process_at_once_ends_the_command(tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text("import os\nos._exit(3)\n")
    plugins = read_plugins([str(tmp_path / "dies.py")])
    with closing(LocalSlot("one", plugins, Sources())) as slot, pytest.raises(RuntimeError, match="exit code 3"):
        slot.open()

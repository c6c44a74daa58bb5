"""Whether the process that took a trial is alive: on this machine, in another folder, on another machine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from seqexp.runs.checkpointing import recorded_run
from seqexp.sweeps.queue.leases import Lease, TrialRuns
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import CHECKPOINTS_TAG
from seqexp.tracking.store.store import RunMissing, Store, TrackingError

OWN = Lease("ours", "our run", "this machine")


def parent_in(store: Store, runs_folder: Path) -> RunRecorder:
    return RunRecorder(store, "bench", "sweep", "sweep", {CHECKPOINTS_TAG: str(runs_folder)}, {}, None, None)


def written(run: str, host: str = OWN.host) -> dict[str, str]:
    return {"token": "theirs", "run": run, "host": host}


def test_the_lock_is_found_in_the_runs_folder_of_the_other_command(store: Store, tmp_path: Path) -> None:
    runs = TrialRuns(store, tmp_path / "ours")
    with recorded_run(parent_in(store, tmp_path / "theirs"), tmp_path / "theirs") as (parent, _):
        assert runs.is_alive(written(parent.run_id), OWN)
    assert not runs.is_alive(written(parent.run_id), OWN)


@pytest.mark.parametrize(("host", "alive"), [("another", True), (OWN.host, False)])
def test_without_a_shared_folder_the_store_decides(store: Store, tmp_path: Path, host: str, alive: bool) -> None:
    """On this machine a run without its folder has crashed."""
    runs = TrialRuns(store, tmp_path / "ours")
    parent = parent_in(store, tmp_path / "out of sight").__enter__()
    assert runs.is_alive(written(parent.run_id, host), OWN) is alive
    parent.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not runs.is_alive(written(parent.run_id, host), OWN)


def test_a_store_that_fails_ends_no_lease(store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(store.uri.removeprefix("sqlite:///"))) as source:
        source.backup(copy := sqlite3.connect(tmp_path / "torn.db"))
    copy.execute("DROP TABLE runs")  # it answers, but with an error
    copy.close()
    runs = TrialRuns(replace(store, uri=f"sqlite:///{tmp_path}/torn.db"), tmp_path)
    assert runs.is_alive(written("0" * 32), OWN)
    with pytest.raises(TrackingError) as caught:
        runs.state("0" * 32)
    assert not isinstance(caught.value, RunMissing)
    assert TrialRuns(store, tmp_path).state("0" * 32) == "lost"


def test_a_lease_ends_with_its_run_or_when_that_is_resumed_here(store: Store, tmp_path: Path) -> None:
    runs = TrialRuns(store, tmp_path)
    assert not runs.is_alive(None, OWN)
    assert not runs.is_alive(written("0" * 32), OWN)
    assert not runs.is_alive(written(OWN.run), OWN)
    assert runs.is_alive(asdict(OWN), OWN)

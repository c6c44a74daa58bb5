"""Whether the process that took a trial lives: on this machine, in another folder, on another machine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from seqexp.runs.checkpointing import keeping
from seqexp.sweeps.queue.leases import Lease, TrialRuns
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import CHECKPOINTS_TAG
from seqexp.tracking.store import RunMissing, Store, TrackingError

US = Lease("ours", "our run", "this machine")


def parent_in(store: Store, place: Path) -> RunRecorder:
    return RunRecorder(store, "bench", "sweep", "sweep", {CHECKPOINTS_TAG: str(place)}, {}, None, None)


def told(run: str, host: str = US.host) -> dict[str, str]:
    return {"token": "theirs", "run": run, "host": host}


def test_the_lock_is_looked_for_where_the_other_command_has_it(store: Store, tmp_path: Path) -> None:
    runs = TrialRuns(store, tmp_path / "ours")
    with keeping(parent_in(store, tmp_path / "theirs"), tmp_path / "theirs") as (parent, _):
        assert runs.is_alive(told(parent.run_id), US)
    assert not runs.is_alive(told(parent.run_id), US)


@pytest.mark.parametrize(("host", "lives"), [("another", True), (US.host, False)])
def test_of_a_machine_that_shares_no_folder_the_store_tells(
    store: Store, tmp_path: Path, host: str, lives: bool
) -> None:
    """Of this machine a run without its folder is one of the dead."""
    runs = TrialRuns(store, tmp_path / "ours")
    parent = parent_in(store, tmp_path / "out of sight").__enter__()
    assert runs.is_alive(told(parent.run_id, host), US) is lives
    parent.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not runs.is_alive(told(parent.run_id, host), US)


def test_a_store_that_fails_makes_nobody_dead(store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(store.uri.removeprefix("sqlite:///"))) as source:
        source.backup(copy := sqlite3.connect(tmp_path / "torn.db"))
    copy.execute("DROP TABLE runs")  # it answers, but with an error
    copy.close()
    runs = TrialRuns(replace(store, uri=f"sqlite:///{tmp_path}/torn.db"), tmp_path)
    assert runs.is_alive(told("0" * 32), US)
    with pytest.raises(TrackingError) as caught:
        runs.state("0" * 32)
    assert not isinstance(caught.value, RunMissing)
    assert TrialRuns(store, tmp_path).state("0" * 32) == "lost"


def test_nobody_lives_whose_run_was_removed_or_goes_on_as_ours(store: Store, tmp_path: Path) -> None:
    runs = TrialRuns(store, tmp_path)
    assert not runs.is_alive(None, US)
    assert not runs.is_alive(told("0" * 32), US)
    assert not runs.is_alive(told(US.run), US)
    assert runs.is_alive(US.as_dict(), US)

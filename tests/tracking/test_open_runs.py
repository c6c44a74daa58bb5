"""Runs whose process could not record their end: found by the job that they are of, and ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.tracking.crashed_runs import end_open_run, open_run_of_job
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(None, tmp_path)


def recorder(store: Store, name: str, parent: str | None) -> RunRecorder:
    return RunRecorder(store, "e", name, "trial", {}, {}, None, parent)


def test_the_open_run_of_a_job_is_found_and_ended(store: Store) -> None:
    with recorder(store, "units=1", "p") as finished:
        pass
    others = [recorder(store, "units=2", "q").__enter__(), recorder(store, "units=3", "p").__enter__()]
    left = recorder(store, "units=2", "p").__enter__()
    assert open_run_of_job(store, "e", "p", "units=1") is None
    assert open_run_of_job(store, "e", "p", "units=2") == left.run_id
    end_open_run(store, left.run_id, "FAILED", "it died", {"log.txt": "a line\n", "traceback.txt": ""})
    assert open_run_of_job(store, "e", "p", "units=2") is None
    run = store.client.get_run(left.run_id)
    assert (run.info.status, run.data.tags["seqexp.failure"]) == ("FAILED", "it died")
    folder = Path(run.info.artifact_uri.removeprefix("file://"))
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"log.txt": "a line\n"}
    assert [store.client.get_run(other.run_id).info.status for other in others] == ["RUNNING"] * 2
    end_open_run(store, finished.run_id, "FAILED", "too late", {})
    assert store.client.get_run(finished.run_id).info.status == "FINISHED"
    assert "seqexp.failure" not in store.client.get_run(finished.run_id).data.tags

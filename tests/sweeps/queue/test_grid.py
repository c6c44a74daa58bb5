"""The jobs of a grid, and the runs that have done them: before, elsewhere, or not quite yet."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from seqexp.runs.jobs import JOB_PATIENCE
from seqexp.sweeps.dry_run import from_past_runs
from seqexp.sweeps.launch import SWEEP_DIGEST, find_unfinished
from seqexp.sweeps.queue.grid import GridSource, JobLocks
from seqexp.sweeps.queue.job_runs import DONE_BEFORE, DONE_ELSEWHERE, JobRuns, result_of
from seqexp.sweeps.spec import JobSpec
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import CHECKPOINTS_TAG, RunFolder
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store, TrackingError
from seqexp.tracking.store.uris import NothingAnswers
from seqexp.tracking.tags import JOB_DIGEST_TAG, RESUMED_TAG, SHAPE_DIGEST_TAG
from tests.factories import make_plan

(EXPERIMENT,) = make_plan(["model=naive"]).experiments
FIGURES = {"best_val_mae": 0.25, "skill_val": 0.1, "test_mae": 0.3, "skill_test": 0.05}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return open_store(None, tmp_path)


def recorder_of(store: Store, digest: str, **tags: str) -> RunRecorder:
    return RunRecorder(
        store, "e", digest, "run", {JOB_DIGEST_TAG: digest, "seqexp.task_digest": "t", **tags}, {}, None, None
    )


def finish(run: RunRecorder) -> None:
    run.log_epoch(1, {"val_mae": 0.25})
    run.log_summary(FIGURES)
    run.__exit__(None, None, None)


def test_a_run_without_a_skill_has_a_result(store: Store) -> None:
    with recorder_of(store, "a") as run:
        run.log_summary({name: value for name, value in FIGURES.items() if not name.startswith("skill")})
    (found,) = store.runs([store.experiment_id("e")], "")
    result = result_of(store, found)
    assert result is not None
    assert (result.val, result.test) == ((0.25, None), (0.3, None))


def now() -> int:
    """Return milliseconds since 1970, of which nothing else happens in the same."""
    time.sleep(0.002)
    found = int(time.time() * 1000)
    time.sleep(0.002)
    return found


@contextmanager
def grid_of(store: Store, runs_folder: Path, *digests: str, began: int, all_runs: bool = False) -> Iterator[GridSource]:
    specs = [JobSpec(number, digest, EXPERIMENT, (), digest=digest) for number, digest in enumerate(digests)]
    job_locks = JobLocks(runs_folder)
    yield GridSource(specs, JobRuns(store, (store.experiment_id("e"),), runs_folder, began, all_runs), job_locks)
    job_locks.release_all()


def test_while_the_store_is_away_no_job_is_given_out(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Store) -> None:
        raise NothingAnswers("no MLflow server answers there")

    now = [0.0]
    with grid_of(store, tmp_path, "a", began=0) as grid, monkeypatch.context() as patch:
        patch.setattr(Store, "check_answers", away)
        patch.setattr("seqexp.sweeps.queue.grid.time.monotonic", lambda: now[0] + 1)
        assert grid.next() is None
        assert grid.waits
        now[0] = JOB_PATIENCE
        assert grid.next() is None
        patch.undo()
        assert grid.next() is not None
    with grid_of(store, tmp_path, "b", began=0) as grid, monkeypatch.context() as patch:
        patch.setattr(Store, "check_answers", away)
        patch.setattr("seqexp.sweeps.queue.grid.time.monotonic", lambda: now[0] + 1)
        assert grid.next() is None
        now[0] += JOB_PATIENCE + 1
        with pytest.raises(NothingAnswers):
            grid.next()


def test_a_store_that_fails_between_two_requests_is_waited_for(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise TrackingError("the store failed") from ConnectionError("connection refused")

    def refuses(*_: object) -> None:
        raise TrackingError("the store refuses it") from MlflowException("no", INVALID_PARAMETER_VALUE)

    with grid_of(store, tmp_path, "a", began=0) as grid, monkeypatch.context() as patch:
        patch.setattr(JobRuns, "runs", gone)
        assert grid.next() is None
        assert grid.waits
        patch.undo()
        patch.setattr(JobRuns, "runs", refuses)
        with pytest.raises(TrackingError, match="refuses"):
            grid.next()
        patch.undo()
        assert grid.next() is not None


def test_what_had_ended_before_counts_only_where_it_is_asked_for(store: Store, tmp_path: Path) -> None:
    finish(recorder_of(store, "a").__enter__())
    began = now()
    with grid_of(store, tmp_path, "a", began=began) as anew:
        assert anew.next() is not None
    with grid_of(store, tmp_path, "a", began=began, all_runs=True) as resumed:
        assert resumed.next() is None
        assert [(job.name, job.how) for job in resumed.done_elsewhere()] == [("a", DONE_BEFORE)]


def test_a_job_that_another_sweep_had_begun_is_not_run_again(store: Store, tmp_path: Path) -> None:
    run = recorder_of(store, "a").__enter__()
    began, other = now(), JobLocks(tmp_path)
    assert other.acquire("a")
    with grid_of(store, tmp_path, "a", "b", began=began) as grid:
        spec = grid.next()
        assert spec is not None
        assert spec.name == "b"
        assert grid.next() is None
        assert grid.waits
        finish(run)
        other.release("a")
        assert grid.next() is None
        assert not grid.waits
        assert [(job.name, job.how) for job in grid.done_elsewhere()] == [("a", DONE_ELSEWHERE)]


def test_a_run_that_outlives_its_sweep_is_waited_for_and_gone_on_with(store: Store, tmp_path: Path) -> None:
    """The sweep has been killed, so its lock is free; the process of its job still records what it has reached."""
    began = now()
    run = recorder_of(store, "a").__enter__()
    folder = RunFolder(tmp_path / run.run_id)
    folder.lock(store.shown)
    (folder.path / "epoch-00000003.checkpoint").write_bytes(b"weights")
    with grid_of(store, tmp_path, "a", began=began) as grid:
        assert grid.next() is None
        assert grid.waits
        assert JobLocks(tmp_path).acquire("a")  # it is not kept from who else may want it
        run.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
        folder.release()
    with grid_of(store, tmp_path / ".", "a", began=began) as grid:
        spec = grid.next()
        assert spec is not None
        assert spec.resumes == run.run_id


def test_a_sweep_on_a_machine_out_of_sight_is_not_taken_over(store: Store, tmp_path: Path) -> None:
    away = recorder_of(
        store, "sweep", **{SWEEP_DIGEST: "s", CHECKPOINTS_TAG: str(tmp_path / "on another machine")}
    ).__enter__()
    job_runs = JobRuns(store, (store.experiment_id("e"),), tmp_path, now(), all_runs=True)
    assert find_unfinished(job_runs, "s") is None
    store.client.set_terminated(away.run_id, "KILLED")
    found = find_unfinished(job_runs, "s")
    assert found is not None
    assert found.info.run_id == away.run_id


def test_the_hours_in_which_a_run_rested_are_no_estimate(store: Store, tmp_path: Path) -> None:
    experiment_id = store.experiment_id("e")
    client, begin = store.client, int(time.time() * 1000)
    for seconds, tags in ((7.0, {}), (90_000.0, {RESUMED_TAG: "after epoch 3"})):
        run = client.create_run(experiment_id, start_time=begin, tags={SHAPE_DIGEST_TAG: "shape", **tags})
        client.set_terminated(run.info.run_id, "FINISHED", end_time=begin + int(1000 * seconds))
    found = from_past_runs(store, [experiment_id], "shape", epochs=5)
    assert found is not None
    assert (found.seconds, found.source) == (pytest.approx(7.0), "a past run")

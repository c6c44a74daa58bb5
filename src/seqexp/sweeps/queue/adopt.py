"""Runs that have done a job of a sweep already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.runs.jobs import Job, Result
from seqexp.tasks.kinds import judged_by
from seqexp.tracking.crashed_runs import run_folder
from seqexp.tracking.recorder import JOB_DIGEST, PRUNED, RESUMED
from seqexp.tracking.store import Store
from seqexp.training.checkpoint import files

if TYPE_CHECKING:
    from mlflow.entities import Run


def runs_of_job(store: Store, experiment_id: str, digest: str) -> Iterator[Run]:
    """Yield the runs of a job, the newest first."""
    yield from store.runs([experiment_id], f"tags.`{JOB_DIGEST}` = '{digest}'")


def result_of(store: Store, run: Run) -> Result | None:
    """Return what a finished run gave; None where the store has not all of it."""
    _, metric = judged_by(run.data.tags, run.data.metrics)
    names = (metric.name("val"), "skill_val", metric.name("test"), "skill_test")
    task = run.data.tags.get("seqexp.task_digest")
    if run.info.status != "FINISHED" or task is None or any(name not in run.data.metrics for name in names):
        return None
    val, skill_val, test, skill_test = (float(run.data.metrics[name]) for name in names)
    with store.reporting(f"read the epochs of the run {run.info.run_id}"):
        history = store.client.get_metric_history(run.info.run_id, f"val_{metric.key}")
    curve = tuple(sorted((metric.step, metric.value) for metric in history))
    return Result(run.info.run_id, metric, (val, skill_val), (test, skill_test), task, curve)


def adopted_job(store: Store, run: Run, name: str, values: Mapping[str, str], how: str) -> Job | None:
    """Return a finished run as a job of a sweep; None where it has not all that a job has.

    Args:
        store: Where it is.
        run: The run.
        name: The job's name.
        values: The job's values on the sweep's axes.
        how: How it comes that it is done, such as "done before".
    """
    result = result_of(store, run)
    if result is None:
        return None
    seconds = ((run.info.end_time or run.info.start_time) - run.info.start_time) / 1000
    if RESUMED in run.data.tags:  # it has rested in between
        seconds = float(run.data.metrics.get("train_seconds", seconds))
    return Job(name, values, run.info.run_id, result, None, seconds, how)


def may_go_on(run: Run, place: Path) -> bool:
    """Return whether a run that was cut short has a checkpoint, and nobody goes on with it."""
    if run.info.status == "FINISHED" or PRUNED in run.data.tags:
        return False
    folder = run_folder(run, place)
    return bool(files(folder.path)) and not folder.is_held

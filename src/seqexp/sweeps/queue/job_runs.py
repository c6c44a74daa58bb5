"""The runs of a sweep's jobs, as the store has them: what they gave, whether they still run or can be resumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.data.arrays import SCORED
from seqexp.runs.jobs import Job, Result
from seqexp.sweeps.spec import JobSpec
from seqexp.tasks.kinds import baselines_of, judged_by
from seqexp.tracking.run_folder import folder_of_run
from seqexp.tracking.store.store import Store
from seqexp.tracking.tags import JOB_DIGEST_TAG, PRUNED_TAG, RESUMED_TAG
from seqexp.training.checkpoint import files

if TYPE_CHECKING:
    from mlflow.entities import Run

DONE_BEFORE, DONE_ELSEWHERE = "done before", "done by another sweep"  # values of `Job.how`


@dataclass(frozen=True)
class JobRuns:
    """Finds the runs of a sweep's jobs, whichever sweep began them."""

    store: Store  # where the runs are recorded
    experiment_ids: tuple[str, ...]  # the experiments in which they are looked for: jobs on several files have several
    runs_folder: Path  # the folder that holds the folders of all unfinished runs
    began: int  # when the sweep began, in milliseconds since 1970
    all_runs: bool  # whether runs count that had ended when the sweep began

    def runs(self, digest: str) -> list[Run]:
        """Return the runs of a job that count, the newest first."""
        runs = self.store.runs(self.experiment_ids, f"tags.`{JOB_DIGEST_TAG}` = '{digest}'")
        return [run for run in runs if self.all_runs or self._is_recent(run)]

    def is_running(self, run: Run) -> bool:
        """Return whether a process still runs a run: that of another sweep, or one that outlived its sweep."""
        return run.info.status != "FINISHED" and folder_of_run(run, self.runs_folder).is_locked

    def job_done(self, runs: Sequence[Run], spec: JobSpec) -> Job | None:
        """Return a job as the first finished one of its runs has done it; None where none has finished."""
        for run in runs:
            result = result_of(self.store, run)
            if result is not None:
                how = DONE_ELSEWHERE if self._is_recent(run) else DONE_BEFORE
                outcome = (run.info.run_id, result, None, _seconds(run))
                return Job(*outcome, number=spec.number, name=spec.name, values=spec.values, how=how)
        return None

    def _is_recent(self, run: Run) -> bool:
        return run.info.end_time is None or run.info.end_time >= self.began


def result_of(store: Store, run: Run) -> Result | None:
    """Return the result of a finished run; None where it has not finished, or the store lacks a part of the result."""
    kind, metric = judged_by(run.data.tags, run.data.metrics)
    names, figures = (metric.name("val"), metric.name("test")), run.data.metrics
    task = run.data.tags.get("seqexp.task_digest")
    if run.info.status != "FINISHED" or task is None or any(name not in figures for name in names):
        return None
    val, test = ((figures[name], figures.get(f"skill_{part}")) for name, part in zip(names, SCORED, strict=True))
    curve = tuple(curve_of(store, run.info.run_id, f"val_{metric.key}"))
    baseline = baselines_of(kind, run.data.tags)[0]
    return Result(run.info.run_id, metric, val, test, task, curve, baseline)


def curve_of(store: Store, run_id: str, name: str) -> list[tuple[int, float]]:
    """Return (epoch, value) of each epoch of which a run has recorded a metric, such as "val_mae"."""
    with store.reporting(f"read the epochs of the run {run_id}"):
        history = store.client.get_metric_history(run_id, name)
    return sorted({point.step: float(point.value) for point in history}.items())


def is_resumable(run: Run, runs_folder: Path) -> bool:
    """Return whether an unfinished run has a checkpoint, and no process runs it."""
    if run.info.status == "FINISHED" or PRUNED_TAG in run.data.tags:
        return False
    folder = folder_of_run(run, runs_folder)
    return bool(files(folder.path)) and not folder.is_locked


def _seconds(run: Run) -> float:
    if RESUMED_TAG in run.data.tags and "train_seconds" in run.data.metrics:
        return float(run.data.metrics["train_seconds"])  # without the time between interruption and resumption
    return float((run.info.end_time or run.info.start_time) - run.info.start_time) / 1000

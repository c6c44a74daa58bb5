"""What a sweep's own run holds: its table, its pictures, its best job, its failures."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from seqexp.config.output.printable import csv_text, markdown
from seqexp.reporting.numbers import number
from seqexp.reporting.sweeps.setting import setting_of
from seqexp.reporting.sweeps.sweep_plots import FinishedJob, plot_axes, plot_validation
from seqexp.runs.jobs import Job, best_of
from seqexp.tracking.reading.artifacts import read_artifacts
from seqexp.tracking.recorder import RunRecorder


def record_sweep(
    parent: RunRecorder,
    jobs: Sequence[Job],
    axes: Sequence[str],
    name: str,
    note: str | None,
    *,
    had_failed: bool,
    in_a_hurry: bool,
) -> None:
    """Record the summary of the jobs that have ended in the sweep's run.

    The sweep's name is the title of its pictures; the note on the best job follows the user's own. `had_failed`: the
    run has the failures of before, where the sweep goes on. `in_a_hurry`: a person waits for the end, which leaves
    the pictures to the one who goes on with the sweep.
    """
    failed = [job for job in jobs if job.failure is not None]
    parent.log_summary({"jobs": len(jobs), "jobs_failed": len(failed)})
    if not jobs:
        return
    parent.log_text(jobs_csv(jobs, axes), "summary.csv")
    parent.log_text(jobs_markdown(jobs, axes), "summary.md")
    if failed or had_failed:
        # A failure that was mended stays no longer.
        none = "The jobs that had failed were run again, and none of them failed this time.\n"
        parent.log_text(_failures(failed) or none, "failures.txt")
    best = best_of(jobs)
    if best is not None and best.result is not None:
        label, value = best.result.metric.label, number(best.result.val[0], 4)
        line = f"Best by validation: {best.name}, val {label} {value}, run {best.result.run_id}."
        text = f"{note}\n\n{line}" if note else line
        parent.set_tags({"seqexp.best_run": best.result.run_id, "mlflow.note.content": text})
    if not in_a_hurry:
        _record_pictures(parent, jobs, name)


def earlier(parent: RunRecorder) -> tuple[str, bool]:
    """Return what a sweep that goes on has printed before, if that was recorded, and whether its run has failures."""
    if parent.resumes is None:
        return "", False
    files = read_artifacts(parent.store, parent.run_id, ["log.txt", "failures.txt"])
    return files.get("log.txt", b"").decode(), "failures.txt" in files


def _rows(jobs: Sequence[Job], axes: Sequence[str], digits: int | None) -> list[list[str]]:
    """Return the table, its heading first. Digits: of the figures; None: all that there are."""

    def text(value: float | None) -> str:
        if value is None:
            return ""
        return repr(float(value)) if digits is None else number(value, digits)

    rows = [["job", *axes, "measure", "val", "skill_val", "test", "skill_test", "seconds", "status", "run_id"]]
    for job in jobs:
        figures = [""] * 5
        if job.result is not None:
            figures = [job.result.metric.key, *map(text, (*job.result.val, *job.result.test))]
        values = [job.values.get(axis, "") for axis in axes]
        rows.append([job.name, *values, *figures, f"{job.seconds:.1f}", job.ended, job.run_id or ""])
    return rows


def jobs_csv(jobs: Sequence[Job], axes: Sequence[str]) -> str:
    """Return a line per job: its axes' values, figures in full, seconds, status and run."""
    return csv_text(_rows(jobs, axes, None))


def jobs_markdown(jobs: Sequence[Job], axes: Sequence[str]) -> str:
    """Return the table for a person to paste elsewhere, figures with four decimals."""
    heading, *rows = [[markdown(cell) for cell in row] for row in _rows(jobs, axes, 4)]
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _failures(failed: Sequence[Job]) -> str:
    """Return every failure with its full traceback."""
    parts = []
    for job in failed:
        assert job.failure is not None
        text = job.failure.traceback if job.failure.kind else f"{job.failure.message}\n{job.failure.traceback}"
        parts.append(f"{job.name} (run {job.run_id or 'not begun'})\n{'=' * len(job.name)}\n{text}")
    return "\n".join(parts)


def _record_pictures(parent: RunRecorder, jobs: Sequence[Job], name: str) -> None:
    """Draw the figures over the axes, and the validation curves, of the jobs that finished."""
    finished = [(job, job.result) for job in jobs if job.result is not None]
    if len({result.metric for _, result in finished}) != 1:
        return  # no common scale
    metric = finished[0][1].metric
    setting = setting_of(parent.store, [result.run_id for _, result in finished], name, metric)
    trials = [
        FinishedJob(
            job.name, job.values, result.val[0], result.test[0], result.curve, setting.baseline_of(result.run_id)
        )
        for job, result in finished
    ]
    with tempfile.TemporaryDirectory(prefix="seqexp-") as folder:
        for file, draw in (("axes.png", plot_axes), ("validation.png", plot_validation)):
            path = Path(folder) / file
            if draw(trials, setting, path):
                parent.log_file(path, "plots")

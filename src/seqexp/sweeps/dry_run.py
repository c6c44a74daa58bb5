"""`seqexp train --dry-run`: what a sweep would do, and what it would take; nothing is run, nothing is written.

How long a job would take, and how much disk and memory, is known from past runs of its shape, else from a timed step.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from statistics import fmean
from typing import TYPE_CHECKING

from seqexp.config.digests import shape_digest
from seqexp.config.limits.machine import machine_memory
from seqexp.reporting.console import Console
from seqexp.reporting.numbers import counted, duration
from seqexp.reporting.text_table import plain_table, print_text_table
from seqexp.runs.cleaning import artifacts_size
from seqexp.runs.jobs import Failure, Request
from seqexp.sweeps.checked import CheckedSweep, SweepRequest, check_sweep
from seqexp.sweeps.queue.job_runs import JobRuns, is_resumable
from seqexp.sweeps.slots import threads_of, workers_of
from seqexp.sweeps.spec import JobSpec
from seqexp.sweeps.trial import Timed
from seqexp.sweeps.workers.local import LocalSlot
from seqexp.sweeps.workers.messages import Assignment
from seqexp.tracking.run_folder import folder_of_run
from seqexp.tracking.store.opening import check_store
from seqexp.tracking.store.store import Store, before_writing
from seqexp.tracking.tags import RESUMED_TAG, SHAPE_DIGEST_TAG
from seqexp.training.checkpoint import files, newest_epoch

if TYPE_CHECKING:
    from mlflow.entities import Run

_NEWEST = 5  # past runs of a shape that are looked at
_TIMED_AT_MOST = 12  # shapes: each takes some seconds
_IMPORT_SECONDS = 8.0  # of a worker, before its first job


@dataclass(frozen=True)
class _Line:
    """What would become of a job."""

    spec: JobSpec
    state: str  # in words
    epochs: int  # that are left to do


@dataclass(frozen=True)
class Estimate:
    """What a job will take."""

    seconds: float  # from its start to its end, the import of what is heavy not among them
    memory: float | None  # bytes that its process holds, or None
    disk: float  # bytes of its record
    source: str  # where that comes from


def dry_run(request: SweepRequest, console: Console) -> bool:
    """Print the jobs, which of them are done already, and what the others would take.

    Returns:
        Whether all jobs could be run, as far as is known without running them.

    Raises:
        InputError: If the input is wrong.
    """
    known = check_sweep(request, console)
    with before_writing():
        store = check_store(request.plan.experiments[0].tracking.uri, request.folder)
        job_runs = _job_runs(known, store)
        lines = [_line(known, job_runs, spec) for spec in known.specs]
        estimates = _estimates(known, lines, store, console)
    _print_jobs(console, request.name, lines, estimates)
    _print_totals(console, known, lines, estimates)
    return not any(isinstance(estimate, Failure) for estimate in estimates.values())


def _job_runs(known: CheckedSweep, store: Store | None) -> JobRuns | None:
    if store is None:
        return None
    there = store.experiments()
    ids = tuple(there[name] for name in known.request.plan.tracked_in if name in there)
    return JobRuns(store, ids, known.runs_folder, int(time.time() * 1000), True) if ids else None


def _line(known: CheckedSweep, job_runs: JobRuns | None, spec: JobSpec) -> _Line:
    epochs, resumes = spec.experiment.training.epochs, known.request.resumes
    runs = job_runs.runs(spec.digest) if job_runs else []
    if job_runs is None or not runs:
        return _Line(spec, "runs", epochs)
    done = job_runs.job_done(runs, spec)
    if done is not None:
        skipped = f"done before: run {done.run_id}"
        return _Line(spec, skipped, 0) if resumes else _Line(spec, f"runs anew; {skipped}", epochs)
    cut_short = [run for run in runs if is_resumable(run, known.runs_folder)]
    if resumes and cut_short:
        epoch = newest_epoch(files(folder_of_run(cut_short[0], known.runs_folder).path)) or 0
        return _Line(spec, f"goes on after epoch {epoch}: run {cut_short[0].info.run_id}", epochs - epoch)
    ended = str(runs[0].info.status).lower()
    return _Line(spec, f"runs {'again' if resumes else 'anew'}; {ended} before", epochs)


def _estimates(
    known: CheckedSweep, lines: list[_Line], store: Store | None, console: Console
) -> Mapping[int, Estimate | Failure]:
    """Return what each job that would run takes, by its number, or why it can't be run."""
    shapes = [shape_digest(one.experiment, data_digest=one.data_digest) for one in known.checked]
    ids = list(store.experiments().values()) if store else []
    left = [line for line in lines if line.epochs]
    found: dict[int, Estimate | Failure] = {}
    unknown: dict[str, JobSpec] = {}
    for line in left:
        number = line.spec.number
        past = from_past_runs(store, ids, shapes[number], line.epochs) if store and ids else None
        if past is not None:
            found[number] = past
        else:
            unknown.setdefault(shapes[number], line.spec)
    timed = _timed(known, unknown, console)
    for line in left:
        match timed.get(shapes[line.spec.number]):
            case Timed() as one:
                seconds = one.setup + one.epoch * line.epochs + one.end
                found[line.spec.number] = Estimate(seconds, one.memory, one.disk, "timed steps")
            case Failure() as failure:
                found[line.spec.number] = failure
    others = [one for one in found.values() if isinstance(one, Estimate)]
    if others:
        memory = max((one.memory for one in others if one.memory is not None), default=None)
        seconds, disk = fmean(one.seconds for one in others), fmean(one.disk for one in others)
        for line in left:
            found.setdefault(line.spec.number, Estimate(seconds, memory, disk, "the mean of the others"))
    return found


def from_past_runs(store: Store, experiment_ids: Sequence[str], shape: str, epochs: int) -> Estimate | None:
    """Return what the newest finished runs of a shape say of a job with so many epochs, or None.

    The shape is the digest of what a step of the job costs.
    """
    query = f"tags.`{SHAPE_DIGEST_TAG}` = '{shape}' and attributes.status = 'FINISHED'"
    # One that went on later has no time of its own: between its start and its end lie the hours in which it rested.
    whole = (run for run in store.runs(experiment_ids, query) if RESUMED_TAG not in run.data.tags)
    runs = list(islice(whole, _NEWEST))
    if not runs:
        return None
    memory = [run.data.metrics["memory_mb"] * 1e6 for run in runs if "memory_mb" in run.data.metrics]
    return Estimate(
        fmean(_seconds(store, run, epochs) for run in runs),
        fmean(memory) if memory else None,
        fmean(artifacts_size(run) for run in runs),
        "a past run" if len(runs) == 1 else f"{len(runs)} past runs",
    )


def _seconds(store: Store, run: Run, epochs: int) -> float:
    """Return how long a run would have taken with another number of epochs."""
    started = run.info.start_time or 0
    whole: float = ((run.info.end_time or started) - started) / 1000
    with store.reporting("read the epochs of a past run"):
        done = len(store.client.get_metric_history(run.info.run_id, "epoch_seconds"))
    training = float(run.data.metrics.get("train_seconds", 0.0))
    return whole + training / done * (epochs - done) if done else whole


def _timed(known: CheckedSweep, unknown: Mapping[str, JobSpec], console: Console) -> dict[str, Timed | Failure]:
    """Time one job of each shape that no past run has; of very many shapes, some that lie evenly among them."""
    timed: dict[str, Timed | Failure] = {}
    request = known.request
    if unknown:
        every = -(-len(unknown) // _TIMED_AT_MOST)
        chosen = dict(list(unknown.items())[::every])
        console.fact("timing", f"{len(chosen)} of {len(unknown)} kinds of jobs, some seconds each")
        threads = threads_of(request.plan.launcher, len(known.specs))
        with closing(LocalSlot("dry run", request.plugins, known.sources)) as slot:
            slot.open()
            for shape, spec in chosen.items():
                surroundings = Request(request.folder, spec.overrides, spec.name, None, threads)
                timed[shape] = slot.time(Assignment(spec.experiment, surroundings, timing=True))
    return timed


def _print_jobs(console: Console, name: str, lines: list[_Line], estimates: Mapping[int, Estimate | Failure]) -> None:
    rows = []
    for line in lines:
        one = estimates.get(line.spec.number)
        state = f"would fail: {one.line}" if isinstance(one, Failure) else line.state
        about, by = (duration(one.seconds), one.source) if isinstance(one, Estimate) else ("", "")
        rows.append((line.spec.name, about, by, state))
    console.print()
    console.print(f"{name}: {counted(len(lines), 'job')}, nothing is run", style="bold")
    headings = ("job", "about", "by", "state")
    table = plain_table(headings, rows, left=("job", "by", "state"), kept=(1, 2, 3), folding=(0, 3))
    print_text_table(table, console)
    console.print()


def _print_totals(
    console: Console, known: CheckedSweep, lines: list[_Line], estimates: Mapping[int, Estimate | Failure]
) -> None:
    to_run = f"{sum(1 for line in lines if line.epochs)} of {counted(len(lines), 'job')}"
    found = [one for _, one in sorted(estimates.items()) if isinstance(one, Estimate)]
    if not found:
        console.fact("to run", to_run)
        return
    at_once = workers_of(known.request.plan.launcher, len(known.specs))
    ends = [0.0] * at_once  # jobs are begun in their order, each by the first worker that is free
    for one in found:
        ends[ends.index(min(ends))] += one.seconds
    ways = "one after the other" if at_once == 1 else f"{at_once} at once"
    console.fact("to run", f"{to_run}, {ways}: about {duration(max(ends) + _IMPORT_SECONDS)}")
    disk = sum(one.disk for one in found)
    folder = next(path for path in (known.runs_folder, *known.runs_folder.parents) if path.is_dir())
    free = shutil.disk_usage(folder).free
    console.fact("disk", f"about {_in_gb(disk)}; {_in_gb(free)} are free in {folder}")
    memory = [one.memory for one in found if one.memory is not None]
    if memory:
        each = max(memory)
        present = machine_memory()
        many = "" if at_once == 1 else f" each, {_in_gb(each * at_once)} for {at_once} at once"
        there = f"; this machine has {_in_gb(present)}" if present else ""
        console.fact("memory", f"about {_in_gb(each)}{many}{there}")


def _in_gb(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"

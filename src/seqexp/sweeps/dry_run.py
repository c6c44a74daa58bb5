"""`seqexp train --dry-run`: what a sweep would do, and what it would take; nothing is run, nothing is written."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from rich.table import Table

from seqexp.config.digests import shape_digest
from seqexp.reporting.console import Console
from seqexp.reporting.numbers import duration
from seqexp.runs.jobs import Failure, Request
from seqexp.sweeps.checked import CheckedSweep, SweepRequest, check_sweep
from seqexp.sweeps.estimate import Estimate, from_past_runs, mean_of, together
from seqexp.sweeps.queue.job_runs import JobRuns, is_resumable
from seqexp.sweeps.slots import threads_of, workers_of
from seqexp.sweeps.spec import JobSpec
from seqexp.sweeps.trial import Timed
from seqexp.sweeps.workers.local import LocalSlot
from seqexp.sweeps.workers.messages import Assignment
from seqexp.tracking.run_folder import folder_of_run
from seqexp.tracking.store import Store, find_store
from seqexp.tracking.uris import locate, sqlite_path
from seqexp.training.checkpoint import files, newest_epoch

_TIMED_AT_MOST = 12  # shapes: each takes some seconds
_IMPORT_SECONDS = 8.0  # of a worker, before its first job


@dataclass(frozen=True)
class _Line:
    """What would become of a job."""

    spec: JobSpec
    state: str  # in words
    epochs: int  # that are left to do


def dry_run(request: SweepRequest, console: Console) -> bool:
    """Print the jobs, which of them are done already, and what the others would take.

    Returns:
        Whether all jobs could be run, as far as is known without running them.

    Raises:
        InputError: If the input is wrong.
    """
    known = check_sweep(request, console)
    store = _store_if_there(request)
    job_runs = _job_runs(request, known, store)
    lines = [_line(request, known, job_runs, spec) for spec in known.specs]
    estimates = _estimates(request, known, lines, store, console)
    _print_jobs(console, request, lines, estimates)
    _print_totals(console, request, known, lines, estimates)
    return not any(isinstance(estimate, Failure) for estimate in estimates.values())


def _store_if_there(request: SweepRequest) -> Store | None:
    uri = request.plan.experiments[0].tracking.uri
    path = sqlite_path(locate(uri, request.folder).uri)
    return find_store(uri, request.folder) if path is None or path.exists() else None


def _job_runs(request: SweepRequest, known: CheckedSweep, store: Store | None) -> JobRuns | None:
    if store is None:
        return None
    experiment = store.experiments().get(request.plan.experiments[0].tracking.experiment)
    return None if experiment is None else JobRuns(store, experiment, known.runs_folder, int(time.time() * 1000), True)


def _line(request: SweepRequest, known: CheckedSweep, job_runs: JobRuns | None, spec: JobSpec) -> _Line:
    epochs = spec.experiment.training.epochs
    runs = job_runs.runs(known.digests[spec.number]) if job_runs else []
    if job_runs is None or not runs:
        return _Line(spec, "runs", epochs)
    done = job_runs.job_done(runs, spec)
    if done is not None:
        skipped = f"done before: run {done.run_id}"
        return _Line(spec, skipped, 0) if request.resumes else _Line(spec, f"runs anew; {skipped}", epochs)
    cut_short = [run for run in runs if is_resumable(run, known.runs_folder)]
    if request.resumes and cut_short:
        epoch = newest_epoch(files(folder_of_run(cut_short[0], known.runs_folder).path)) or 0
        return _Line(spec, f"goes on after epoch {epoch}: run {cut_short[0].info.run_id}", epochs - epoch)
    ended = str(runs[0].info.status).lower()
    return _Line(spec, f"runs {'again' if request.resumes else 'anew'}; {ended} before", epochs)


def _estimates(
    request: SweepRequest, known: CheckedSweep, lines: list[_Line], store: Store | None, console: Console
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
    timed = _timed(request, known, unknown, console)
    for line in left:
        match timed.get(shapes[line.spec.number]):
            case Timed() as one:
                seconds = one.setup + one.epoch * line.epochs + one.end
                found[line.spec.number] = Estimate(seconds, one.memory, one.disk, "timed steps")
            case Failure() as failure:
                found[line.spec.number] = failure
    mean = mean_of([one for one in found.values() if isinstance(one, Estimate)])
    if mean is not None:
        for line in left:
            found.setdefault(line.spec.number, mean)
    return found


def _timed(
    request: SweepRequest, known: CheckedSweep, unknown: Mapping[str, JobSpec], console: Console
) -> dict[str, Timed | Failure]:
    """Time one job of each shape that no past run has; of very many shapes, some that lie evenly among them."""
    timed: dict[str, Timed | Failure] = {}
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


def _print_jobs(
    console: Console, request: SweepRequest, lines: list[_Line], estimates: Mapping[int, Estimate | Failure]
) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("job", "about", "by", "state"):
        table.add_column(heading, justify="right" if heading == "about" else "left")
    for line in lines:
        one = estimates.get(line.spec.number)
        state = f"would fail: {one.line}" if isinstance(one, Failure) else line.state
        about, by = (duration(one.seconds), one.source) if isinstance(one, Estimate) else ("", "")
        table.add_row(line.spec.name, about, by, state)
    console.print()
    console.print(f"{request.name}: {len(lines)} jobs, nothing is run", style="bold")
    console.print(table)
    console.print()


def _print_totals(
    console: Console,
    request: SweepRequest,
    known: CheckedSweep,
    lines: list[_Line],
    estimates: Mapping[int, Estimate | Failure],
) -> None:
    to_run = f"{sum(1 for line in lines if line.epochs)} of {len(lines)} jobs"
    found = [one for _, one in sorted(estimates.items()) if isinstance(one, Estimate)]
    if not found:
        console.fact("to run", to_run)
        return
    at_once = workers_of(request.plan.launcher, len(known.specs))
    seconds = together([one.seconds for one in found], at_once) + _IMPORT_SECONDS
    ways = "one after the other" if at_once == 1 else f"{at_once} at once"
    console.fact("to run", f"{to_run}, {ways}: about {duration(seconds)}")
    disk = sum(one.disk for one in found)
    folder = next(path for path in (known.runs_folder, *known.runs_folder.parents) if path.is_dir())
    free = shutil.disk_usage(folder).free
    console.fact("disk", f"about {_in_gb(disk)}; {_in_gb(free)} are free in {folder}")
    memory = [one.memory for one in found if one.memory is not None]
    if memory:
        each = max(memory)
        present = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        many = "" if at_once == 1 else f" each, {_in_gb(each * at_once)} for {at_once} at once"
        console.fact("memory", f"about {_in_gb(each)}{many}; this machine has {_in_gb(present)}")


def _in_gb(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"

"""A sweep from its plan to its summary: one parent run, a child per job, and what was done before left as it is."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.config.errors import Fault, InputError
from seqexp.config.output.secrets import masked_override
from seqexp.reporting.console import Console
from seqexp.reporting.numbers import counted
from seqexp.reporting.sweeps.relayed import terminal_of
from seqexp.reporting.sweeps.sweep_progress import SweepProgress
from seqexp.runs.checkpointing import recorded_run, report_earlier_crashes
from seqexp.runs.interrupts import sigterm_ends_run
from seqexp.runs.jobs import Job, JobsFailed, Request
from seqexp.runs.record import noting_failure, plugin_tags
from seqexp.runs.sync import sync_runs, waiting_runs
from seqexp.sweeps.checked import CheckedSweep, SweepRequest, check_sweep
from seqexp.sweeps.cluster.setup import setup_of
from seqexp.sweeps.queue.grid import GridSource, JobLocks
from seqexp.sweeps.queue.job_runs import JobRuns
from seqexp.sweeps.queue.schedule import run_jobs
from seqexp.sweeps.record import earlier, record_sweep
from seqexp.sweeps.slots import check_installed, slots_of, threads_of
from seqexp.sweeps.spec import JobSource, JobSpec, Slot
from seqexp.sweeps.workers.messages import Assignment
from seqexp.sweeps.workers.watch import SweepWatch
from seqexp.tracking.endings import Terminated
from seqexp.tracking.reading.find import run_label
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import CHECKPOINTS_TAG, check_writable, is_idle
from seqexp.tracking.spool.outbox import how_to_sync
from seqexp.tracking.spool.spool import spool_of
from seqexp.tracking.store.compat_mlflow import one_attempt
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import RunMissing, Store
from seqexp.tracking.store.uris import first_line, sqlite_path
from seqexp.tracking.tags import JOB_DIGEST_TAG

if TYPE_CHECKING:
    from mlflow.entities import Run

SWEEP_DIGEST = "seqexp.sweep_digest"  # the tag that says which jobs a sweep has


def launch_sweep(request: SweepRequest, console: Console) -> list[Job]:
    """Run every job of a sweep as a child of one parent run, in supervised processes; none stops the others.

    Returns:
        How each job ended, in their order.

    Raises:
        InputError: If a plugin is refused, a job's data can't be had, or its splits don't fit it; nothing has been
            run then.
    """
    check_installed(request.plan.launcher)
    plan, known = request.plan, check_sweep(request, console)
    report_earlier_crashes(plan.experiments[0], request.folder, console.print)
    check_writable(known.runs_folder, plan.experiments[0].tracking.checkpoints)
    tracking = plan.experiments[0].tracking
    store = open_store(tracking.uri, request.folder)
    experiment_ids = tuple(store.experiment_id(name) for name in plan.tracked_in)
    if request.resumes:
        digests = {spec.digest for spec in known.specs}
        deliver_jobs(store, known.runs_folder, lambda run: run.data.tags.get(JOB_DIGEST_TAG) in digests, console)
    job_runs = JobRuns(store, experiment_ids, known.runs_folder, int(time.time() * 1000), request.resumes)
    unfinished = find_unfinished(job_runs, known.digest)
    if request.resumes and unfinished is None:
        done = all_done(job_runs, known)
        if done is not None:
            console.fact("sweep", f"all {len(done)} jobs are done: nothing is left to run")
            return done
    if unfinished is not None and not request.resumes:
        console.fact("note", _unfinished_in_words(job_runs, known, unfinished))
    job_locks = JobLocks(known.runs_folder)
    source = GridSource(known.specs, job_runs, job_locks)
    before = unfinished if request.resumes else None
    parent = sweep_recorder(known, store, before, {SWEEP_DIGEST: known.digest})
    try:
        return run_sweep(known, source, parent, console)
    finally:
        job_locks.release_all()


def deliver_jobs(store: Store, runs_folder: Path, is_job: Callable[[Run], bool], console: Console) -> None:
    """Deliver what runs have left on disk: the store must know which jobs are done, or they would be run again.

    `is_job` says whether a run is that of one of the sweep's jobs.

    Raises:
        InputError: The store does not take what a job that is done has recorded.
    """
    if not sync_runs(store, runs_folder, console.print):
        return
    done = []
    for folder in waiting_runs(runs_folder):
        if spool_of(folder).status == "FINISHED" and folder.store == store.shown and not folder.is_locked:
            with contextlib.suppress(RunMissing):
                run = store.run(folder.path.name)
                if is_job(run):
                    done.append(run_label(run))
    if done:
        then = how_to_sync(store, runs_folder)
        raise InputError(
            Fault("--resume", f"jobs of the sweep are done, and wait for the store: {', '.join(done)}. {then}")
        )


def run_sweep(
    known: CheckedSweep,
    source: JobSource,
    recorder: RunRecorder,
    console: Console,
    record_more: Callable[[RunRecorder], None] | None = None,
) -> list[Job]:
    """Run the jobs of a source under a parent run, whose recorder is not entered yet.

    Where `record_more` is given, it records what there is beside the jobs' summary.
    """
    request, plan = known.request, known.request.plan
    threads = threads_of(plan.launcher, source.total)
    shares_store = sqlite_path(recorder.store.uri) is None
    setup = setup_of(request.plugins, known.sources, terminal_of(console), shares_store=shares_store)
    say = partial(console.print, style="dim")
    slots = slots_of(plan.launcher, source.total, setup, request.folder, say)
    at_once = len(slots)
    progress = SweepProgress(console, source.total, at_once)
    watch = SweepWatch(console, source, progress, at_once)
    with (
        contextlib.suppress(JobsFailed),  # marks the parent as FAILED; the caller reads the jobs
        sigterm_ends_run(),
        one_attempt(),  # what is read of the store; where it is away, the source waits for it
        _opened(slots),
        recorded_run(recorder, known.runs_folder) as (parent, _),
    ):
        source.begin(parent.run_id)
        before, had_failed = earlier(parent)
        over = f"{counted(source.total, 'job')} over {', '.join(plan.axes) or 'nothing'}"
        console.fact("sweep", f"{over}{_at_once_in_words(at_once, threads)}")

        def assignment_of(spec: JobSpec) -> Assignment:
            surroundings = Request(request.folder, spec.overrides, spec.name, parent.run_id, threads)
            return Assignment(spec.experiment, surroundings, spec.resumes, spec.asks)

        try:
            with progress:
                run_jobs(source, slots, assignment_of, watch)
                watch.add_done_elsewhere()
        except BaseException as error:
            done = sum(job.result is not None for job in watch.jobs.values())
            rest = "The same command with --resume goes on with the rest."
            error.add_note(f"{done} of {source.total} jobs are done. {rest}")
            raise
        finally:
            try:
                hurries = isinstance(sys.exception(), KeyboardInterrupt | Terminated)
                with noting_failure("record the sweep's summary"):
                    note = plan.experiments[0].tracking.note
                    jobs = watch.in_order
                    record_sweep(parent, jobs, plan.axes, request.name, note, had_failed=had_failed, in_a_hurry=hurries)
                    if record_more is not None:
                        record_more(parent)
                    parent.log_text(f"{before}{console.transcript}", "log.txt")
            except Exception as error:
                raise NotSummedUp(watch.in_order, error) from error
        failed = [job for job in watch.in_order if job.failure is not None]
        if failed:
            raise JobsFailed(failed, len(watch.jobs))
    return watch.in_order


class NotSummedUp(Exception):
    """All jobs have ended, and what they gave could not be recorded at the sweep's own run."""

    def __init__(self, jobs: list[Job], why: Exception) -> None:
        super().__init__(f"the sweep's summary could not be recorded: {first_line(why)}")
        self.jobs = jobs
        self.add_note("All its jobs have ended. The same command with --resume sums them up again.")


def _at_once_in_words(at_once: int, threads: int | None) -> str:
    if at_once == 1:
        return ""
    each = f", {threads} thread{'s' if threads != 1 else ''} each" if threads else ""
    return f", {at_once} at once{each}"


@contextlib.contextmanager
def _opened(slots: Sequence[Slot]) -> Iterator[None]:
    """Have the first slot ready, so that what is wrong with the plugins is said before anything is recorded."""
    try:
        slots[0].open()
        yield
    finally:
        for slot in slots:
            slot.close()


def sweep_recorder(known: CheckedSweep, store: Store, resumes: Run | None, tags: Mapping[str, str]) -> RunRecorder:
    """Return the recorder of a sweep's own run, with tags that say which sweep it is.

    The run is the one that the sweep resumes; None: a new one begins.
    """
    request, tracking = known.request, known.request.plan.experiments[0].tracking
    tags = {
        **tracking.tags,
        "seqexp.overrides": " ".join(map(masked_override, request.overrides)),
        **plugin_tags(request.plugins),
        CHECKPOINTS_TAG: str(known.runs_folder),
        **tags,
    }
    name = request.name if resumes is None else str(resumes.info.run_name)
    resumed = None if resumes is None else resumes.info.run_id
    return RunRecorder(store, tracking.experiment, name, "sweep", tags, {}, tracking.note, None, resumes=resumed)


def find_unfinished(job_runs: JobRuns, digest: str) -> Run | None:
    """Return the newest unfinished sweep of the same jobs that no process is running; or None."""
    for run in job_runs.store.runs(job_runs.experiment_ids, f"tags.`{SWEEP_DIGEST}` = '{digest}'"):
        if run.info.status != "FINISHED" and is_idle(run, job_runs.runs_folder):
            return run
    return None


def all_done(job_runs: JobRuns, known: CheckedSweep) -> list[Job] | None:
    """Return how each job was done before, if all were."""
    jobs = []
    for spec in known.specs:
        job = job_runs.job_done(job_runs.runs(spec.digest), spec)
        if job is None:
            return None
        jobs.append(job)
    return jobs


def _unfinished_in_words(job_runs: JobRuns, known: CheckedSweep, run: Run) -> str:
    children = f"tags.`mlflow.parentRunId` = '{run.info.run_id}' and attributes.status = 'FINISHED'"
    done = sum(1 for _ in job_runs.store.runs(job_runs.experiment_ids, children))
    return (
        f"a sweep of the same jobs did not come to its end: {run.info.run_name} (run {run.info.run_id}), {done} of "
        f"{len(known.specs)} jobs done. This one begins anew; --resume goes on with that one"
    )

"""Hand the checked overrides to Hydra, which composes each job and calls it; one run, or a sweep."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from seqexp.config.hydra_app import call_hydra
from seqexp.config.locations import check_config_dir
from seqexp.config.plan import Plan
from seqexp.config.plugins import Plugin, classes_of
from seqexp.models.registry import Registry
from seqexp.reporting.console import Console
from seqexp.runner.experiment import Request, run_experiment
from seqexp.runner.jobs import Job, JobsFailed, Result
from seqexp.runner.keeping import keeping, place_of, tell_of_the_dead_before
from seqexp.runner.names import run_name, trial_name
from seqexp.runner.prepare import Sources, check_data, load_registry
from seqexp.runner.record import plugin_tags
from seqexp.tracking.dead import PLACE
from seqexp.tracking.recorder import RunRecorder, Terminated
from seqexp.tracking.store import open_store


@dataclass
class _Jobs:
    """The jobs of one command: what they share, and how each ended."""

    folder: Path
    plan: Plan
    parent: str | None
    console: Console
    sources: Sources
    registry: Registry
    ended: list[Job] = field(default_factory=list)


def launch_run(
    plan: Plan,
    overrides: Sequence[str],
    config_dir: str | None,
    console: Console,
    plugins: Sequence[Plugin] = (),
) -> Result:
    """Run the one experiment of a plan.

    Raises:
        Exception: What ended the run.
    """
    folder = Path.cwd()
    tell_of_the_dead_before(plan.experiments[0], folder, console.print)
    jobs = _Jobs(folder, plan, None, console, Sources(), load_registry(plugins))
    with sigterm_ends_run():
        call_hydra(_run_job(jobs), [*_folder_flag(config_dir), *overrides])
    (job,) = jobs.ended
    if job.error is not None:
        raise job.error
    assert job.result is not None
    return job.result


def launch_sweep(
    plan: Plan,
    overrides: Sequence[str],
    config_dir: str | None,
    console: Console,
    plugins: Sequence[Plugin] = (),
) -> list[Job]:
    """Run every job of a sweep as a child of one parent run; a failing job stops none of the others.

    Returns:
        How each job ended, in the order in which they ran.

    Raises:
        InputError: If a job's data can't be had, or its splits don't fit it; nothing has been run then.
    """
    first, sources, registry = plan.experiments[0], Sources(), load_registry(plugins)
    check_data(plan.experiments, sources, lambda line: console.fact("data", line))
    jobs = _Jobs(Path.cwd(), plan, None, console, sources, registry)
    tell_of_the_dead_before(first, jobs.folder, console.print)
    tracking, place = first.tracking, place_of(first, jobs.folder)
    name = tracking.run_name or "sweep over " + ", ".join(plan.axes)
    tags = {**tracking.tags, "seqexp.overrides": " ".join(overrides), **plugin_tags(plugins), PLACE: str(place)}
    store = open_store(tracking.uri, jobs.folder)
    with (
        contextlib.suppress(JobsFailed),  # marks the parent as FAILED; the caller reads the jobs
        sigterm_ends_run(),
        keeping(
            RunRecorder(store, tracking.experiment, name, "sweep", tags, {}, tracking.note, None), place
        ) as entered,
    ):
        parent, _ = entered
        jobs.parent = parent.run_id
        console.fact("sweep", f"{len(plan.experiments)} jobs over {', '.join(plan.axes) or 'nothing'}")
        call_hydra(_run_job(jobs), ["--multirun", *_folder_flag(config_dir), *overrides])
        failed = [job for job in jobs.ended if job.error is not None]
        parent.log_summary({"jobs": len(jobs.ended), "jobs_failed": len(failed)})
        parent.log_text(console.transcript, "log.txt")
        if failed:
            raise JobsFailed(failed, len(jobs.ended))
    return jobs.ended


def _folder_flag(config_dir: str | None) -> list[str]:
    folder = check_config_dir(config_dir)
    return ["--config-dir", str(folder)] if folder else []


def _run_job(jobs: _Jobs) -> Callable[[Any], None]:
    """Return the function that Hydra calls for each job. It never raises for a job's own failure."""

    def job(config: Any) -> None:
        from hydra.core.hydra_config import HydraConfig

        from seqexp.config.plan import load_config_of_job

        overrides = list(HydraConfig.get().overrides.task)
        experiment = load_config_of_job(config, classes_of(jobs.registry.plugins))
        if jobs.parent is None:
            name = run_name(experiment, overrides)
        else:
            name = trial_name(experiment, overrides, jobs.plan.axes)
            jobs.console.print()
            jobs.console.print(f"job {len(jobs.ended) + 1} of {len(jobs.plan.experiments)}: {name}", style="bold")
        request = Request(jobs.folder, overrides, name, jobs.parent)
        try:
            result = run_experiment(experiment, request, jobs.sources, jobs.console, jobs.registry)
        except Exception as error:  # noqa: BLE001 (reported with the job, and the exit code tells)
            jobs.ended.append(Job(name, None, error))
            if jobs.parent is not None:
                notes = getattr(error, "__notes__", [])
                jobs.console.print("\n".join([f"failed: {error}", *notes]), style="red")
        else:
            jobs.ended.append(Job(name, result, None))

    return job


@contextmanager
def sigterm_ends_run() -> Iterator[None]:
    """Within the block SIGTERM raises Terminated, so that the run is recorded as KILLED."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        raise Terminated("terminated by SIGTERM")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

"""Hand the checked overrides to Hydra, which composes each job and calls it; one run, or a sweep."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from seqexp.config.hydra_app import call_hydra
from seqexp.config.locations import check_config_dir
from seqexp.config.plan import Plan
from seqexp.config.plugins import Plugin, classes_of
from seqexp.config.schema import Experiment
from seqexp.reporting.console import Console
from seqexp.runner.experiment import Request, run_experiment
from seqexp.runner.jobs import Job, JobsFailed, Result
from seqexp.runner.keeping import keeping, place_of, tell_of_the_dead_before
from seqexp.runner.names import axis_values, run_name, trial_name
from seqexp.runner.prepare import Sources, check_data, load_registry
from seqexp.runner.record import noting_failure, plugin_tags
from seqexp.runner.sweep_record import record_sweep
from seqexp.runner.worker import Order
from seqexp.runner.workers import Workers
from seqexp.tracking.dead import PLACE
from seqexp.tracking.recorder import RunRecorder, Terminated
from seqexp.tracking.store import open_store


def launch_run(
    overrides: Sequence[str], config_dir: str | None, console: Console, plugins: Sequence[Plugin] = ()
) -> Result:
    """Run one experiment, in this process.

    Raises:
        Exception: What ended the run.
    """
    folder, sources, registry = Path.cwd(), Sources(), load_registry(plugins)
    ended: list[Result | Exception] = []

    def job(experiment: Experiment, overrides: list[str]) -> None:
        tell_of_the_dead_before(experiment, folder, console.print)
        request = Request(folder, overrides, run_name(experiment, overrides), None)
        try:
            ended.append(run_experiment(experiment, request, sources, console, registry))
        except Exception as error:  # noqa: BLE001 (raised below: Hydra would print its own report)
            ended.append(error)

    with sigterm_ends_run():
        _each_job(job, plugins, [*_folder_flag(config_dir), *overrides])
    (end,) = ended
    if isinstance(end, Exception):
        raise end
    return end


def launch_sweep(
    plan: Plan,
    overrides: Sequence[str],
    config_dir: str | None,
    console: Console,
    plugins: Sequence[Plugin] = (),
) -> list[Job]:
    """Run every job of a sweep as a child of one parent run, in a supervised process; none stops the others.

    Returns:
        How each job ended, in the order in which they ran.

    Raises:
        InputError: If a plugin is refused, a job's data can't be had, or its splits don't fit it; nothing has been
            run then.
    """
    folder, sources, tracking = Path.cwd(), Sources(), plan.experiments[0].tracking
    check_data(plan.experiments, sources, lambda line: console.fact("data", line))
    first = plan.experiments[0]
    tell_of_the_dead_before(first, folder, console.print)
    name, place = tracking.run_name or "sweep over " + ", ".join(plan.axes), place_of(first, folder)
    tags = {**tracking.tags, "seqexp.overrides": " ".join(overrides), **plugin_tags(plugins), PLACE: str(place)}
    store = open_store(tracking.uri, folder)
    jobs: list[Job] = []
    with (
        contextlib.suppress(JobsFailed),  # marks the parent as FAILED; the caller reads the jobs
        sigterm_ends_run(),
        Workers(console, plugins, sources) as workers,
        keeping(
            RunRecorder(store, tracking.experiment, name, "sweep", tags, {}, tracking.note, None), place
        ) as entered,
    ):
        parent, _ = entered
        console.fact("sweep", f"{len(plan.experiments)} jobs over {', '.join(plan.axes) or 'nothing'}")

        def job(experiment: Experiment, overrides: list[str]) -> None:
            request = Request(folder, overrides, trial_name(experiment, overrides, plan.axes), parent.run_id)
            console.print()
            console.print(f"job {len(jobs) + 1} of {len(plan.experiments)}: {request.name}", style="bold")
            end = workers.run(Order(experiment, request))
            values = axis_values(overrides, plan.axes)
            jobs.append(Job(request.name, values, end.run_id, end.result, end.failure, end.seconds))
            if end.failure is not None:
                console.print(f"failed: {end.failure.message}", style="red")

        try:
            _each_job(job, plugins, ["--multirun", *_folder_flag(config_dir), *overrides])
        finally:
            with noting_failure("record the sweep's summary"):
                record_sweep(parent, jobs, plan.axes, name, tracking.note)
                parent.log_text(console.transcript, "log.txt")
        failed = [job for job in jobs if job.failure is not None]
        if failed:
            raise JobsFailed(failed, len(jobs))
    return jobs


def _each_job(
    job: Callable[[Experiment, list[str]], None], plugins: Sequence[Plugin], arguments: Sequence[str]
) -> None:
    """Have Hydra compose each job, and call `job` with it; what `job` raises, Hydra would report in its own way."""

    def call(config: Any) -> None:
        from hydra.core.hydra_config import HydraConfig

        from seqexp.config.plan import load_config_of_job

        job(load_config_of_job(config, classes_of(plugins)), list(HydraConfig.get().overrides.task))

    call_hydra(call, arguments)


def _folder_flag(config_dir: str | None) -> list[str]:
    folder = check_config_dir(config_dir)
    return ["--config-dir", str(folder)] if folder else []


@contextmanager
def sigterm_ends_run() -> Iterator[None]:
    """Within the block SIGTERM raises Terminated, so that the run is recorded as KILLED."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not cut the recording short
        raise Terminated("terminated by SIGTERM")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

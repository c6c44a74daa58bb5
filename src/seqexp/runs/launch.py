"""Hand the checked overrides of one run to Hydra, which composes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from seqexp.config.locations import call_hydra, check_config_dir
from seqexp.config.plugins import Plugin, classes_of
from seqexp.config.schema import Experiment
from seqexp.reporting.console import Console
from seqexp.runs.checkpointing import report_earlier_crashes
from seqexp.runs.experiment import Request, run_experiment
from seqexp.runs.interrupts import sigterm_ends_run
from seqexp.runs.jobs import Result
from seqexp.runs.names import run_name
from seqexp.runs.prepare import Sources, load_registry


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
        report_earlier_crashes(experiment, folder, console.print)
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

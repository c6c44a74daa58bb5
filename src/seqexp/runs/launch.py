"""Run one experiment in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqexp.config.plugins import Plugin
from seqexp.config.schema import Experiment
from seqexp.reporting.console import Console
from seqexp.runs.checkpointing import report_earlier_crashes
from seqexp.runs.experiment import run_experiment
from seqexp.runs.interrupts import sigterm_ends_run
from seqexp.runs.jobs import Request, Result
from seqexp.runs.names import run_name
from seqexp.runs.prepare import Sources, load_registry


def launch_run(
    experiment: Experiment, overrides: Sequence[str], console: Console, plugins: Sequence[Plugin] = ()
) -> Result:
    """Run one checked experiment.

    Args:
        experiment: What is run.
        overrides: Those that set or pick something of it; they are recorded, and give the run its name.
        console: What a person sees.
        plugins: The user's own Python files, which are executed now.

    Raises:
        Exception: What ended the run.
    """
    folder, registry = Path.cwd(), load_registry(plugins)
    request = Request(folder, list(overrides), run_name(experiment, overrides), None)
    with sigterm_ends_run():
        report_earlier_crashes(experiment, folder, console.print)
        return run_experiment(experiment, request, Sources(), console, registry)

"""A sweep that is asked for, and what is known of its jobs before the first of them runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seqexp.config.digests import digest_of, job_digest
from seqexp.config.plan import Plan
from seqexp.config.plugins import Plugin
from seqexp.reporting.console import Console
from seqexp.runs.names import axis_values, trial_name
from seqexp.runs.prepare import Checked, Sources, check_data
from seqexp.sweeps.spec import JobSpec
from seqexp.tracking.run_folder import checkpoints_folder


@dataclass(frozen=True)
class SweepRequest:
    """A sweep that is asked for.

    Attributes:
        plan: Its jobs.
        overrides: As the user wrote them.
        plugins: The user's own Python.
        folder: Where the command is run.
        resumes: Whether what was done before counts.
    """

    plan: Plan
    overrides: Sequence[str]
    plugins: Sequence[Plugin]
    folder: Path
    resumes: bool = False

    @property
    def name(self) -> str:
        """The name of the sweep's run."""
        what = "sweep" if self.plan.search is None else "search"
        return self.plan.experiments[0].tracking.run_name or f"{what} over {', '.join(self.plan.axes)}"


@dataclass(frozen=True)
class CheckedSweep:
    """What is known of a sweep before it runs.

    Attributes:
        specs: Its jobs.
        digests: Of each job.
        checked: Each job with its data.
        sources: Where data comes from.
        runs_folder: The folder that holds the folders of all unfinished runs.
    """

    specs: tuple[JobSpec, ...]
    digests: tuple[str, ...]
    checked: tuple[Checked, ...]
    sources: Sources
    runs_folder: Path

    @property
    def digest(self) -> str:
        """Of the sweep: which jobs it has."""
        return digest_of({"jobs": sorted(set(self.digests))})


def check_sweep(request: SweepRequest, console: Console) -> CheckedSweep:
    """Check the sweep's data, and find out which job is which.

    Raises:
        InputError: If a job's data can't be had, or its splits don't fit it.
    """
    plan, sources = request.plan, Sources()
    checked = check_data(plan.experiments, sources, lambda line: console.fact("data", line))
    plugins = [plugin.digest for plugin in request.plugins]
    specs = tuple(
        JobSpec(
            number,
            trial_name(experiment, overrides, plan.axes),
            experiment,
            overrides,
            axis_values(overrides, plan.axes),
        )
        for number, (experiment, overrides) in enumerate(zip(plan.experiments, plan.overrides, strict=True))
    )
    digests = tuple(
        job_digest(one.experiment, data_digest=one.data_digest, plugins=plugins, others=one.others) for one in checked
    )
    tracking = plan.experiments[0].tracking
    runs_folder = checkpoints_folder(tracking.uri, tracking.checkpoints, request.folder)
    return CheckedSweep(specs, digests, tuple(checked), sources, runs_folder)

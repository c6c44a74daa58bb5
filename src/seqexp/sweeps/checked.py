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
    """A sweep that is asked for, by a command in a folder; where it resumes, what was done before counts."""

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
    """What is known of a sweep before it runs."""

    request: SweepRequest  # what was asked for
    specs: Sequence[JobSpec]  # the jobs of a grid; a search finds its own as it goes
    checked: Sequence[Checked]  # each job with its data
    sources: Sources  # where data comes from
    runs_folder: Path  # the folder that holds the folders of all unfinished runs

    @property
    def digest(self) -> str:
        """Of a grid: which jobs it has."""
        return digest_of({"jobs": sorted({spec.digest for spec in self.specs})})


def check_sweep(request: SweepRequest, console: Console) -> CheckedSweep:
    """Check the sweep's data, and find out which job is which.

    Raises:
        InputError: If a job's data can't be had, or its splits don't fit it.
    """
    plan, sources = request.plan, Sources()
    checked = check_data(plan.experiments, sources, lambda line: console.fact("data", line))
    plugins = [plugin.digest for plugin in request.plugins]
    specs = []
    for number, (experiment, overrides, one) in enumerate(zip(plan.experiments, plan.overrides, checked, strict=True)):
        name, values = trial_name(experiment, overrides, plan.axes), axis_values(overrides, plan.axes)
        digest = job_digest(one.experiment, data_digest=one.data_digest, plugins=plugins, others=one.others)
        specs.append(JobSpec(number, name, experiment, overrides, values, digest=digest))
    tracking = plan.experiments[0].tracking
    runs_folder = checkpoints_folder(tracking.uri, tracking.checkpoints, request.folder)
    return CheckedSweep(request, specs, checked, sources, runs_folder)

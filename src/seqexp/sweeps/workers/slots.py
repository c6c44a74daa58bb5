"""Where a sweep's jobs run, by its launcher."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from seqexp.config.launcher import Launcher, Parallel, Ray, Serial, Slurm
from seqexp.config.plugins import Plugin
from seqexp.models.cores import cores
from seqexp.reporting.sweeps.relayed import Look
from seqexp.runs.prepare import Sources
from seqexp.sweeps.cluster.clusters import crew_of
from seqexp.sweeps.spec import Slot
from seqexp.sweeps.workers.local import LocalSlot
from seqexp.sweeps.workers.remote_worker import Setup, shared_environment


def slots_of(
    launcher: Launcher,
    jobs: int,
    plugins: Sequence[Plugin],
    sources: Sources,
    look: Look | None,
    folder: Path,
    *,
    shares_store: bool,
    tell: Callable[[str], None],
) -> Sequence[Slot]:
    """Return the slots of a launcher; no worker is started.

    Args:
        launcher: The launcher.
        jobs: How many jobs there are at the most.
        plugins: The user's own Python.
        sources: Where data comes from, resolved once for all jobs.
        look: The terminal on which what is printed is shown, or None.
        folder: Where the command is run.
        shares_store: Whether other machines can record in the sweep's store.
        tell: Shows the person a line.

    Raises:
        InputError: The launcher's cluster can't be used.
    """
    if isinstance(launcher, Serial):
        return [LocalSlot("worker", plugins, sources, look)]
    if isinstance(launcher, Ray | Slurm):
        setup = Setup("", tuple(plugins), sources, look, shared_environment())
        return crew_of(launcher, jobs, setup, folder, shares_store=shares_store, tell=tell)
    return [
        LocalSlot(f"worker {number}", plugins, sources, look) for number in range(1, workers_of(launcher, jobs) + 1)
    ]


def workers_of(launcher: Launcher, jobs: int) -> int:
    """Return how many jobs run at once, as far as that is known without asking a cluster."""
    if isinstance(launcher, Serial):
        return 1
    return max(1, min(launcher.workers or cores(), jobs))


def threads_of(launcher: Launcher, jobs: int) -> int | None:
    """Return the CPU threads of each job, where the experiment names no number; None: as many as there are cores."""
    if isinstance(launcher, Ray | Slurm):
        return launcher.threads
    if isinstance(launcher, Parallel):
        return launcher.threads or max(1, cores() // workers_of(launcher, jobs))
    return None

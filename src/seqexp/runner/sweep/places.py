"""Where a sweep's jobs run, by its launcher."""

from __future__ import annotations

from collections.abc import Sequence

from seqexp.config.launcher import Launcher, Parallel, Serial
from seqexp.config.plugins import Plugin
from seqexp.models.cores import cores
from seqexp.reporting.relayed import Look
from seqexp.runner.prepare import Sources
from seqexp.runner.sweep.local import LocalPlace
from seqexp.runner.sweep.spec import Place


def places_of(
    launcher: Launcher, jobs: int, plugins: Sequence[Plugin], sources: Sources, look: Look | None
) -> list[Place]:
    """Return the places of a launcher; nothing is started.

    Args:
        launcher: The launcher.
        jobs: How many jobs there are at the most.
        plugins: The user's own Python.
        sources: Where data comes from, resolved once for all jobs.
        look: The terminal on which what is printed is shown, or None.
    """
    if isinstance(launcher, Serial):
        return [LocalPlace("worker", plugins, sources, look)]
    return [
        LocalPlace(f"worker {number}", plugins, sources, look) for number in range(1, workers_of(launcher, jobs) + 1)
    ]


def workers_of(launcher: Launcher, jobs: int) -> int:
    """Return how many jobs run at once."""
    if isinstance(launcher, Serial):
        return 1
    return max(1, min(launcher.workers or cores(), jobs))


def threads_of(launcher: Launcher, jobs: int) -> int | None:
    """Return the CPU threads of each job, where the experiment names no number; None: as many as there are cores."""
    if isinstance(launcher, Parallel):
        return launcher.threads or max(1, cores() // workers_of(launcher, jobs))
    return None

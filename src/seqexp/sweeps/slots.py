"""The slots in which a sweep's jobs run, by its launcher."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from seqexp.config.errors import Fault, InputError
from seqexp.config.launcher import Launcher, Parallel, Ray, Serial, Slurm
from seqexp.config.limits.machine import cores
from seqexp.sweeps.cluster.setup import Setup
from seqexp.sweeps.spec import Slot
from seqexp.sweeps.workers.local import LocalSlot

# The package that a launcher needs, and the extra that brings it, which has the launcher's name.
_NEEDED = {"ray": "ray", "slurm": "submitit"}


def check_installed(launcher: Launcher) -> None:
    """Check that what a launcher needs is installed, and that this system has it.

    Raises:
        InputError: It is not; with how to install it, or that it can't be had here.
    """
    if launcher.kind == "slurm" and os.name != "posix":
        what = "needs Linux or macOS: permissions guard the files that it hands over. Use another launcher here."
        raise InputError(Fault("hydra/launcher", f"hydra/launcher=slurm {what}"))
    package = _NEEDED.get(launcher.kind)
    if package is not None and importlib.util.find_spec(package) is None:
        what = f"needs {package}, which is not installed: pip install 'seqexp[{launcher.kind}]'."
        raise InputError(Fault("hydra/launcher", f"hydra/launcher={launcher.kind} {what}"))


def slots_of(launcher: Launcher, jobs: int, setup: Setup, folder: Path, say: Callable[[str], None]) -> Sequence[Slot]:
    """Return the slots of a launcher for so many jobs at the most; no worker is started, and `say` shows a line.

    Ray and submitit are imported only where they are used.

    Raises:
        InputError: The launcher's cluster can't be used.
    """
    if isinstance(launcher, Ray):
        from seqexp.sweeps.cluster.ray_slots import RayCluster

        return RayCluster(launcher, setup, jobs, say).slots
    if isinstance(launcher, Slurm):
        from seqexp.sweeps.cluster.slurm_slots import SlurmWorkers

        return SlurmWorkers(launcher, setup, folder, jobs, say).slots
    numbers = range(1, workers_of(launcher, jobs) + 1)
    names = ["worker"] if isinstance(launcher, Serial) else [f"worker {number}" for number in numbers]
    return [LocalSlot(name, setup.plugins, setup.sources, setup.look) for name in names]


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

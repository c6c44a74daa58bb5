"""The slots of the launchers that need a cluster."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.config.errors import Fault, InputError
from seqexp.config.launcher import Launcher, Ray, Slurm
from seqexp.sweeps.workers.gate import Gate
from seqexp.sweeps.workers.remote import RemoteSlot
from seqexp.sweeps.workers.remote_worker import Setup
from seqexp.sweeps.workers.worker_group import Crew, Terms

if TYPE_CHECKING:
    from seqexp.sweeps.cluster.ray_cluster import RayCluster
    from seqexp.sweeps.cluster.slurm_cluster import SlurmCluster

# The package that a launcher needs, and the extra that brings it, which has the launcher's name.
_NEEDED = {"ray": "ray", "slurm": "submitit"}


def check_installed(launcher: Launcher) -> None:
    """Check that what a launcher needs is installed.

    Raises:
        InputError: It is not; with how to install it.
    """
    package = _NEEDED.get(launcher.kind)
    if package is not None and importlib.util.find_spec(package) is None:
        raise InputError(
            Fault(
                "hydra/launcher",
                f"hydra/launcher={launcher.kind} needs {package}, which is not installed: "
                f"pip install 'seqexp[{launcher.kind}]'.",
            )
        )


def crew_of(
    launcher: Ray | Slurm, jobs: int, setup: Setup, folder: Path, *, shares_store: bool, tell: Callable[[str], None]
) -> list[RemoteSlot]:
    """Connect to a launcher's cluster, and return its slots; no worker is placed yet.

    Args:
        launcher: The launcher.
        jobs: How many jobs there are at the most.
        setup: What each worker is told.
        folder: Where the command is run.
        shares_store: Whether other machines can record in the sweep's store.
        tell: Shows the person a line.

    Raises:
        InputError: The cluster can't be used.
    """
    cluster = _cluster(launcher, folder)
    try:
        gate = Gate(cluster.host, launcher.port_range)
    except InputError:
        cluster.close()
        raise
    return Crew(cluster, gate, Terms(setup, shares_store, launcher.wait, tell), cluster.size(jobs)).slots


def _cluster(launcher: Ray | Slurm, folder: Path) -> RayCluster | SlurmCluster:
    """Return the cluster; Ray and submitit are imported only where they are asked for."""
    if isinstance(launcher, Ray):
        from seqexp.sweeps.cluster.ray_cluster import RayCluster

        return RayCluster(launcher)
    from seqexp.sweeps.cluster.slurm_cluster import SlurmCluster

    return SlurmCluster(launcher, folder)

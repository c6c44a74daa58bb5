"""The machine's facts that explain a number."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from typing import Any

from benchmarks.client import ROOT
from seqexp.tracking.environment import describe, git_state, installed_distributions

# Those whose version makes a difference; results.json names all that is installed.
_PACKAGES = ("tensorflow", "keras", "jax", "jaxlib", "torch", "numpy", "numba", "hydra-core", "mlflow")


def use_cores(wanted: int) -> int:
    """Keep this process and those it starts to the first cores that it may use; return how many these are."""
    if not hasattr(os, "sched_setaffinity"):
        return min(wanted, os.cpu_count() or 1)
    chosen = sorted(os.sched_getaffinity(0))[:wanted]
    os.sched_setaffinity(0, chosen)
    return len(chosen)


def facts(threads: int) -> dict[str, Any]:
    """Return the machine's facts, ready for JSON; to be called before anything is measured.

    Args:
        threads: How many every peer may compute with.

    Returns:
        cpu, cores (of the machine), threads, memory_gib, python, platform, load (processes that wanted to run during
        the minute before), date, commit, packages (version or None by name) and distributions.
    """
    environment = describe(threads)
    versions = installed_distributions()
    state = git_state(ROOT)
    return {
        "cpu": environment["cpu"],
        "cores": os.cpu_count(),
        "threads": threads,
        "memory_gib": environment["memory_gib"],
        "python": environment["python"],
        "platform": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": f"{state.commit}{' with changes' if state.dirty else ''}" if state.commit else None,
        "packages": {name: versions.get(name) for name in _PACKAGES},
        "distributions": environment["distributions"],
    }

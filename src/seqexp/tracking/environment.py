"""What a run was computed with: enough to explain another number, nothing that names a person or machine."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from seqexp.config.limits.machine import cores, machine_memory

_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class GitState:
    """The state of a repository."""

    commit: str | None  # the full hash of the commit that is checked out; None: no repository, or no commit yet
    dirty: bool | None  # whether tracked files differ from it; None: unknown. New files do not count: the store is one.


def git_state(folder: Path) -> GitState:
    """Return the state of the repository that `folder` lies in; (None, None) without git or a repository."""
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if not commit:
        return GitState(None, None)
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return GitState(commit, None if changes is None else bool(changes))


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, or None if it fails, is missing or takes too long."""
    # A hook's GIT_DIR would name another repository; no file is written, no program of the repository is run.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


_PACKAGES = ("seqexp", "tensorflow", "keras", "numpy", "numba", "hydra-core", "omegaconf", "mlflow")


def describe(threads: int) -> dict[str, object]:
    """Return the environment of this process, ready for JSON.

    Args:
        threads: The number of threads that TensorFlow computes with.

    Returns:
        python, platform, cpu, cores (usable by this process), threads, memory_gib, packages (the versions
        that matter; None: not installed) and distributions (all that is installed, as "name==version").
    """
    distributions = installed_distributions()
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        "cpu": cpu_model(),
        "cores": cores(),
        "threads": threads,
        "memory_gib": memory_gib(),
        "packages": {name: distributions.get(name) for name in _PACKAGES},
        "distributions": [f"{name}=={version}" for name, version in sorted(distributions.items())],
    }


def installed_distributions() -> dict[str, str]:
    """Return the version of each installed distribution by its normalized name."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        # Broken installations leave folders without metadata; the first on the path is the one imported.
        name: str | None = distribution.metadata["Name"]
        if name:
            found.setdefault(name.lower().replace("_", "-"), distribution.version)
    return found


def cpu_model() -> str:
    """Return the processor's model, such as "Intel(R) Xeon(R) CPU @ 2.20GHz", or its architecture."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def memory_gib() -> float | None:
    """Return the memory of this machine or container in GiB; None where the platform does not give it."""
    size = machine_memory()
    return None if size is None else round(size / 2**30, 1)

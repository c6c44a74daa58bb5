"""Which commit of the user's own repository a run was started from."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class GitState:
    """The state of a repository.

    Attributes:
        commit: The full hash of the commit that is checked out; None: no repository, or no commit yet.
        dirty: Whether tracked files differ from it; None: unknown. New files do not count: the store is one.
    """

    commit: str | None
    dirty: bool | None


def describe(folder: Path) -> GitState:
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

"""What a disk allows, found out before anything is written."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from seqexp.config.errors import refusal_of_system
from seqexp.config.limits.file_kinds import kind_of

LEAST_ROOM = 1_500_000  # bytes that a new store and the record of a small run take
_READ_ONLY = 1  # statvfs's ST_RDONLY, which not every platform has


def why_unwritable(path: Path) -> str | None:
    """Return why a file or a folder, which need not exist, can't be written or made; None where it can.

    Nothing is written to find that out, so that a full disk is none of the reasons.
    """
    try:
        kind = kind_of(path)
    except OSError as error:
        return refusal_of_system(error)
    if kind is None:
        above = Path(os.path.realpath(path)).parent  # where a link leads that leads nowhere yet
        if above == path:
            return "there is no such folder"
        return why_unwritable(above) if not above.exists() or above.is_dir() else f"{above} is no folder"
    if os.access(path, os.W_OK | (os.X_OK if kind == "a folder" else 0)):
        return None
    is_read_only = hasattr(os, "statvfs") and os.statvfs(path).f_flag & _READ_ONLY
    why = "a read-only file system" if is_read_only else "no permission"
    return f"{path} can't be written: {why}"


def why_full(folder: Path, needed: int) -> str | None:
    """Return why so many bytes can't be written in a folder, which need not exist; None where they can."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free >= needed:
        return None
    left = f"{there} has {free / 1e6:.1f} MB left, and at least {needed / 1e6:.1f} MB are needed"
    return f"{os.strerror(errno.ENOSPC)}: {left}"

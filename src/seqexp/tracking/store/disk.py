"""What a disk allows, found out before anything is written, and what it refuses, in words that name the file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_READ_ONLY = 1  # statvfs's ST_RDONLY, which not every platform has


def refusal_of_system(error: OSError) -> str:
    """Return why the operating system has refused something, with the file that it was about where that is known."""
    words = error.strerror or str(error) or type(error).__name__
    return f"{words}: {os.fsdecode(error.filename)}" if isinstance(error.filename, str | bytes) else words


def kind_of(path: Path) -> str | None:
    """Return what is at a path, links followed: "a file", "a folder", "a device" ...; None where there is nothing.

    Raises:
        OSError: The path can't be looked at: it is too long, say, or a file is where it has a folder.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    kinds = {stat.S_IFREG: "a file", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


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

"""What is at a path where a file is expected."""

from __future__ import annotations

import stat
from pathlib import Path


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

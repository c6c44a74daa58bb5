"""What the commands that write a file of the user's choice share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def file_faults(flag: str, path: Path, endings: Sequence[str]) -> list[str]:
    """Return what keeps a file from being written there.

    Args:
        flag: Which names it, such as "--plot".
        path: The file.
        endings: Those that it may have; the message names the first.
    """
    faults = []
    if path.suffix.lower() not in endings:
        faults.append(f"{flag} must end in {endings[0]}. Received: {str(path)!r}")
    if not path.parent.is_dir():
        faults.append(not_writable(flag, path, "there is no such folder"))
    elif path.is_dir():
        faults.append(not_writable(flag, path, "it is a folder"))
    return faults


def not_writable(flag: str, path: Path, why: str) -> str:
    """Return the message that a file can't be written."""
    return f"{flag} must be a file that can be written ({why}). Received: {str(path)!r}"

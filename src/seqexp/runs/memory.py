"""What this process holds of the machine's memory."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path

_PROCESS = Path("/proc/self")  # of Linux


def resident_bytes() -> int:
    """Return the memory that this process holds, in bytes; at its most so far where the system does not tell."""
    return _told("VmRSS") or _most_of_all()


def peak_bytes() -> int:
    """Return the most memory that this process has held since `forget_peak`, or else its start, in bytes."""
    return _told("VmHWM") or _most_of_all()


def forget_peak() -> None:
    """Let the peak be that of what follows, as a worker carries out many jobs, where the system can."""
    with contextlib.suppress(OSError):
        (_PROCESS / "clear_refs").write_text("5")  # proc(5): the peak is set to what is held now


def _told(name: str) -> int | None:
    status = _PROCESS / "status"
    lines = status.read_text().splitlines() if status.is_file() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), None)


def _most_of_all() -> int:
    """Return what getrusage tells: under Linux at least what the process that began this one held, hence the above."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

"""How much of the machine's memory this process uses."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

_PROCESS = Path("/proc/self")  # of Linux


def resident_bytes() -> int:
    """Return the memory that this process uses, in bytes: the most so far where the system gives no more, else 0."""
    return _status("VmRSS") or _most_so_far() or 0


def peak_bytes() -> int | None:
    """Return the most memory that this process has used since `forget_peak`, or else its start, in bytes.

    None where the system gives no number, as Windows.
    """
    return _status("VmHWM") or _most_so_far()


def forget_peak() -> None:
    """Let the peak be that of what follows, as a worker carries out many jobs, where the system can."""
    with contextlib.suppress(OSError):
        (_PROCESS / "clear_refs").write_text("5")  # proc(5): the peak is set to what is used now


def _status(name: str) -> int | None:
    status = _PROCESS / "status"
    lines = status.read_text().splitlines() if status.is_file() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), None)


def _most_so_far() -> int | None:
    """Return what getrusage gives: on Linux at least the peak of the parent process, hence the above.

    None where there is no such call, as on Windows.
    """
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

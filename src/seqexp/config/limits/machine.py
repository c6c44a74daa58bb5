"""What the machine, or the container, gives to this process."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")  # of Linux
# A limit that is none: version 1 writes the largest number of pages.
_NO_LIMIT = 1 << 60


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_memory() -> int | None:
    """Return the bytes of memory that this process may use: the machine's, or the container's if that has fewer.

    None where the system gives no number.
    """
    found = []
    with suppress(AttributeError, ValueError, OSError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for limit in (_CGROUPS / "memory.max", _CGROUPS / "memory" / "memory.limit_in_bytes"):
        with suppress(ValueError, OSError):  # there is none, or it is "max"
            found.append(int(limit.read_text(encoding="ascii")))
    return min((size for size in found if 0 < size < _NO_LIMIT), default=None)


def in_bytes(size: float) -> str:
    """Return a number of bytes in words, such as "1.6 TB"."""
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if size < 1000 or unit == "PB":
            break
        size /= 1000
    return f"{size:,.0f} {unit}" if unit in ("bytes", "kB") or size >= 100 else f"{size:.1f} {unit}"

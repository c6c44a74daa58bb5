"""A peer's process: does one call after the other as its standard input asks, a line of JSON each.

    python -m benchmarks.worker MODULE:CLASS THREADS

A line {"call": METHOD, "arguments": {...}} is answered by {"value": ..., "waited": ..., "worked": ..., "faults": ...}
or by {"error": TEXT, ...}: seconds that the process had waited for the call, CPU seconds that it used meanwhile, and
how often the call itself had to wait for a page from disk.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import resource
import sys
import time
import traceback
from typing import Any, TextIO

# A process is quiet when it used less than this share of a core for so long, in seconds.
_QUIET_SHARE, _QUIET_PERIOD, _MOST_PATIENCE = 0.05, 0.05, 2.0


def main() -> None:
    """Make the peer, then answer calls until the input ends."""
    commands, answers = _own_channels()
    _stay_in_memory()
    where, threads = sys.argv[1], int(sys.argv[2])
    peer: Any = None
    told = time.perf_counter(), time.process_time()
    for line in commands:
        waited, worked = time.perf_counter() - told[0], time.process_time() - told[1]
        faults = _faults()
        answer: dict[str, Any] = {"waited": waited, "worked": worked}
        try:
            peer = peer or _make_peer(where, threads)
            command = json.loads(line)
            answer["value"] = getattr(peer, command["call"])(**command["arguments"])
        except Exception:  # noqa: BLE001 - told to the one who called
            answer["error"] = traceback.format_exc()
        answer["faults"] = _faults() - faults
        _wait_until_quiet()
        told = time.perf_counter(), time.process_time()
        print(json.dumps(answer), file=answers, flush=True)


def _own_channels() -> tuple[TextIO, TextIO]:
    """Return the pipes to the caller, and keep everyone else off them: what libraries print goes to stderr."""
    commands, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return commands, answers


def _stay_in_memory() -> None:
    """Keep what is in memory there, as far as that is allowed.

    A system short of memory, or eager to have some free, takes the code of a process that waits; it would then be
    measured how fast the disk is.
    """
    current, future, on_fault = 1, 2, 4
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ctypes.CDLL(None).mlockall(current | future | on_fault)


def _faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_majflt


def _make_peer(where: str, threads: int) -> Any:
    module, name = where.split(":")
    return getattr(importlib.import_module(module), name)(threads)


def _wait_until_quiet() -> None:
    """Wait for threads that prepare batches ahead or spin before they sleep: they would disturb the next peer."""
    deadline = time.perf_counter() + _MOST_PATIENCE
    while time.perf_counter() < deadline:
        begin, used = time.perf_counter(), time.process_time()
        time.sleep(_QUIET_PERIOD)
        if time.process_time() - used < _QUIET_SHARE * (time.perf_counter() - begin):
            return


if __name__ == "__main__":
    main()

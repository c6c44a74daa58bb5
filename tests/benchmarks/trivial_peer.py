"""A peer that computes nothing, for the tests of the processes."""

from __future__ import annotations

import os
import sys


class TrivialPeer:
    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.calls = 0

    def add(self, left: int, right: int) -> dict[str, int]:
        self.calls += 1
        print("a library's noise on the standard output")
        os.write(1, b"and noise from C\n")
        print("and on the standard error", file=sys.stderr)
        return {"sum": left + right, "calls": self.calls, "threads": self.threads}

    def read(self) -> str:
        return sys.stdin.read()

    def fail(self) -> None:
        raise ValueError("not today")

    def die(self) -> None:
        print("last words", file=sys.stderr, flush=True)
        os._exit(3)

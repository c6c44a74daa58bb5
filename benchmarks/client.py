"""The caller's side of a peer's process; see `worker`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[1]


class PeerError(Exception):
    """A peer's call raised, or its process died."""


class Client:
    """Starts a peer's process and calls its methods; the process sleeps between calls.

    Args:
        where: The peer's class, "module:Class".
        threads: How many it may compute with.
        environment: Variables that only this process gets.
    """

    def __init__(self, where: str, threads: int, environment: Mapping[str, str] | None = None) -> None:
        self.name = where
        self.waited = self.worked = 0.0
        self.faults = 0
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", where, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=ROOT,
            env=child_environment(environment),
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(self, method: str, **arguments: Any) -> Any:
        """Call a method of the peer and return what it returns.

        Raises:
            PeerError: With the traceback of what it raised, or with what a process that died had written last.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(json.dumps({"call": method, "arguments": arguments}), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except OSError:
            line = ""
        if not line:
            raise PeerError(f"{self.name}: the process died with status {self._process.wait()}.\n{self._last_words()}")
        answer = json.loads(line)
        self.waited += answer["waited"]
        self.worked += answer["worked"]
        self.faults = answer["faults"]
        if "error" in answer:
            raise PeerError(f"{self.name}: {answer['error']}")
        return answer["value"]

    def close(self) -> None:
        """End the process: its input ends."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.close()
            self._process.wait(timeout=5)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-2000:]


def child_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a measured process: on the CPU, quiet, and with bytecode kept, as `make setup` does."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    path = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(path),
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **(more or {}),
    }

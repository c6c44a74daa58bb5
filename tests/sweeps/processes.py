"""A cluster of one machine: the processes that Ray and Slurm would start, started here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from seqexp.sweeps.workers.gate import Summons
from seqexp.sweeps.workers.worker_group import Placed

HOLDER = "import sys; from seqexp.sweeps.workers.holding import hold; hold(sys.stdin.readline())"


class Processes:
    """Starts each worker's holder as a process of this machine."""

    name = "this machine"

    def __init__(self, command: Sequence[str] = (sys.executable, "-c", HOLDER)) -> None:
        self._command = command
        self.started: list[subprocess.Popen[str]] = []
        self.is_closed = False

    def place(self, summonses: Sequence[Summons]) -> list[Placed]:
        return [self._start(summons) for summons in summonses]

    def _start(self, summons: Summons) -> Placed:
        process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdin is not None
        process.stdin.write(summons.as_line())
        process.stdin.close()
        self.started.append(process)
        return _Process(process)

    def close(self) -> None:
        self.is_closed = True
        for process in self.started:
            process.wait(timeout=60)
            assert process.stderr is not None
            process.stderr.close()


class _Process:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def fault(self) -> str | None:
        code = self._process.poll()
        return None if code is None else f"exit code {code}"

    def cancel(self) -> None:
        self._process.terminate()

"""What a cluster runs: a process that holds a worker, and lets it go when it is itself taken away."""

from __future__ import annotations

import subprocess
import sys

_GRACE = 120.0  # seconds for a worker to record its end
_TOLD = 2000  # characters of what a worker that failed has said


def hold(summons: str) -> None:
    """Start a worker that connects to a sweep, and wait until it ends.

    The worker reads its summons, and then nothing more, from a pipe: when this process dies, however it dies, the
    pipe closes and the worker ends its job's run as KILLED.

    Args:
        summons: As `Summons.as_line` wrote it: secret, hence not an argument of the command.

    Raises:
        RuntimeError: The worker failed; with the last it said.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "seqexp.sweeps.workers"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # the cluster's signals are for this process: the worker is told by the pipe
    )
    assert process.stdin is not None
    assert process.stderr is not None
    told = ""
    try:
        process.stdin.write(summons)
        process.stdin.flush()
        for line in process.stderr:
            sys.stderr.write(line)
            told = f"{told}{line}"[-_TOLD:]
        process.wait()
    finally:
        process.stdin.close()
        process.wait(_GRACE)
    if process.returncode != 0:
        raise RuntimeError(told.strip() or f"the worker ended with exit code {process.returncode}")

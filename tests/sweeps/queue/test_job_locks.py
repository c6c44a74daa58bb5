"""Locks on jobs: one process at a time has a job, and a crash releases it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from seqexp.sweeps.queue.grid import JobLocks

HOLDER = """
import sys, time
from pathlib import Path
from seqexp.sweeps.queue.grid import JobLocks
job_locks = JobLocks(Path(sys.argv[1]))
print(job_locks.acquire("a"), flush=True)
time.sleep(60)
"""


def test_a_job_is_taken_once_and_can_be_released(tmp_path: Path) -> None:
    mine, yours = JobLocks(tmp_path), JobLocks(tmp_path)
    assert mine.acquire("a")
    assert not mine.acquire("a")
    assert not yours.acquire("a")
    assert yours.acquire("b")
    mine.release("a")
    assert yours.acquire("a")
    yours.release_all()
    assert mine.acquire("a")
    assert mine.acquire("b")
    mine.release_all()


def test_a_process_that_is_killed_releases_its_jobs(tmp_path: Path) -> None:
    mine = JobLocks(tmp_path)
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    assert not mine.acquire("a")
    process.kill()
    process.communicate()
    assert mine.acquire("a")
    mine.release_all()

"""The memory that a run is said to have taken: its own, and not that of what began it or came before it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from seqexp.runs.memory import forget_peak, peak_bytes, resident_bytes

MANY = 300_000_000
PARENT = f"""\
import subprocess, sys
held = b"x" * {MANY}
sys.stdout.write(subprocess.run([sys.executable, "-c", sys.argv[1]], capture_output=True, text=True, check=True).stdout)
"""
PEAK = "from seqexp.runs.memory import peak_bytes; print(peak_bytes())"


def test_resident_memory_is_in_bytes() -> None:
    assert resident_bytes() == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)


def test_the_peak_is_what_was_held_at_the_most() -> None:
    before = resident_bytes()
    assert len(b"x" * MANY) == MANY  # and it is given back
    assert peak_bytes() > max(before, MANY)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's own peak")
def test_the_peak_is_not_that_of_the_process_that_began_this_one() -> None:
    told = subprocess.run([sys.executable, "-c", PARENT, PEAK], capture_output=True, text=True, check=True).stdout
    assert 0 < int(told) < MANY / 2


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system can't set the peak back")
def test_the_peak_is_forgotten() -> None:
    assert len(b"x" * MANY) == MANY
    forget_peak()
    assert peak_bytes() < resident_bytes() + MANY / 2

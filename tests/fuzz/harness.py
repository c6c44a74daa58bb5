"""A command line that may hold anything, tried within this process, and what is wrong with how it ended."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from hypothesis import HealthCheck, settings

from tests import warm

ENDS = (0, 2)


def drawn(examples: int) -> settings:
    """Draw so many examples, the same each time, each of which may take seconds and use a test's folder anew."""
    return settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=examples,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


# What no line for a person holds: Python's, TensorFlow's and pydantic's own words.
_INTERNAL = ("Traceback (most recent", "function_node", "Warning: ", "errors.pydantic.dev", "tensorflow/core")


class TooLong(BaseException):
    """A command line took longer than any that is refused may take."""


def attempt(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float = 20
) -> subprocess.CompletedProcess[str]:
    """Run a command line in a folder, and return how it ended.

    Raises:
        TooLong: It did not end in time.
    """
    with _limited(seconds, arguments):
        return warm.run(arguments, folder, environment)


@contextmanager
def _limited(seconds: float, arguments: Sequence[str]) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong(f"{seconds} s: {' '.join(arguments)[:300]}")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def complaint(
    done: subprocess.CompletedProcess[str], folder: Path, before: set[Path], ends: Sequence[int] = ENDS
) -> str | None:
    """Return what is wrong with how a command line ended, None if nothing is.

    Args:
        done: How it ended.
        folder: Where it ran.
        before: What was in the folder before.
        ends: The exit codes that are right.
    """
    said = done.stderr.strip()
    if done.returncode not in ends:
        return f"exit {done.returncode}: {said[-600:]}"
    inside = [mark for mark in _INTERNAL if mark in done.stderr or mark in done.stdout]
    if inside:
        return f"says {', '.join(inside)}: {said[-600:]}"
    if done.returncode == 2:
        if not any(line.startswith("error: ") for line in said.splitlines()):
            return f"no error is told: {said[-600:]}"
        written = set(folder.iterdir()) - before
        if written:
            return f"wrote {', '.join(map(str, written))}"
    if len(done.stderr) > 50_000:
        return f"says {len(done.stderr):,} characters: {said[:300]}"
    return None


def wrong_ends(
    keys: Sequence[tuple[str, str]], command: Sequence[str], folder: Path, environment: dict[str, str]
) -> list[str]:
    """Return what is wrong with how the command lines ended that set each key to its value."""
    found = []
    for key, value in keys:
        before = set(folder.iterdir())
        try:
            said = complaint(attempt([*command, f"{key}={value}"], folder, environment), folder, before)
        except TooLong:
            said = "takes too long"
        if said:
            found.append(f"{key}={value[:80]}: {said}")
    return found

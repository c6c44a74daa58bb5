"""Why a job failed, in words: an exception's own lines, or how its process died."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Sequence
from pathlib import Path

import seqexp
from seqexp.config.output.causes import said_by
from seqexp.config.plugins import Plugin
from seqexp.runs.jobs import Failure

_SHOWN = 3  # frames
_PACKAGE = Path(seqexp.__file__).parent


def failure_of(error: BaseException, plugins: Sequence[Plugin] = ()) -> Failure:
    """Return an exception as text, with the last frames of the user's and of seqexp's own code."""
    return Failure(
        type(error).__name__,
        said_by(error),
        tuple(_frames(_innermost(error), plugins)[-_SHOWN:]),
        "".join(traceback.format_exception(error)),
    )


def _innermost(error: BaseException) -> BaseException:
    """Return the exception that all others were raised from: it was where things went wrong."""
    seen = {id(error)}
    while error.__cause__ is not None and id(error.__cause__) not in seen:
        error = error.__cause__
        seen.add(id(error))
    return error


def _frames(error: BaseException, plugins: Sequence[Plugin]) -> list[str]:
    given = {str(plugin.path): plugin.given for plugin in plugins}
    found = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if frame.filename in given:
            name = given[frame.filename]
        elif path.is_relative_to(_PACKAGE):
            name = str(path.relative_to(_PACKAGE.parent))
        else:
            continue
        code = f": {frame.line}" if frame.line else ""
        found.append(f"{name}, line {frame.lineno}, in {frame.name}{code}")
    return found


def how_it_died(exitcode: int) -> str:
    """Return how a process ended that should have gone on, from multiprocessing's exit code: negative for a signal."""
    if exitcode >= 0:
        return f"its process ended with exit code {exitcode}"
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:  # a real-time signal has a number only
        name = "no name"
    guess = {"SIGKILL": ": out of memory?", "SIGSEGV": ": a fault in compiled code"}.get(name, "")
    return f"killed by signal {-exitcode} ({name}){guess}"


def last_line(text: str) -> str:
    """Return the last line of a text, where a traceback says what it was."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "no reason was given"

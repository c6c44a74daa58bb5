"""Names, values and texts, changed where MLflow would refuse them."""

from __future__ import annotations

import getpass
import hashlib
import math
import re
from collections.abc import Mapping

from seqexp.tracking.uris import first_line

_CUT = re.compile(r" \[cut: \d+ more characters(, SHA-256 \w+)?\]$")
_LONGEST_FAILURE = 500
_LONGEST_NAME = 250  # characters of MLflow's column; SQLite would take more, PostgreSQL refuses them


def cut(value: str, longest: int) -> str:
    """Return `value`, cut to `longest` characters with a marker that says how much is missing, and of what.

    The digest of the whole keeps values different that differ in what is missing.
    """
    if len(value) <= longest:
        return value
    kept = longest - 100
    return f"{value[:kept]} ... [cut: {len(value) - kept} more characters, SHA-256 {_digest(value, 16)}]"


def was_cut(value: str) -> bool:
    """Return whether a recorded value has been cut; earlier versions wrote no digest of the whole."""
    return value.endswith("]") and _CUT.search(value[-100:]) is not None


def as_name(name: str) -> str:
    """Return a run's name cut to what every store accepts; a digest at its end keeps long names different."""
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 20]} ... {_digest(name, 8)}"


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def mlflow_key(name: str) -> str:
    """Return `name` with the characters that MLflow does not allow in names as underscores."""
    return re.sub(r"[^/\w.\- ]", "_", name)


def failure_line(error: BaseException) -> str:
    """Return the exception in one line, such as "ValueError: rate must be in [0, 1]"."""
    line = first_line(error)
    name = type(error).__name__
    return (name if line == name else f"{name}: {line}")[:_LONGEST_FAILURE]


def json_ready(obj: object) -> object:
    """Return what JSON can hold; NaN and infinities become the strings that name them."""
    if isinstance(obj, Mapping):
        return {str(key): json_ready(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [json_ready(value) for value in obj]
    if isinstance(obj, float) and not math.isfinite(obj):
        return str(obj)
    return obj


def user_name() -> str:
    """Return the user's login name, or "unknown" in containers whose user has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"

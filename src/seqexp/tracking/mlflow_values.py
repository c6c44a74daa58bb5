"""Names, values and texts, changed where MLflow would refuse them."""

from __future__ import annotations

import getpass
import hashlib
import math
import posixpath
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from seqexp.config.limits.settings import LONGEST_KEY
from seqexp.config.output.causes import said_by
from seqexp.config.output.printable import one_line

LONGEST_PARAM = 6000  # characters: MLflow cuts what is longer to so many, and says nothing
LONGEST_TAG = 5000  # characters
_PARAMS_A_BATCH = 100
_CUT = re.compile(r" \.\.\. \[cut: \d+ more characters(, SHA-256 \w+)?\]$")
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
    """Return whether a recorded value has been cut, here or by MLflow itself."""
    return len(value) == LONGEST_PARAM or _marker(value) is not None


def differ_unknown(values: Sequence[str]) -> bool:
    """Return whether nothing tells if recorded values are of one whole value or of several.

    What is left of one that was cut is as the others begin, and it has no digest of the whole: MLflow wrote nothing,
    earlier versions how many characters are missing.
    """
    markers = {value: _marker(value) for value in values if was_cut(value)}
    untold = [value for value, marker in markers.items() if marker is None or marker[1] is None]
    if not untold or len([value for value in untold if markers[value]]) > 1:
        return False
    kept = {value: value[: len(value) - len(marker[0])] if marker else value for value, marker in markers.items()}
    shortest = min(map(len, kept.values()))
    return len({kept.get(value, value)[:shortest] for value in values}) == 1


def _marker(value: str) -> re.Match[str] | None:
    return _CUT.search(value[-100:]) if value.endswith("]") else None


def as_name(name: str) -> str:
    """Return a run's name as every store and every terminal takes it; a digest at the end keeps long ones different."""
    name = one_line(name)
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 20]} ... {_digest(name, 8)}"


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def mlflow_key(name: str) -> str:
    """Return a name as MLflow takes it, itself where it may; a digest at the end keeps others different."""
    plain = re.sub(r"[^/\w.\- ]", "_", name)
    if posixpath.normpath(plain) != plain or plain.startswith(("/", "..")):
        plain = plain.replace("/", "_").lstrip(".")
    if plain == name and len(name) <= LONGEST_KEY:
        return name
    return f"{plain[: LONGEST_KEY - 9]} {_digest(name, 8)}"


def failure_line(error: BaseException) -> str:
    """Return the exception in one line, such as "ValueError: rate must be in [0, 1]"."""
    line = said_by(error).strip().partition("\n")[0]
    name = type(error).__name__
    return (name if line == name else f"{name}: {line}")[:_LONGEST_FAILURE]


def params_in_batches(params: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield parameters as MLflow takes them, as many at once as it takes."""
    pairs = ((mlflow_key(key), cut(value, LONGEST_PARAM)) for key, value in params.items())
    while batch := dict(islice(pairs, _PARAMS_A_BATCH)):
        yield batch


def values_cut(params: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return whole, as "params" and "tags", the values that are cut to what MLflow takes."""
    return {
        "params": {mlflow_key(key): text for key, text in params.items() if len(text) > LONGEST_PARAM},
        "tags": {key: text for key, text in tags.items() if len(text) > LONGEST_TAG},
    }


def is_same_figure(had: float | None, value: float) -> bool:
    """Return whether a metric has this value already; NaN is itself here."""
    return had is not None and (had == float(value) or (math.isnan(had) and math.isnan(value)))


def json_ready(obj: object) -> object:
    """Return what JSON can hold; NaN and infinities become the strings that name them."""
    if isinstance(obj, Mapping):
        return {str(key): json_ready(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [json_ready(value) for value in obj]
    if isinstance(obj, float) and not math.isfinite(obj):
        return str(obj)
    return obj


def now_ms() -> int:
    """Return the time as MLflow counts it, in milliseconds since 1970."""
    return int(time.time() * 1000)


def mlflow_tags(name: str, note: str | None, parent: str | None, commit: str) -> dict[str, str]:
    """Return MLflow's own tags of a run: its name, its note, the id of its parent, the Git commit of its folder."""
    tags = {"mlflow.user": user_name(), "mlflow.source.name": "seqexp", "mlflow.source.type": "LOCAL"}
    if note:
        tags["mlflow.note.content"] = note
    if parent:
        tags["mlflow.parentRunId"] = parent
    if re.fullmatch("[0-9a-f]{40,64}", commit):
        tags["mlflow.source.git.commit"] = commit  # the UI's own column
    return {**tags, "mlflow.runName": name}


def user_name() -> str:
    """Return the user's login name, or "unknown" in containers whose user has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"

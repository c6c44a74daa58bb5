"""Keys that say where something is written or sent: the person who starts the run sets them, no YAML file does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from seqexp.config.errors import Fault, shown, wrong
from seqexp.config.output.secrets import masked_address
from seqexp.config.output.shell import shell_word
from seqexp.config.overrides import STORAGE_KEYS, as_value

STUDIES_KEY = "hydra.sweeper.storage"
_WHAT = {
    "tracking.uri": "where runs are recorded",
    "tracking.checkpoints": "where checkpoints are written",
    STUDIES_KEY: "where trials are recorded",
}


def destination_faults(values: Mapping[str, Any], typed: Collection[str]) -> Iterator[Fault]:
    """Yield the faults of a run's destinations that stand in a file.

    Args:
        values: The configuration as plain values, interpolations resolved; seqexp's own files set none of these keys.
        typed: The keys that the command line sets.
    """
    tracking = values.get("tracking")
    for key in STORAGE_KEYS:
        if isinstance(tracking, Mapping) and key not in typed:
            yield from destination_fault(key, tracking.get(key.removeprefix("tracking.")))


def destination_fault(key: str, value: Any) -> Iterator[Fault]:
    """Yield the fault of a destination that is not typed, unless it is null, which leaves it to the user."""
    if value is None:
        return
    text = masked_address(value) if isinstance(value, str) else shown(value)
    line = shell_word(f"{key}={as_value(text)}")
    yield wrong(key, f"says {_WHAT[key]}, so no YAML file sets it. If you want that, type {line}")

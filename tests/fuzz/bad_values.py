"""Bad values for every key of the configuration, by the types and ranges that the schema gives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from seqexp.config.schema import (
    EmbeddingConfig,
    Experiment,
    ModelConfig,
    SeriesConfig,
    SweepConfig,
    TextConfig,
    TrackingConfig,
    TrainingConfig,
)
from seqexp.config.search.space import SearchConfig

HUGE = "9" * 400
# Of no type in particular. Hydra's own grammar refuses some of them.
ANYTHING = (
    "null",
    "true",
    "-1",
    "0",
    "1",
    "1.5",
    "1e30",
    "1e400",
    "-inf",
    "nan",
    HUGE,
    f"-{HUGE}",
    "2147483648",
    "9223372036854775808",
    "",
    "''",
    "' '",
    "/",
    "..",
    "'é☀\U0001f600'",
    "'\\x00'",
    "'a\x00b'",
    "'\x1b[31mred\x07'",
    "'line\nfeed'",
    "'{{node}}'",
    "'" + "x" * 10_000 + "'",
    "[]",
    "[null]",
    "[1,two,3.5]",
    "[[[[]]]]",
    "[" * 60 + "]" * 60,
    "{}",
    "{a:{b:1}}",
    "{'':1}",
    f"[{HUGE}]",
    f"{{x:{HUGE}}}",
    f"{{x:[{HUGE},null]}}",
    "${seed}",
    "${oc.env:NO_SUCH_VARIABLE}",
    "${nothing}",
    "'${'",
    "???",
    "'2020-02-30'",
    "1d",
    "0d",
    f"{HUGE}d",
    "0.000001us",
    "1y",
    "9999999999y",
)


def keys_of(section: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every dotted key of a section and of those within it, with its field."""
    for name, field in section.model_fields.items():
        inner = [part for part in _parts(field.annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
        yield f"{prefix}{name}", field
        for one in inner:
            yield from keys_of(one, f"{prefix}{name}.")


def beyond(field: FieldInfo) -> list[str]:
    """Return the numbers just outside the ranges that a field allows."""
    found = []
    for mark in _marks(field):
        for name, step in (("ge", -1), ("gt", 0), ("le", 1), ("lt", 0)):
            end = getattr(mark, name, None)
            if end is not None:
                found += [f"{end + step}", f"{float(end + step)}"]
    return list(dict.fromkeys(found))


def bad_values(field: FieldInfo, anything: Sequence[str] = ANYTHING) -> list[str]:
    """Return texts of overrides: values that a key must refuse or take, but never stumble over."""
    return list(dict.fromkeys([*anything, *beyond(field)]))


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _marks(field: FieldInfo) -> Iterator[annotated_types.BaseMetadata | FieldInfo]:
    yield from field.metadata
    for part in _parts(field.annotation):
        for mark in getattr(part, "__metadata__", ()):
            yield from mark.metadata if isinstance(mark, FieldInfo) else [mark]


def all_of(fields: dict[str, FieldInfo]) -> list[tuple[str, str]]:
    """Return every pair of a key and one of its bad values."""
    return [(key, value) for key, field in fields.items() for value in bad_values(field)]


_ANY = Experiment.model_fields["seed"]
SERIES: dict[str, FieldInfo] = {
    **dict(keys_of(SeriesConfig, "dataset.")),
    **dict.fromkeys(["dataset", "model", "training", "tracking", "experiment", "seed", "model.units"], _ANY),
}
OTHERS: dict[str, FieldInfo] = {
    **dict(keys_of(TrainingConfig, "training.")),
    **dict(keys_of(TrackingConfig, "tracking.")),
    **dict(keys_of(ModelConfig, "model.")),
    **dict(keys_of(EmbeddingConfig, "model.embedding.")),
    **dict(keys_of(SweepConfig, "sweep.")),
}
TEXTS = dict(keys_of(TextConfig, "dataset."))
SEARCH = dict(keys_of(SearchConfig, "hydra.sweeper."))

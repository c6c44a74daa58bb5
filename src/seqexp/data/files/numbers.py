"""How numbers and missing values are written in cells of text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
COMMA_NUMBER = re.compile(r"[+-]?(\d*,\d+)([eE][+-]?\d+)?")
GROUPED = re.compile(
    r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d{1,3}(\.\d{3})+,\d+|[+-]?\d{1,3}(\.\d{3}){2,}|[+-]?\d{1,3}('\d{3})+(\.\d+)?"
)
AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def without_missing(column: pa.Array, missing: Sequence[str]) -> pa.Array:
    """Return a column of texts, trimmed, with null for those that mean a missing value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.is_in(column, value_set=pa.array(["", *missing], pa.string())), None, column)

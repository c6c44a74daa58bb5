"""Forecasts window by window, small enough to keep with every run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from seqexp.data.series.windows import Windows
from seqexp.tasks.score import PartScore

_FLOATS = ("target", "prediction", "naive")
# Rows and times rise evenly; a dictionary of floats that hardly repeat would double their size.
FORMAT: dict[str, Any] = {
    "compression": "zstd",
    "use_dictionary": False,
    "column_encoding": dict.fromkeys(("row", "time"), "DELTA_BINARY_PACKED")
    | dict.fromkeys(_FLOATS, "BYTE_STREAM_SPLIT"),
}


def write_predictions(score: PartScore, windows: Windows, path: Path) -> None:
    """Write a part's forecasts as Parquet, a row a window, in the order in which they were scored.

    Columns: row (int32, the window's row), time (timestamp[ms], when the target was recorded), target,
    prediction and naive (float32, in the target's unit). The file's metadata names the target's column.
    A window takes at most about 12 bytes: only the floats count.
    """
    import pyarrow as pa
    from pyarrow import parquet

    def in_unit(values: np.ndarray) -> np.ndarray:
        return windows.to_unit(values).astype(np.float32)

    table = pa.table(
        {
            "row": score.rows.astype(np.int32),
            "time": windows.target_times(score.rows).astype("datetime64[ms]"),
            "target": in_unit(score.targets),
            "prediction": in_unit(score.predictions),
            "naive": in_unit(score.naive),
        }
    ).replace_schema_metadata({"target": windows.target_name})
    parquet.write_table(table, path, **FORMAT)

"""Forecasts window by window, small enough to save with every run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats, Part, Rows
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score
from seqexp.tasks.target import Target

if TYPE_CHECKING:
    from seqexp.data.series.windows import Windows

_NUMBERS = Target(columns=("target",))  # as the file calls it
_RISING = ("row", "time")
_LEAST_SINGLE = 1e-30  # where values are no larger than this, float32 would round some of them to 0
_OF_THE_MODEL = (*_RISING, "target", "prediction")
_NO_BASELINE = "a column of a baseline was expected. Received: none"


def parquet_format(columns: Collection[str]) -> dict[str, Any]:
    """Return how columns are written: a dictionary of floats that hardly repeat would double their size."""
    encoding = {name: "DELTA_BINARY_PACKED" if name in _RISING else "BYTE_STREAM_SPLIT" for name in columns}
    return {"compression": "zstd", "use_dictionary": False, "column_encoding": encoding}


def write_predictions(score: Score, windows: Windows, path: Path) -> None:
    """Write a part's forecasts as Parquet, one row per window, in the order in which they were scored.

    Columns: row (int32, the window's row), time (timestamp[ms], when the target was recorded), target, prediction
    and each baseline by its name, the best in validation first (float32, in the target's unit; float64 where that is
    too large or too small for float32). The file's metadata names the target's column. A window takes at most about 4
    bytes a float: rows and times hardly count.
    """
    import pyarrow as pa
    from pyarrow import parquet

    scored = {"target": score.truth, "prediction": score.predictions, **score.baselines}
    floats = {name: windows.to_unit(values[:].reshape(len(score.rows))) for name, values in scored.items()}
    largest = max(np.abs(values).max(initial=0) for values in floats.values())
    kind = np.float32 if largest == 0 or _LEAST_SINGLE < largest < np.finfo(np.float32).max else np.float64
    table = pa.table(
        {
            "row": score.rows.astype(np.int32),
            "time": windows.target_times(score.rows).astype("datetime64[ms]"),
            **{name: values.astype(kind) for name, values in floats.items()},
        }
    ).replace_schema_metadata({"target": windows.target_name})
    parquet.write_table(table, path, **parquet_format(table.column_names))


def read_predictions(path: Path, part: Part, scale: float) -> Score:
    """Return what `write_predictions` wrote, as it was scored but for the mean: in standard deviations of the target.

    Args:
        path: The Parquet file.
        part: Which part it is of.
        scale: The target's standard deviation.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read(use_threads=False)  # for so little they take time
    rows = arrow_values(table["row"], np.dtype("int32"))
    floats = [name for name in table.column_names if name not in _RISING]
    kinds = {name: np.dtype("float64" if str(table[name].type) == "double" else "float32") for name in floats}
    values = {name: arrow_values(table[name], kinds[name]).reshape(-1, 1, 1) / scale for name in floats}
    target, prediction = values.pop("target"), values.pop("prediction")
    if not values:
        raise ValueError(_NO_BASELINE)
    return Score(part, rows, _NUMBERS, target, prediction, values)


def arrow_values(column: Any, kind: np.dtype[Any]) -> np.ndarray:
    """Return a column's numbers, float64 or int64, from Arrow's own memory: its to_numpy imports pandas.

    Args:
        column: Arrow's.
        kind: What it is to hold: int32, float32 or float64.

    Raises:
        ValueError: It holds something else, or has gaps.
    """
    if str(column.type) != {"int32": "int32", "float32": "float", "float64": "double"}[kind.name] or column.null_count:
        raise ValueError(f"a column of {kind.name} without gaps was expected. Received: {column.type}")
    chunks = [np.frombuffer(c.buffers()[1], kind, len(c), c.offset * kind.itemsize) for c in column.chunks]
    return np.concatenate(chunks).astype(np.int64 if kind.kind == "i" else np.float64)


@dataclass(frozen=True)
class Forecasts:
    """A part's forecasts as a run has saved them, in the order in which they were scored.

    Attributes:
        target_name: The target's column.
        rows: (windows,) int64, each window's row.
        times: (windows,) datetime64[ms], when the target was recorded.
        target, prediction, baseline: (windows,) float64, in the target's unit; the best baseline by validation.
        baseline_name: The baseline's name.
    """

    target_name: str
    rows: Rows
    times: NDArray[np.datetime64]
    target: Floats
    prediction: Floats
    baseline: Floats
    baseline_name: str

    def losses(self, metric: Metric, forecasts: Floats) -> Floats:
        """Return (windows,) float64, what each window costs by a metric of losses, in the target's unit.

        Args:
            metric: The metric.
            forecasts: The model's, `prediction`, or `baseline`.
        """
        assert metric.loss is not None
        return metric.loss(self.target, forecasts)


def read_forecasts(path: Path) -> Forecasts:
    """Return the forecasts that `write_predictions` wrote.

    Args:
        path: The Parquet file.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    table = parquet.read_table(path, use_threads=False)
    name_of_best = next((name for name in table.column_names if name not in _OF_THE_MODEL), None)
    if name_of_best is None:
        raise ValueError(_NO_BASELINE)
    target, prediction, baseline = (
        table[column].to_numpy().astype(np.float64) for column in ("target", "prediction", name_of_best)
    )
    times = table["time"].to_numpy().astype("datetime64[ms]")
    rows = table["row"].to_numpy().astype(np.int64)
    name = (table.schema.metadata or {}).get(b"target", b"target").decode("utf-8")
    return Forecasts(name, rows, times, target, prediction, baseline, name_of_best)

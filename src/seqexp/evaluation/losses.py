"""What each window or text cost a run, read from the forecasts that every run saves."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqexp.tasks.metric import skill

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats, Rows


@dataclass(frozen=True)
class Losses:
    """One part of a run, sample by sample, in the order in which it was scored: that of time, for windows.

    Attributes:
        rows: (samples,) int64, which window or text.
        model: (samples,) float64, |error| in standard deviations of the target; of texts 1 where the class is wrong,
            else 0.
        baseline: (samples,) float64, the same of the baseline.
    """

    rows: Rows
    model: Floats
    baseline: Floats

    @property
    def mean(self) -> float:
        """The mean loss: the MAE, or the share of wrong classes."""
        return float(self.model.mean())

    @property
    def skill(self) -> float:
        """The share of the baseline's loss that the model takes away."""
        return skill(self.mean, float(self.baseline.mean()))

    def of(self, rows: Rows) -> Losses:
        """Return those of some rows, in their order; of a row that was scored twice the first.

        Args:
            rows: Sorted, each once.

        Raises:
            ValueError: Some are not among this object's rows.
        """
        begin = int(np.searchsorted(self.rows, rows[0])) if len(rows) else 0
        block = slice(begin, begin + len(rows))
        # Where all is in order and only ends are cut off, as for other lookbacks, nothing need be looked up or copied.
        if np.array_equal(self.rows[block], rows) and bool((self.rows[1:] > self.rows[:-1]).all()):
            return Losses(rows, self.model[block], self.baseline[block])
        known, first = np.unique(self.rows, return_index=True)
        if not np.isin(rows, known).all():
            raise ValueError("rows must be among those that were scored")
        at = first[np.searchsorted(known, rows)]
        return Losses(self.rows[at], self.model[at], self.baseline[at])


def read_forecast_losses(path: Path, scale: float) -> Losses:
    """Read what `write_predictions` wrote.

    Args:
        path: The Parquet file.
        scale: The target's standard deviation: errors in its unit divided by it are normalised.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    table = _read(path, ["row", "target", "prediction", "naive"])
    target = table["target"]
    return Losses(
        table["row"].astype(np.int64),
        np.abs(table["prediction"] - target) / scale,
        np.abs(table["naive"] - target) / scale,
    )


def read_class_losses(path: Path, majority: str) -> Losses:
    """Read what `write_class_predictions` wrote.

    Args:
        path: The Parquet file.
        majority: The class that the baseline gives every text.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read(["row", "label", "predicted"])
    labels, predicted = (_names(table, column) for column in ("label", "predicted"))
    return Losses(
        table["row"].to_numpy().astype(np.int64),
        (labels != predicted).astype(np.float64),
        (labels != majority).astype(np.float64),
    )


def find_majority(parts: Sequence[tuple[Path, float]]) -> str:
    """Return the class whose shares are those that were recorded of the majority class.

    It is the most frequent class of the training part, which no file tells. Of several that are equally frequent in
    every part it may be any: which one changes no mean.

    Args:
        parts: Files that `write_class_predictions` wrote, each with the accuracy of the majority class there.

    Raises:
        OSError: A file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    distance: defaultdict[str, float] = defaultdict(float)
    for path, share in parts:
        table = parquet.ParquetFile(path).read(["label"])
        labels = _names(table, "label")
        for name in json.loads((table.schema.metadata or {}).get(b"classes", b"[]")):
            distance[name] += abs(float(np.mean(labels == name)) - share)
    if not distance:
        raise ValueError("the file names no classes")
    return min(distance, key=lambda name: distance[name])


def common_rows(rows: Sequence[Rows]) -> Rows:
    """Return the rows that all have, sorted, each once."""
    found = np.unique(rows[0])
    for each in rows[1:]:
        found = np.intersect1d(found, each)
    return found


def spacing(rows: Rows) -> int:
    """Return the usual distance between two windows that were scored, in rows of the series."""
    return max(1, int(np.median(np.diff(rows)))) if len(rows) > 1 else 1


def _read(path: Path, columns: list[str]) -> dict[str, Any]:
    from pyarrow import parquet

    # Neither read_table nor to_numpy, which import pandas.
    table = parquet.ParquetFile(path).read(columns, use_threads=False)  # for so little, threads only take time
    return {name: _values(table[name], np.dtype("int32" if name == "row" else "float32")) for name in columns}


def _values(column: Any, kind: np.dtype[Any]) -> np.ndarray:
    """Return a column's numbers, float64 or int64, from the memory that Arrow holds them in."""
    if str(column.type) != {"int32": "int32", "float32": "float"}[kind.name] or column.null_count:
        raise ValueError(f"a column of {kind.name} without gaps was expected. Received: {column.type}")
    chunks = [np.frombuffer(c.buffers()[1], kind, len(c), c.offset * kind.itemsize) for c in column.chunks]
    return np.concatenate(chunks).astype(np.int64 if kind.kind == "i" else np.float64)


def _names(table: Any, column: str) -> np.ndarray:
    return np.asarray(table[column].cast("string").to_numpy(zero_copy_only=False)).astype(str)

"""What each window or text cost a run, read from the forecasts that every run saves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqexp.data.series import Floats
from seqexp.data.splits import Rows
from seqexp.evaluation.measure import skill


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
            rows: Sorted, each once, all among this object's rows.
        """
        known, first = np.unique(self.rows, return_index=True)
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


def read_class_losses(path: Path, majority_accuracy: float | None) -> Losses:
    """Read what `write_class_predictions` wrote.

    Args:
        path: The Parquet file.
        majority_accuracy: The recorded share of the majority class: the class of that share is the baseline's. Of two
            equally frequent classes it may be either, which changes no mean.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    table = parquet.read_table(path, columns=["row", "label", "predicted"], use_threads=False)
    classes: Sequence[str] = json.loads((table.schema.metadata or {}).get(b"classes", b"[]"))
    labels = table["label"].cast("string").to_numpy(zero_copy_only=False).astype(str)
    predicted = table["predicted"].cast("string").to_numpy(zero_copy_only=False).astype(str)
    shares = {name: float(np.mean(labels == name)) for name in classes}
    wanted = max(shares.values()) if majority_accuracy is None else majority_accuracy
    majority = min(classes, key=lambda name: abs(shares[name] - wanted))
    return Losses(
        table["row"].to_numpy().astype(np.int64),
        (labels != predicted).astype(np.float64),
        (labels != majority).astype(np.float64),
    )


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

    table = parquet.read_table(path, columns=columns, use_threads=False)
    return {name: table[name].to_numpy().astype(np.float64 if name != "row" else np.int64) for name in columns}

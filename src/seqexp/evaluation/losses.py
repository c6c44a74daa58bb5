"""What each window or text cost a run, read from the predictions that every run saves."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqexp.data.arrays import Floats, Rows
from seqexp.tasks.metric import Metric, Truth

# How the files hold numbers.
_INTEGER, _FLOAT = np.dtype("int32"), np.dtype("float32")


@dataclass(frozen=True)
class Losses:
    """One part of a run by one metric, sample by sample.

    Attributes:
        metric: What the losses are finished by.
        rows: (samples,) int64, which window or text.
        model: (samples,) float64, what each cost the model.
        baseline: (samples,) float64, what each cost the baseline.
    """

    metric: Metric
    rows: Rows
    model: Floats
    baseline: Floats

    @property
    def figure(self) -> float:
        """The model's figure."""
        return _finished(self.metric, self.model)

    @property
    def skill(self) -> float:
        """The share of the baseline's error that the model takes away."""
        return self.metric.skill(self.figure, _finished(self.metric, self.baseline))

    def moving_figure(self) -> Floats:
        """Return (samples,) float64, mean 0: by how much each sample moves the figure.

        To first order, the figure of samples that are drawn again is this figure plus the mean of theirs.
        """
        return _influence(self.metric, self.model)

    def moving_skill(self) -> Floats:
        """Return the same for the skill; zeros where the baseline never errs.

        The skill is 1 - E / B, with the errors of model and baseline. To first order a sample that moves them by e
        and b changes it by -(e - (E / B) b) / B.
        """
        model, baseline = self.figure, _finished(self.metric, self.baseline)
        skill = self.metric.skill(model, baseline)
        per_unit = self.metric.skill(model + 1, baseline) - skill  # -1 / B; 1 / B where higher is better
        if not math.isfinite(per_unit):
            return np.zeros(len(self.rows))
        moved: Floats = per_unit * (self.moving_figure() - (1 - skill) * _influence(self.metric, self.baseline))
        return moved


def _finished(metric: Metric, losses: Floats) -> float:
    value = metric.finish(losses)
    assert value is not None  # where there are losses, they can be finished
    return value


def _influence(metric: Metric, losses: Floats) -> Floats:
    """Return the influence of each sample on a figure that follows from the mean of all losses.

    The slope is measured by adding one more sample: once of the largest loss, once of the smallest.
    """
    low, high = float(losses.min()), float(losses.max())
    if low == high:
        return np.zeros(len(losses))
    with_low, with_high = (_finished(metric, np.append(losses, end)) for end in (low, high))
    slope = (with_high - with_low) * (len(losses) + 1) / (high - low)
    moved: Floats = slope * (losses - losses.mean())
    return moved


@dataclass(frozen=True)
class Saved:
    """One part of a run as it was saved, in the order in which it was scored: that of time, for windows.

    Attributes:
        rows: (samples,) int64, which window or text.
        truth: (samples,) float64 targets in their standard deviations; or (samples,) int64, the class of each text.
        predictions: (samples,) float64 like the truth; or (samples, classes) float64, the probability of each class.
        baseline: The same of the baseline.
    """

    rows: Rows
    truth: Truth
    predictions: Floats
    baseline: Floats

    def losses(self, metric: Metric) -> Losses | None:
        """Return what each sample costs by a metric; None by one that is no matter of single samples."""
        if metric.loss is None:
            return None
        return Losses(
            metric, self.rows, metric.loss(self.truth, self.predictions), metric.loss(self.truth, self.baseline)
        )

    def of(self, rows: Rows) -> Saved:
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
            return self._at(block)
        known, first = np.unique(self.rows, return_index=True)
        if not np.isin(rows, known).all():
            raise ValueError("rows must be among those that were scored")
        return self._at(first[np.searchsorted(known, rows)])

    def _at(self, at: Rows | slice) -> Saved:
        return Saved(self.rows[at], self.truth[at], self.predictions[at], self.baseline[at])


def read_saved_windows(path: Path, scale: float) -> Saved:
    """Read what `write_predictions` wrote.

    Args:
        path: The Parquet file.
        scale: The target's standard deviation: errors in its unit divided by it are normalised.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    names = ("target", "prediction", "naive")
    table = parquet.ParquetFile(path).read(["row", *names], use_threads=False)  # for so little they take time
    rows = _values(table["row"], _INTEGER)
    return Saved(rows, *(_values(table[name], _FLOAT) / scale for name in names))


def read_saved_texts(path: Path, constant: str) -> Saved:
    """Read what `write_class_predictions` wrote.

    Args:
        path: The Parquet file.
        constant: The class that the baseline gives every text.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read(use_threads=False)
    classes = _classes_of(table)
    labels, predicted = (_positions(table, column, classes) for column in ("label", "predicted"))
    probabilities = np.stack([_values(table[f"p_{name}"], _FLOAT) for name in classes], axis=1)
    # They were rounded to be saved: what was the most probable class by the last digit alone shall still be it.
    probabilities[np.arange(len(labels)), predicted] = np.nextafter(probabilities.max(axis=1), 2)
    baseline = _always(classes.index(constant), labels, classes)
    return Saved(_values(table["row"], _INTEGER), labels, probabilities, baseline)


def find_constant(parts: Sequence[tuple[Path, float]], metric: Metric) -> str:
    """Return the class that a baseline gives every text, of which it is known only how good it is.

    Of several that are equally good in every part it may be any: which one changes no mean.

    Args:
        parts: Files that `write_class_predictions` wrote, each with the baseline's figure there.
        metric: What the figure is.

    Raises:
        OSError: A file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    distance: defaultdict[str, float] = defaultdict(float)
    for path, figure in parts:
        table = parquet.ParquetFile(path).read(["label"])
        classes = _classes_of(table)
        labels = _positions(table, "label", classes)
        for position, name in enumerate(classes):
            value = metric.value(labels, _always(position, labels, classes))
            distance[name] += math.inf if value is None else abs(value - figure)
    if not distance:
        raise ValueError("the file names no classes")
    return min(distance, key=lambda name: distance[name])


def _always(position: int, labels: Rows, classes: Sequence[str]) -> Floats:
    """Return the probabilities of a baseline that is certain of one class."""
    probabilities = np.zeros((len(labels), len(classes)))
    probabilities[:, position] = 1.0
    return probabilities


def _classes_of(table: Any) -> list[str]:
    found: list[str] = json.loads((table.schema.metadata or {}).get(b"classes", b"[]"))
    return found


def _positions(table: Any, column: str, classes: Sequence[str]) -> Rows:
    """Return (samples,) int64, the position of each text's class among all."""
    import pyarrow as pa
    from pyarrow import compute

    positions = compute.index_in(table[column].cast("string"), value_set=pa.array(classes, pa.string()))
    if positions.null_count:
        raise ValueError(f"the column {column} has classes that the file does not name")
    return _values(positions, _INTEGER)


def common_rows(rows: Sequence[Rows]) -> Rows:
    """Return the rows that all have, sorted, each once."""
    found = np.unique(rows[0])
    for each in rows[1:]:
        found = np.intersect1d(found, each)
    return found


def spacing(rows: Rows) -> int:
    """Return the usual distance between two windows that were scored, in rows of the series."""
    return max(1, int(np.median(np.diff(rows)))) if len(rows) > 1 else 1


def _values(column: Any, kind: np.dtype[Any]) -> np.ndarray:
    """Return a column's numbers, float64 or int64, from Arrow's own memory: its to_numpy imports pandas."""
    if str(column.type) != {"int32": "int32", "float32": "float"}[kind.name] or column.null_count:
        raise ValueError(f"a column of {kind.name} without gaps was expected. Received: {column.type}")
    chunks = [np.frombuffer(c.buffers()[1], kind, len(c), c.offset * kind.itemsize) for c in column.chunks]
    return np.concatenate(chunks).astype(np.int64 if kind.kind == "i" else np.float64)

"""What each window cost, saved of tasks with many numbers a window: all that intervals and common rows need."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from typing_extensions import override

from seqexp.data.arrays import Floats, Part, Rows
from seqexp.evaluation.predictions import arrow_values, parquet_format
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score
from seqexp.tasks.target import Target

_MODEL = "model"
_NOT_KNOWN = Target()


@dataclass(frozen=True)
class SavedLosses(Score):
    """A part of which nothing but the losses is known: figures that are no matter of single windows can't be had.

    Attributes:
        saved: (windows,) float64 by metric and by who said it: a baseline or, None, the model.
    """

    saved: Mapping[tuple[str, str | None], Floats] = field(default_factory=dict, kw_only=True)

    @override
    def losses(self, metric: Metric, of: str | None = None) -> Floats:
        return self.saved[metric.key, of]

    @override
    def value(self, metric: Metric, of: str | None = None) -> float | None:
        return metric.finish(self.losses(metric, of)) if (metric.key, of) in self.saved else None

    def at(self, at: Rows | slice) -> Self:
        """Return the windows at some positions."""
        saved = {key: losses[at] for key, losses in self.saved.items()}
        return replace(self, rows=self.rows[at], saved=saved)


def has_losses(score: Score) -> bool:
    """Return whether a part's losses are saved apart: where a window has several numbers, its forecasts may be."""
    return math.prod(score.target.truth_shape) > 1


def write_losses(score: Score, metrics: Sequence[Metric], path: Path) -> None:
    """Write as Parquet what each window of a part cost, a line a window, in the order of scoring.

    Columns: row (int32, the window's row) and, by each metric of losses, those of the model and of each baseline:
    model_mae, naive_mae, ... (float32, of scaled columns; means over leads and columns).
    """
    import pyarrow as pa
    from pyarrow import parquet

    losses = {
        f"{_MODEL if of is None else of}_{metric.key}": score.losses(metric, of).astype(np.float32)
        for of in (None, *score.baselines)
        for metric in metrics
        if metric.loss is not None
    }
    table = pa.table({"row": score.rows.astype(np.int32), **losses})
    parquet.write_table(table, path, **parquet_format(table.column_names))


def read_losses(path: Path, part: Part, metrics: Sequence[Metric]) -> SavedLosses:
    """Return what `write_losses` wrote.

    Args:
        path: The Parquet file.
        part: Which part it is of.
        metrics: Those that a run may have recorded.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read(use_threads=False)
    rows = arrow_values(table["row"], np.dtype("int32"))
    saved: dict[tuple[str, str | None], Floats] = {}
    for name in table.column_names:
        key = next((metric.key for metric in metrics if name.endswith(f"_{metric.key}")), None)
        if key is not None:
            who = name.removesuffix(f"_{key}")
            saved[key, None if who == _MODEL else who] = arrow_values(table[name], np.dtype("float32"))
    names = dict.fromkeys(who for _, who in saved if who is not None)
    if not names or not any(who is None for _, who in saved):
        raise ValueError("losses of the model and of a baseline were expected. Received: none")
    unknown = np.empty((len(rows), 0))
    baselines = dict.fromkeys(names, unknown)
    return SavedLosses(part, rows, _NOT_KNOWN, unknown, unknown, baselines, saved=saved)

"""Forecasts of a part as a run has saved them, for those who draw them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats, Rows
from seqexp.evaluation.predictions import NO_BASELINE, file_facts
from seqexp.tasks.metric import Metric


@dataclass(frozen=True)
class Forecasts:
    """A part's forecasts of one column at one lead, in the order in which they were scored.

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
    """Return the forecasts that `write_predictions` wrote of the first column at the first lead.

    Args:
        path: The Parquet file.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import compute, parquet

    table = parquet.read_table(path, use_threads=False)
    name_of_best = next(iter(file_facts(path).baselines), None)
    if name_of_best is None:
        raise ValueError(NO_BASELINE)
    name = (table.schema.metadata or {}).get(b"target", b"target").decode("utf-8")
    if table.num_rows and {"column", "lead"} <= {*table.column_names}:
        name, lead = table["column"][0].as_py(), table["lead"][0].as_py()
        table = table.filter((compute.field("column") == name) & (compute.field("lead") == lead))
    target, prediction, baseline = (
        table[column].to_numpy().astype(np.float64) for column in ("target", "prediction", name_of_best)
    )
    times = table["time"].to_numpy().astype("datetime64[ms]")
    rows = table["row"].to_numpy().astype(np.int64)
    return Forecasts(name, rows, times, target, prediction, baseline, name_of_best)

"""Windows over a series: the samples and targets that every model learns from and is scored on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import PARTS, Floats, Floats32, Rows, Times, make_read_only
from seqexp.data.samples import digest_of_arrays
from seqexp.data.series.geometry import Geometry
from seqexp.data.series.inputs.categories import Category, documented
from seqexp.data.series.inputs.matrix import Limited, Scaling
from seqexp.data.series.months import step_length
from seqexp.data.series.repair import Repaired
from seqexp.data.series.series import Series
from seqexp.data.series.splits import SplitRows
from seqexp.data.series.targets import Targets, target_in_words


@dataclass(frozen=True)
class Windows:
    """A series cut into windows: the samples, the targets, and how they were made.

    Attributes:
        series: As recorded.
        repaired: How it was repaired.
        columns: The inputs' names: the series' columns that change, what is known ahead, and the categories'.
        constant: Columns that never change within the training rows; they are left out.
        inputs: (rows, columns) float32, repaired, then scaled by the training rows; the one array from which
            every batch is gathered. A memory map where the series stays on disk.
        scaling: How the inputs were scaled.
        limited: What lay beyond its column's limit, by the column; columns without are left out.
        target: The columns to forecast.
        known: Of the inputs, those that are known ahead: at each row they have the value of a later one, so that a
            window's last timestep shows that of the last row of its target.
        geometry: The measures of a window in rows.
        batch_size: As in the dataset's configuration.
        categories: Columns whose values are inputs.
        rows: The window rows of each part. Validation and test: those that are scored.
    """

    series: Series
    repaired: Repaired
    columns: tuple[str, ...]
    constant: tuple[str, ...]
    inputs: Floats32
    scaling: Scaling
    limited: Mapping[str, Limited]
    target: Targets
    known: tuple[int, ...]
    geometry: Geometry
    batch_size: int
    categories: tuple[Category, ...]
    rows: SplitRows

    def __post_init__(self) -> None:
        make_read_only(self, "inputs")

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def data(self) -> Series:
        """What they are cut from, as recorded."""
        return self.series

    def score_digest(self) -> str:
        """Return the SHA-256 of what scores are taken with: rows, targets, their scale, their times."""
        rows = (self.rows.of(part) for part in PARTS)
        measures = np.array([self.step, *self.ahead])
        times = self.repaired.order.times.astype(np.int64)
        return digest_of_arrays((*rows, measures, self.target.values, self.target.mean, self.target.std, times))

    def contents(self) -> dict[str, object]:
        """Return what the store keeps of the series, as JSON allows."""
        return {
            "rows": len(self.series),
            "rows_repaired": len(self),
            "columns": list(self.series.columns),
            "dropped": list(self.series.dropped),
            "interval_seconds": self.series.interval_seconds,
            **documented(self.categories),
        }

    def documents(self) -> dict[str, str]:
        """Return what turns recorded values into what a saved model takes, and its forecasts back."""
        scaling = {
            "columns": list(self.columns),
            "mean": self.scaling.mean.tolist(),
            "std": self.scaling.std.tolist(),
            "limit": [limit if np.isfinite(limit) else None for limit in self.scaling.limit.tolist()],
            "target": self.target.names[0] if self.has_one_column else list(self.target.names),
            **({} if self.has_one_column else self._target_scaling()),
            "replaced_values": dict(self.replaced),
            **documented(self.categories),
        }
        return {"scaling.json": json.dumps(scaling, indent=2, ensure_ascii=False) + "\n"}

    def _target_scaling(self) -> dict[str, object]:
        return {"target_mean": self.target.mean.tolist(), "target_std": self.target.std.tolist()}

    @property
    def lookback(self) -> int:
        """Rows a window looks back."""
        return self.geometry.lookback

    @property
    def step(self) -> int:
        """Rows between two timesteps of a window."""
        return self.geometry.step

    @property
    def delay(self) -> int:
        """Rows from the window's end to the target, or to the first row of it."""
        return self.geometry.delay

    @property
    def ahead(self) -> Rows:
        """(leads,) int64: the rows of the target relative to the window's row, rising."""
        return self.geometry.ahead

    @property
    def unmeasured(self) -> Rows:
        """(values,) int64: rows where a column of the target was not measured, rising."""
        return self.target.unmeasured

    @property
    def has_one_column(self) -> bool:
        """Whether one column is forecast: it may have a unit then."""
        return len(self.target.names) == 1

    @property
    def replaced(self) -> Mapping[str, int]:
        """How many values of each column were repaired."""
        return self.repaired.replaced

    @property
    def shape(self) -> tuple[int, int]:
        """(timesteps, columns) of one sample."""
        return self.lookback // self.step, len(self.columns)

    @property
    def offsets(self) -> Rows:
        """(timesteps,) int64: a sample's rows relative to its window row, oldest first."""
        return np.arange(-self.lookback, 0, self.step, dtype=np.int64)

    @property
    def true_lead_rows(self) -> int:
        """Rows from the last timestep that a model sees to the target, or to the first row of it: `delay` + `step`."""
        return self.geometry.lead

    @property
    def true_lead_hours(self) -> float:
        """The true lead in hours; of months in their mean length."""
        return self.true_lead_rows * step_length(self.series.interval, self.series.months) / 3600e6

    @property
    def target_name(self) -> str:
        """What people call the columns to forecast: the name of the only one, say."""
        return target_in_words(self.target.names)

    @property
    def target_scale(self) -> float | None:
        """Standard deviation of the target, by which an MAE is in its unit; None where it has several columns."""
        return float(self.target.std[0]) if self.has_one_column else None

    @property
    def unit(self) -> str:
        """The target's unit as people write it ("deg C" for "T (degC)"); empty where there is none, or several are."""
        return self.series.unit_of(self.target.names[0]) if self.has_one_column else ""

    def arrange(self, rows: Rows, weights: Floats32, generator: np.random.Generator) -> tuple[Rows, Floats32]:
        """Return both as they are: windows are trained on in the order in which they are drawn."""
        return rows, weights

    def scoring_order(self, rows: Rows) -> Rows:
        """Return the order of the rows."""
        return np.arange(len(rows), dtype=np.int64)

    def widths(self, batches: Rows) -> Rows:
        """Return 0 for each batch: all windows are of one length."""
        return np.zeros(len(batches), dtype=np.int64)

    def samples(self, rows: Rows) -> Floats32:
        """Return (windows, timesteps, columns) float32 for window rows."""
        return np.asarray(self.inputs[rows[:, None] + self.offsets])

    def target_at(self, rows: Rows) -> Floats:
        """Return (..., columns) float64: the target's columns at (...) rows of the series, normalised."""
        return self.target.values[rows]

    def targets(self, rows: Rows) -> Floats:
        """Return (windows, leads, columns) float64, normalised, for window rows."""
        return self.target_at(rows[:, None] + self.ahead)

    def last_seen(self, rows: Rows) -> Floats:
        """Return (windows, leads, columns) float64: the target's columns at each window's last timestep, normalised."""
        values = self.target_at(rows - self.step)[:, None]
        return np.broadcast_to(values, (len(rows), len(self.ahead), values.shape[2]))

    def to_unit(self, normalised: Floats) -> Floats:
        """Return values of the target's columns, (..., columns), in their units; of an only column (...) will do."""
        found: Floats = normalised * self.target.std + self.target.mean
        return found

    def target_times(self, rows: Rows, lead: int = 0) -> Times:
        """Return (windows,) datetime64[us]: when the target of one of the leads, the first by default, was recorded."""
        found: Times = self.repaired.order.times[rows + self.ahead[lead]]
        return found

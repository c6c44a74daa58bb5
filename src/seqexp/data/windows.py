"""Windows over a series: the samples and targets that every model learns from and is scored on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import InputError, nearest
from seqexp.config.schema import DatasetConfig, Experiment
from seqexp.data.repair import repair
from seqexp.data.series import Floats, Series, Times
from seqexp.data.splits import Rows, SplitRows, split_rows

Float32s = NDArray[np.float32]


@dataclass(frozen=True)
class Scaling:
    """Mean and standard deviation of each column over the training rows alone.

    Attributes:
        mean: (columns,) float64.
        std: (columns,) float64, population standard deviation; 1 for a column that never changes.
    """

    mean: Floats
    std: Floats


@dataclass(frozen=True)
class Windows:
    """Everything a model needs to know about its data.

    Attributes:
        series: As recorded.
        normalised: (rows, columns) float64, repaired, then scaled by the training rows.
        scaling: How it was scaled.
        replaced: How many values of each column were repaired.
        target: Index of the column to forecast.
        lookback, step, delay, batch_size: As in the dataset's configuration.
        rows: The window rows of each part. Validation and test: every `score_every`-th.
    """

    series: Series
    normalised: Floats
    scaling: Scaling
    replaced: Mapping[str, int]
    target: int
    lookback: int
    step: int
    delay: int
    batch_size: int
    rows: SplitRows

    @property
    def shape(self) -> tuple[int, int]:
        """(timesteps, columns) of one sample."""
        return self.lookback // self.step, self.normalised.shape[1]

    @property
    def offsets(self) -> Rows:
        """(timesteps,) int64: a sample's rows relative to its window row, oldest first."""
        return np.arange(-self.lookback, 0, self.step, dtype=np.int64)

    @property
    def true_lead_rows(self) -> int:
        """Rows from the last timestep that a model sees to the target: `delay` plus one `step`."""
        return self.delay + self.step

    @property
    def true_lead_hours(self) -> float:
        """The true lead in hours."""
        return self.true_lead_rows * self.series.interval_seconds / 3600

    @property
    def target_scale(self) -> float:
        """Standard deviation of the target: a normalised MAE times this is in the target's unit."""
        return float(self.scaling.std[self.target])

    @property
    def unit(self) -> str:
        """The target's unit as people write it ("deg C" for "T (degC)"), or an empty string."""
        return unit_of(self.series.columns[self.target])

    @cached_property
    def float32(self) -> Float32s:
        """(rows, columns) float32: the one array from which every batch is gathered."""
        return self.normalised.astype(np.float32)

    def samples(self, rows: Rows) -> Float32s:
        """Return (windows, timesteps, columns) float32 for window rows."""
        found: Float32s = self.float32[rows[:, None] + self.offsets]
        return found

    def targets(self, rows: Rows) -> Floats:
        """Return (windows,) float64, normalised, for window rows."""
        found: Floats = self.normalised[rows + self.delay, self.target]
        return found

    def target_at(self, rows: Rows) -> Floats:
        """Return (rows,) float64: the target's column at these rows themselves, normalised."""
        found: Floats = self.normalised[rows, self.target]
        return found

    def last_seen(self, rows: Rows) -> Floats:
        """Return (windows,) float64: the target's column at each window's last timestep, normalised."""
        found: Floats = self.normalised[rows - self.step, self.target]
        return found

    def to_unit(self, normalised: Floats) -> Floats:
        """Return values of the target's column in its unit."""
        found: Floats = normalised * self.scaling.std[self.target] + self.scaling.mean[self.target]
        return found

    def target_times(self, rows: Rows) -> Times:
        """Return (windows,) datetime64[s]: when each target was recorded."""
        return self.series.times[rows + self.delay]


def make_windows(series: Series, experiment: Experiment) -> Windows:
    """Repair, scale and split a series.

    Args:
        series: As recorded.
        experiment: Its dataset section, and training.score_every.

    Raises:
        InputError: If the target is not a column, a column can't be repaired, or a split doesn't fit.
    """
    dataset = experiment.dataset
    rows = check_fit(series, dataset)
    values, replaced = repair(series, dataset.repair)
    scaling = fit_scaling(values, *rows.train_bounds)
    every = experiment.training.score_every
    return Windows(
        series=series,
        normalised=(values - scaling.mean) / scaling.std,
        scaling=scaling,
        replaced=replaced,
        target=series.columns.index(dataset.target),
        lookback=dataset.lookback,
        step=dataset.step,
        delay=dataset.delay,
        batch_size=dataset.batch_size,
        rows=SplitRows(rows.train, rows.val[::every], rows.test[::every], rows.train_bounds),
    )


def check_fit(series: Series, dataset: DatasetConfig) -> SplitRows:
    """Return the window rows, if the configuration fits the series.

    Raises:
        InputError: If the target is not a column, or a split doesn't fit.
    """
    faults = []
    if dataset.target not in series.columns:
        faults.append(
            f"dataset.target must be one of the columns {', '.join(series.columns)}. "
            f"Received: {dataset.target!r}.{nearest(dataset.target, series.columns)}"
        )
    try:
        rows = split_rows(dataset, len(series))
    except InputError as error:
        raise InputError([*faults, *error.faults]) from None
    if faults:
        raise InputError(faults)
    return rows


def fit_scaling(values: Floats, first: int, end: int) -> Scaling:
    """Return mean and standard deviation of the rows [first, end).

    Args:
        values: (rows, columns) float64.
        first: First training row.
        end: Row after the last training row.
    """
    train = values[first:end]
    # By its range: rounding gives a column that is always 0.1 a deviation of 1e-16.
    changes = train.max(axis=0) > train.min(axis=0)
    return Scaling(train.mean(axis=0), np.where(changes, train.std(axis=0), 1.0))


def unit_of(column: str) -> str:
    """Return the unit that a column's name gives in parentheses, "degC" written as "deg C"."""
    match = re.search(r"\(([^()]*)\)\s*$", column)
    return re.sub(r"^deg(?=[CF]$)", "deg ", match[1]) if match else ""

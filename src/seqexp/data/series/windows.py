"""Windows over a series: the samples and targets that every model learns from and is scored on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqexp.config.errors import Fault, collecting, raise_any, refused
from seqexp.config.schema import Experiment, SeriesConfig
from seqexp.data.arrays import PARTS, SCORED, Floats, Floats32, Mask, Part, Rows, Times, make_read_only
from seqexp.data.samples import FEWEST_SCORED, digest_of_arrays, spread_evenly
from seqexp.data.series.categories import Category, category_faults, documented, fit_categories, inputs_of, one_hots
from seqexp.data.series.geometry import Geometry, geometry_of, target_of
from seqexp.data.series.matrix import CALENDAR, Limited, Scaling, calendar_of, fit_scaling, new_matrix
from seqexp.data.series.months import step_length
from seqexp.data.series.repair import Repaired, RowOrder, find_order, repair
from seqexp.data.series.season import check_seasons
from seqexp.data.series.series import Series
from seqexp.data.series.splits import SplitRows, split_as_measured, split_bounds, split_rows
from seqexp.data.series.stack import stack_faults
from seqexp.data.series.value_rules import check_rule_names


@dataclass(frozen=True)
class Windows:
    """A series cut into windows: the samples, the targets, and how they were made.

    Attributes:
        series: As recorded.
        repaired: How it was repaired.
        columns: The inputs' names: the series' columns that change, the calendar's, and the categories'.
        constant: Columns that never change within the training rows; they are left out.
        inputs: (rows, columns) float32, repaired, then scaled by the training rows; the one array from which
            every batch is gathered. A memory map where the series stays on disk.
        target_values: (rows,) float64, the target's column, scaled like the inputs.
        scaling: How the inputs were scaled.
        limited: What lay beyond its column's limit, by the column; columns without are left out.
        target: Index of the column to forecast.
        geometry: lookback, step, delay and max_gap in rows.
        unmeasured: (values,) int64, rows whose target was not measured, rising.
        batch_size: As in the dataset's configuration.
        categories: Columns whose values are inputs.
        rows: The window rows of each part. Validation and test: those that are scored.
    """

    series: Series
    repaired: Repaired
    columns: tuple[str, ...]
    constant: tuple[str, ...]
    inputs: Floats32
    target_values: Floats
    scaling: Scaling
    limited: Mapping[str, Limited]
    target: int
    geometry: Geometry
    unmeasured: Rows
    batch_size: int
    categories: tuple[Category, ...]
    rows: SplitRows

    def __post_init__(self) -> None:
        make_read_only(self, "inputs", "target_values")

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def data(self) -> Series:
        """What they are cut from, as recorded."""
        return self.series

    def score_digest(self) -> str:
        """Return the SHA-256 of what scores are taken with: rows, targets, their scale, their times."""
        rows = (self.rows.of(part) for part in PARTS)
        measures = np.array([self.target, self.step, self.delay])
        times = self.repaired.order.times.astype(np.int64)
        scaling = (self.scaling.mean, self.scaling.std)
        return digest_of_arrays((*rows, measures, self.target_values, *scaling, times))

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
            "target": self.target_name,
            "replaced_values": dict(self.replaced),
            **documented(self.categories),
        }
        return {"scaling.json": json.dumps(scaling, indent=2, ensure_ascii=False) + "\n"}

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
        """Rows from the window's end to the target."""
        return self.geometry.delay

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
        """Rows from the last timestep that a model sees to the target: `delay` plus one `step`."""
        return self.delay + self.step

    @property
    def true_lead_hours(self) -> float:
        """The true lead in hours; of months in their mean length."""
        return self.true_lead_rows * step_length(self.series.interval, self.series.months) / 3600e6

    @property
    def target_name(self) -> str:
        """The name of the column to forecast."""
        return self.columns[self.target]

    @property
    def target_scale(self) -> float:
        """Standard deviation of the target: a normalised MAE times this is in the target's unit."""
        return float(self.scaling.std[self.target])

    @property
    def unit(self) -> str:
        """The target's unit as people write it ("deg C" for "T (degC)"), or an empty string."""
        return self.series.unit_of(self.target_name)

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
        """Return (rows,) float64: the target's column at rows of the series, normalised."""
        return self.target_values[rows]

    def targets(self, rows: Rows) -> Floats:
        """Return (windows,) float64, normalised, for window rows."""
        return self.target_at(rows + self.delay)

    def last_seen(self, rows: Rows) -> Floats:
        """Return (windows,) float64: the target's column at each window's last timestep, normalised."""
        return self.target_at(rows - self.step)

    def to_unit(self, normalised: Floats) -> Floats:
        """Return values of the target's column in its unit."""
        found: Floats = normalised * self.scaling.std[self.target] + self.scaling.mean[self.target]
        return found

    def target_times(self, rows: Rows) -> Times:
        """Return (windows,) datetime64[us]: when each target was recorded."""
        return self.repaired.order.times[rows + self.delay]


def make_windows(series: Series, experiment: Experiment) -> Windows:
    """Repair, scale and split a series as recorded.

    Raises:
        InputError: If it is several series in one, the target is not a column, a column can't be repaired, or a split
            doesn't fit.
    """
    raise_any(stack_faults(series))
    dataset = experiment.series
    target, geometry, _ = check_fit(series, dataset)
    repaired = repair(series, dataset, geometry.max_gap)
    bounds = split_bounds(dataset, geometry, len(repaired))
    scaling, changes = fit_scaling(repaired, *bounds["train"], dataset.input_limit)
    if not changes[series.columns.index(target)]:
        received = f"{target!r}, which is always {scaling.mean[series.columns.index(target)]:g} there"
        measured = repaired.measured(series.columns.index(target))
        is_sparse = len(measured) > 0 and np.mean(np.isin(np.arange(*bounds["train"]), measured)) < 0.5
        remedy = f" {split_as_measured(measured)} cuts the parts where it was measured." if is_sparse else ""
        raise refused("dataset.target", f"must change within the training rows. Received: {received}.{remedy}")
    categories = fit_categories(dataset.categories, repaired, bounds)
    kept = (changes | (dataset.repair == "off")) & ~np.isin(series.columns, dataset.categories)
    columns = tuple(name for name, keep in zip(series.columns, kept, strict=True) if keep)
    scaling = scaling.of(kept)
    index = columns.index(target)
    inputs, targets, unmeasured, limited = _normalised(repaired, kept, scaling, index, dataset.calendar, categories)
    added = (*(CALENDAR if dataset.calendar else ()), *inputs_of(categories))
    rows = split_rows(dataset, geometry, len(repaired), repaired.order.breaks, unmeasured)

    def scored(part: Part) -> Rows:
        every, (first, end) = experiment.training.score_every, bounds[part]
        if dataset.boundary == "lecture":
            return rows.of(part)[spread_evenly(len(rows.of(part)), every)]
        return _scored(rows.of(part), geometry.delay, np.setdiff1d(np.arange(first, end), unmeasured), every)

    return Windows(
        series=series,
        repaired=repaired,
        columns=(*columns, *added),
        constant=(
            *(name for name in series.columns if name not in columns and name not in dataset.categories),
            *(category.name for category in categories if not category.inputs),
        ),
        inputs=inputs,
        target_values=targets,
        scaling=scaling.extended(len(added)),
        limited={columns[column]: facts for column, facts in limited.items()},
        target=index,
        geometry=geometry,
        unmeasured=unmeasured,
        batch_size=dataset.batch_size,
        categories=categories,
        rows=dataclasses.replace(
            rows, val=scored("val"), test=scored("test"), possible={part: len(rows.of(part)) for part in SCORED}
        ),
    )


def _scored(rows: Rows, delay: int, targets: Rows, every: int) -> Rows:
    """Return which windows of a part are scored: those that forecast some of its `targets`.

    These are all rows of the part whose target was measured, so that the same are scored whatever the lookback.
    """
    drawn = targets[spread_evenly(len(targets), every)]
    found: Rows = rows[np.isin(rows + delay, drawn)]
    # Of a lookback that leaves few windows these may be too few.
    return found if 2 * len(found) >= min(len(rows), FEWEST_SCORED) else rows[spread_evenly(len(rows), every)]


def check_fit(series: Series, dataset: SeriesConfig) -> tuple[str, Geometry, RowOrder]:
    """Return the target, the windows' measures and the order of the rows, if the configuration fits the series.

    Raises:
        InputError: If the target is not a column, a measure is not a whole number of rows, or a split doesn't fit.
    """
    faults: list[Fault] = []
    with collecting(faults):
        target = target_of(dataset, series)
    with collecting(faults):
        check_rule_names(series.columns, dataset)
    with collecting(faults):
        geometry = geometry_of(dataset, series.interval, series.months)
        order = find_order(series, geometry.max_gap, dataset)
        first, end = split_bounds(dataset, geometry, len(order))["train"]
        check_seasons(geometry.season, end - first)
    raise_any([*faults, *category_faults(dataset, series)])
    return target, geometry, order


def _normalised(
    repaired: Repaired, kept: Mask, scaling: Scaling, target: int, calendar: bool, categories: Sequence[Category]
) -> tuple[Floats32, Floats, Rows, dict[int, Limited]]:
    """Return the inputs, the target's values, the rows where the target was not measured, and what was limited.

    The last are of inputs, by their column. The target's values, which are the truth, have no limit.
    """
    width, added = int(kept.sum()), len(CALENDAR) if calendar else 0
    beyond, farthest = np.zeros(width, dtype=np.int64), np.zeros(width)
    total = width + added + len(inputs_of(categories))
    inputs = new_matrix(len(repaired), total, mapped=repaired.series.is_mapped)
    targets, unmeasured = np.empty(len(repaired)), []
    for first, values, bad in repaired.chunks():
        rows = slice(first, first + len(values))
        normalised = (values[:, kept] - scaling.mean) / scaling.std
        inputs[rows, :width] = np.clip(normalised, -scaling.limit, scaling.limit)
        distance = np.abs(normalised)
        beyond += (distance > scaling.limit).sum(axis=0)
        farthest = np.maximum(farthest, distance.max(axis=0))
        targets[rows] = normalised[:, target]
        unmeasured.append(first + np.flatnonzero(bad[:, kept][:, target]))
        if calendar:
            inputs[rows, width : width + added] = calendar_of(repaired.order.times[rows])
        inputs[rows, width + added :] = one_hots(categories, repaired, first, values)
    limited = {
        int(column): Limited(int(beyond[column]), float(scaling.limit[column]), float(farthest[column]))
        for column in np.flatnonzero(beyond)
    }
    return inputs, targets, np.concatenate(unmeasured).astype(np.int64), limited

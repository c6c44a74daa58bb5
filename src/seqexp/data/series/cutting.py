"""Cut a series into windows: repair it, scale it, split it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from seqexp.config.errors import Fault, collecting, raise_any, refused
from seqexp.config.schema import Experiment, SeriesConfig
from seqexp.data.arrays import SCORED, Floats32, Mask, Part, Rows, ScoredPart
from seqexp.data.samples import FEWEST_SCORED, spread_evenly
from seqexp.data.series.geometry import Geometry, geometry_of
from seqexp.data.series.inputs.ahead import Ahead, known_ahead, show_ahead
from seqexp.data.series.inputs.calendar import check_holidays
from seqexp.data.series.inputs.categories import Category, category_faults, fit_categories, inputs_of, one_hots
from seqexp.data.series.inputs.matrix import Limited, Scaling, fit_scaling, new_matrix
from seqexp.data.series.repair import Repaired, RowOrder, find_order, repair
from seqexp.data.series.season import check_seasons
from seqexp.data.series.series import Series
from seqexp.data.series.splits import SplitRows, split_as_measured, split_bounds, split_rows
from seqexp.data.series.stack import stack_faults
from seqexp.data.series.targets import EVERY, ColumnsAsked, Targets, check_known, columns_asked
from seqexp.data.series.value_rules import check_rule_names
from seqexp.data.series.windows import Windows

MOST_SCORED = 20_000  # windows of validation an epoch, about, where training.score_every is auto
_LITTLE_MEASURED = 0.5  # of the training rows


def make_windows(series: Series, experiment: Experiment) -> Windows:
    """Repair, scale and split a series as recorded.

    Raises:
        InputError: If it is several series in one, the target is not a column, a column can't be repaired, or a split
            doesn't fit.
    """
    raise_any(stack_faults(series))
    dataset = experiment.series
    asked, geometry, _ = check_fit(series, dataset)
    repaired = repair(series, dataset, geometry.max_gap)
    bounds = split_bounds(dataset, geometry, len(repaired))
    scaling, changes = fit_scaling(repaired, *bounds["train"], dataset.input_limit)
    targets = _changing_targets(asked, dataset, repaired, scaling, changes, bounds["train"])
    categories = fit_categories(dataset.categories, repaired, bounds)
    seen = np.isin(series.columns, asked.inputs) & ~np.isin(series.columns, dataset.categories)
    kept = seen & (changes | (dataset.repair == "off"))
    columns = tuple(name for name, keep in zip(series.columns, kept, strict=True) if keep)
    ahead = known_ahead(dataset, columns, asked.known)
    added = (*ahead.names, *inputs_of(categories))
    if not columns and not added:
        raise refused("dataset.inputs", f"must hold a column that changes. Received: {', '.join(asked.inputs)}.")
    inputs, target, limited = _normalised(repaired, kept, scaling, targets, ahead, categories)
    show_ahead(inputs, len(columns), ahead, geometry.last + geometry.step)
    rows = split_rows(dataset, geometry, len(repaired), repaired.order.breaks, target.unmeasured)
    own = scaling.of(np.flatnonzero(kept))
    return Windows(
        series=series,
        repaired=repaired,
        columns=(*columns, *added),
        constant=(
            *(name for name, is_seen, keep in zip(series.columns, seen, kept, strict=True) if is_seen and not keep),
            *(category.name for category in categories if not category.inputs),
        ),
        inputs=inputs,
        scaling=own.extended(len(ahead.clock)).joined(own.of(ahead.copied)).extended(len(inputs_of(categories))),
        limited={columns[column]: facts for column, facts in limited.items()},
        target=target,
        known=tuple(range(len(columns), len(columns) + len(ahead.names))),
        geometry=geometry,
        batch_size=dataset.batch_size,
        categories=categories,
        rows=_with_scored_rows(experiment, geometry, rows, bounds, target.unmeasured),
    )


def check_fit(series: Series, dataset: SeriesConfig) -> tuple[ColumnsAsked, Geometry, RowOrder]:
    """Return the columns, the windows' measures and the order of the rows, if the configuration fits the series.

    Raises:
        InputError: If a name is not a column, a measure is not a whole number of rows, or a split doesn't fit.
    """
    faults: list[Fault] = []
    with collecting(faults):
        asked = columns_asked(dataset, series)
    with collecting(faults):
        check_rule_names(series.columns, dataset)
    with collecting(faults):
        if dataset.holidays is not None:
            check_holidays(dataset.holidays)
    with collecting(faults):
        geometry = geometry_of(dataset, series.interval, series.months)
        with collecting(faults):
            check_known(dataset, geometry)
        order = find_order(series, geometry.max_gap, dataset)
        first, end = split_bounds(dataset, geometry, len(order))["train"]
        check_seasons(geometry.season, end - first)
    raise_any([*faults, *category_faults(dataset, series)])
    return asked, geometry, order


def _changing_targets(
    asked: ColumnsAsked,
    dataset: SeriesConfig,
    repaired: Repaired,
    scaling: Scaling,
    changes: Mask,
    train: tuple[int, int],
) -> Rows:
    """Return the numbers of the columns to forecast, (columns,) int64: of dataset.target=all those that change.

    Raises:
        InputError: If one that is named doesn't change within the training rows, or none of all does.
    """
    columns = repaired.series.columns
    indices = np.array([columns.index(name) for name in asked.targets], dtype=np.int64)
    changing = indices[changes[indices]]
    if len(changing) and dataset.target == EVERY:
        return changing
    faults = []
    for index in indices[~changes[indices]]:
        received = f"{columns[index]!r}, which is always {scaling.mean[index]:g} there"
        measured = repaired.measured(int(index))
        is_sparse = len(measured) > 0 and np.mean(np.isin(np.arange(*train), measured)) < _LITTLE_MEASURED
        remedy = f" {split_as_measured(measured)} cuts the parts where it was measured." if is_sparse else ""
        text = f"must change within the training rows. Received: {received}.{remedy}"
        faults.append(Fault("dataset.target", f"dataset.target {text}"))
    raise_any(faults)
    return indices


def _normalised(
    repaired: Repaired,
    kept: Mask,
    scaling: Scaling,
    targets: Rows,
    ahead: Ahead,
    categories: Sequence[Category],
) -> tuple[Floats32, Targets, dict[int, Limited]]:
    """Return the inputs, the columns to forecast, and what was limited of the inputs, by their column.

    The target's values, which are the truth, have no limit. What is known ahead still stands at its own row.
    """
    columns, own = np.flatnonzero(kept), scaling.of(np.flatnonzero(kept))
    width, added = len(columns), len(ahead.names)
    beyond, farthest = np.zeros(width, dtype=np.int64), np.zeros(width)
    total = width + added + len(inputs_of(categories))
    inputs = new_matrix(len(repaired), total, mapped=repaired.series.is_mapped)
    truth, unmeasured = np.empty((len(repaired), len(targets))), []
    for first, values, bad in repaired.chunks():
        rows = slice(first, first + len(values))
        normalised = (values[:, columns] - own.mean) / own.std
        inputs[rows, :width] = np.clip(normalised, -own.limit, own.limit)
        distance = np.abs(normalised)
        beyond += (distance > own.limit).sum(axis=0)
        farthest = np.maximum(farthest, distance.max(axis=0, initial=0))
        truth[rows] = (values[:, targets] - scaling.mean[targets]) / scaling.std[targets]
        unmeasured.append(first + np.flatnonzero(bad[:, targets].any(axis=1)))
        inputs[rows, width : width + added] = ahead.values(repaired.order.times[rows], inputs[rows, :width])
        inputs[rows, width + added :] = one_hots(categories, repaired, first, values)
    limited = {
        int(column): Limited(int(beyond[column]), float(own.limit[column]), float(farthest[column]))
        for column in np.flatnonzero(beyond)
    }
    seen = {int(column): position for position, column in enumerate(columns)}
    target = Targets(
        names=tuple(repaired.series.columns[index] for index in targets),
        values=truth,
        mean=scaling.mean[targets],
        std=scaling.std[targets],
        inputs=tuple(seen.get(int(index), -1) for index in targets),
        unmeasured=np.concatenate(unmeasured).astype(np.int64),
    )
    return inputs, target, limited


def _with_scored_rows(
    experiment: Experiment,
    geometry: Geometry,
    rows: SplitRows,
    bounds: Mapping[Part, tuple[int, int]],
    unmeasured: Rows,
) -> SplitRows:
    """Return the rows of each part with those of validation and test that are scored."""
    boundary, every = experiment.series.boundary, experiment.training.score_every
    possible: dict[Part, int] = {part: len(rows.of(part)) for part in SCORED}

    def scored(part: ScoredPart) -> Rows:
        found = rows.of(part)
        share = share_scored(experiment.series, part, bounds) if every == "auto" else every
        if boundary == "lecture":
            return found[spread_evenly(len(found), share)]
        first, end = bounds[part]
        targets = np.setdiff1d(np.arange(first, end - geometry.last + geometry.delay), unmeasured)
        return _scored(found, geometry.delay, targets, share)

    return dataclasses.replace(rows, val=scored("val"), test=scored("test"), possible=possible)


def share_scored(dataset: SeriesConfig, part: ScoredPart, bounds: Mapping[Part, tuple[int, int]]) -> int:
    """Return one in how many windows of a part is scored where training.score_every is auto.

    The figures that others publish are of all windows; those of the test part are taken once.
    """
    first, end = bounds[part]
    is_whole = part == "test" or dataset.boundary in ("lecture", "drop_last")
    return 1 if is_whole else max(1, -(-(end - first) // MOST_SCORED))


def _scored(rows: Rows, delay: int, targets: Rows, every: int) -> Rows:
    """Return which windows of a part are scored: those whose (first) target is one of some of its `targets`.

    These are all rows of the part whose target was measured, so that the same are scored whatever the lookback.
    """
    drawn = targets[spread_evenly(len(targets), every)]
    found: Rows = rows[np.isin(rows + delay, drawn)]
    # Of a lookback that leaves few windows these may be too few.
    return found if 2 * len(found) >= min(len(rows), FEWEST_SCORED) else rows[spread_evenly(len(rows), every)]

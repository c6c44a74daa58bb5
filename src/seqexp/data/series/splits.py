"""Which rows of a series end a window: of the training, validation and test part.

A window is named by its row: it sees the rows before it, data[row - lookback : row : step], and its target
is data[row + delay], or the rows from there to data[row + last], one of each horizon_step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from seqexp.config.errors import Fault, InputError, raise_any, wrong
from seqexp.config.output.shell import shell_word
from seqexp.config.schema import Fold, SeriesConfig
from seqexp.data.arrays import PARTS, SCORED, Part, Rows
from seqexp.data.samples import PartRows
from seqexp.data.series.folds import BoundsOfParts, fold_bounds
from seqexp.data.series.geometry import Geometry

_NONE: Rows = np.empty(0, dtype=np.int64)
_USUAL_SHARES = (0.7, 0.85)  # of the rows, where training and validation end


@dataclass(frozen=True)
class SplitRows(PartRows):
    """The window rows of each part: each possible training window once, validation and test windows in time order."""

    train_bounds: tuple[int, int]  # rows [first, end) of the training part; scaling uses these alone
    across_gaps: Mapping[Part, int] = field(default_factory=dict)  # windows left out: they would cross a gap
    not_measured: Mapping[Part, int] = field(default_factory=dict)  # left out: their target was not measured


def split_bounds(dataset: SeriesConfig, geometry: Geometry, total: int) -> dict[Part, tuple[int, int]]:
    """Return the rows [first, end) of each part of a series of `total` rows.

    Raises:
        InputError: If a part leaves the series, overlaps the one before, or is shorter than one window; of a fold, if a
            block is.
    """
    base: dict[Part, tuple[int, int]] = {**dataset.split.rows(total)}
    raise_any(list(_bounds_faults(base, dataset, geometry, total)))
    fold = Fold.read(dataset.fold)
    if fold is None:
        return base
    raise_any(list(_fold_faults(base, fold, dataset, geometry, total)))
    return fold_bounds(base, fold)


def _fold_faults(
    base: BoundsOfParts, fold: Fold, dataset: SeriesConfig, geometry: Geometry, total: int
) -> Iterator[Fault]:
    """Yield the fault of blocks that are shorter than a window, with how many folds there can be: that of all folds."""
    rows = base["test"][1] - base["val"][0]
    least = _least_rows("val", base["test"][1], dataset, geometry, total)
    if rows // (fold.count + 1) < least:
        what = f"cuts rows {base['val'][0]} to {base['test'][1]} into {fold.count + 1} blocks, the shortest of "
        what += f"{rows // (fold.count + 1)} rows: {_keys(geometry)} need at least {least}"
        most = rows // least - 1
        remedy = f"Give at most {most} folds, or begin dataset.split.val earlier" if most > 1 else "Take no folds"
        yield wrong("dataset.fold", f"{what}. {remedy}. Received: {fold.count} folds.")
    window = _least_rows("train", base["val"][0], dataset, geometry, total)
    if base["val"][0] - base["train"][0] < window:
        yield _too_short("train", base["train"][0], base["val"][0], dataset, geometry, total)


def _keys(geometry: Geometry) -> str:
    horizon = f", horizon {geometry.horizon}" if geometry.horizon > 1 else ""
    return f"lookback {geometry.lookback}{horizon} and delay {geometry.delay}"


def split_as_measured(measured: Rows) -> str:
    """Return the override that cuts the parts so that each has its usual share of the rows whose target was measured.

    `measured` is (rows,) int64, rising.
    """
    cuts = [int(measured[int(share * len(measured))]) for share in _USUAL_SHARES]
    ends = [int(measured[0]), *cuts, int(measured[-1]) + 1]
    parts = (f"{part}:{{first:{first},end:{end}}}" for part, first, end in zip(PARTS, ends, ends[1:], strict=False))
    return shell_word(f"dataset.split={{{','.join(parts)}}}")


def split_rows(
    dataset: SeriesConfig, geometry: Geometry, total: int, breaks: Rows = _NONE, unmeasured: Rows = _NONE
) -> SplitRows:
    """Return the window rows of each part of a series of `total` rows.

    No window crosses one of the `breaks`, (gaps,) int64, rows before which a gap lies; none forecasts one of the
    `unmeasured`, (values,) int64, rows whose target was not measured.

    Raises:
        InputError: If a part leaves the series, overlaps the one before, or holds no window.
    """
    bounds = split_bounds(dataset, geometry, total)
    if dataset.boundary == "lecture":
        rows = {part: _lecture_rows(part, dataset, geometry, *bounds[part], total) for part in PARTS}
        what = (
            f"must end at row {total - geometry.delay} or before with boundary=lecture, "
            f"whose targets lie up to {geometry.delay} rows after the end"
        )
        late = [part for part in PARTS if rows[part].max() + geometry.delay >= total]
        raise_any([wrong(f"dataset.split.{part}", f"{what}. Received: {bounds[part][1]}.") for part in late])
        return SplitRows(rows["train"], rows["val"], rows["test"], bounds["train"])
    rows = {part: _rows_of(part, dataset, geometry, bounds) for part in PARTS}
    whole = {part: _without_gaps(rows[part], geometry, breaks) for part in PARTS}
    kept = {part: _measured(whole[part], geometry, unmeasured) for part in PARTS}
    across_gaps = {part: len(rows[part]) - len(whole[part]) for part in PARTS}
    not_measured = {part: len(whole[part]) - len(kept[part]) for part in PARTS}
    faults = [
        wrong(
            f"dataset.split.{part}",
            f"holds no window: {bounds[part][0]} to {bounds[part][1]} has {len(rows[part]):,}; "
            f"{across_gaps[part]:,} cross a gap longer than dataset.max_gap ({dataset.max_gap}), "
            f"{not_measured[part]:,} have no measured target.",
        )
        for part in PARTS
        if not len(kept[part])
    ]
    if faults:
        *others, last = faults
        raise InputError(*others, Fault(last.key, f"{last.text}{_remedy(total, unmeasured)}"))  # one remedy for all
    if dataset.boundary == "drop_last":
        kept |= _in_whole_batches({part: kept[part] for part in SCORED}, dataset.batch_size)
    return SplitRows(kept["train"], kept["val"], kept["test"], bounds["train"], across_gaps, not_measured)


def _in_whole_batches(rows: Mapping[Part, Rows], size: int) -> dict[Part, Rows]:
    """Return the windows of scored parts without those of the last batch that is not full.

    Raises:
        InputError: If a part has less than one batch.
    """
    what = "must be at most {}, the windows of the part {}, with boundary=drop_last"
    raise_any(
        [
            wrong("dataset.batch_size", f"{what.format(len(found), part)}. Received: {size}.")
            for part, found in rows.items()
            if len(found) < size
        ]
    )
    return {part: found[: len(found) // size * size] for part, found in rows.items()}


def _remedy(total: int, unmeasured: Rows) -> str:
    measured = np.setdiff1d(np.arange(total), unmeasured)
    if not len(unmeasured) or len(measured) < len(PARTS):
        return ""
    where = f"{len(measured):,} of {total:,} rows, from row {measured[0]} to {measured[-1]}"
    return f" The target was measured in {where}: {split_as_measured(measured)} cuts the parts by these"


def _rows_of(part: Part, dataset: SeriesConfig, geometry: Geometry, bounds: Mapping[Part, tuple[int, int]]) -> Rows:
    """Return the windows whose target lies in the part, and whose inputs do or, with context, may lie before it.

    Inputs begin with the training part at the earliest.
    """
    first, end = bounds[part]
    if dataset.boundary != "strict":
        begin = max(first - geometry.delay, bounds["train"][0] + geometry.lookback)
    else:
        begin = first + geometry.lookback
    return np.arange(begin, end - geometry.last, dtype=np.int64)


def _measured(rows: Rows, geometry: Geometry, unmeasured: Rows) -> Rows:
    """Return the windows of which every row of the target was measured."""
    whole = np.ones(len(rows), dtype=np.bool_)
    for ahead in geometry.ahead if len(unmeasured) else ():
        whole &= ~np.isin(rows + ahead, unmeasured)
    return rows[whole]


def _without_gaps(rows: Rows, geometry: Geometry, breaks: Rows) -> Rows:
    """Return the windows whose rows, up to the target, have no break among them."""
    before_window = np.searchsorted(breaks, rows - geometry.lookback, side="right")
    before_target = np.searchsorted(breaks, rows + geometry.last, side="right")
    whole: Rows = rows[before_window == before_target]
    return whole


def _in_order(train: tuple[int, int], total: int) -> str:
    """Return a line to type: the training part as it is, and the other two with half of the rows behind it each."""
    end, middle = train[1], (train[1] + total) // 2
    if not end < middle < total:
        return ""
    parts = {"train": f"{train[0]},{end}", "val": f"{end},{middle}", "test": f"{middle},null"}
    line = " ".join(f"dataset.split.{part}=[{bounds}]" for part, bounds in parts.items())
    return f" These parts are in order: {line}."


def _bounds_faults(
    bounds: Mapping[Part, tuple[int, int]], dataset: SeriesConfig, geometry: Geometry, total: int
) -> Iterator[Fault]:
    previous: tuple[Part, int] = ("train", 0)
    for part in PARTS:
        first, end = bounds[part]
        key, received = f"dataset.split.{part}", f"Received: [{first}, {end})."
        if end > total or first >= total:
            yield wrong(key, f"must lie within the series' {total} rows. {received}")
        elif first < previous[1]:
            where = f"must begin at or after row {previous[1]}, where {previous[0]} ends"
            yield wrong(key, f"{where}. {received}{_in_order(bounds['train'], total)}")
        elif end - first < _least_rows(part, end, dataset, geometry, total):
            yield _too_short(part, first, end, dataset, geometry, total)
        previous = (part, max(end, previous[1]))


def _too_short(part: Part, first: int, end: int, dataset: SeriesConfig, geometry: Geometry, total: int) -> Fault:
    if dataset.boundary != "lecture":
        what, keys = "one window", _keys(geometry)
    else:
        what = "one window" if part == "train" else "one batch"
        keys = f"lookback {geometry.lookback}, delay {geometry.delay} and batch_size {dataset.batch_size}"
    return wrong(
        f"dataset.split.{part}",
        f"is shorter than {what}: [{first}, {end}) has {max(end - first, 0)} rows, "
        f"{keys} need at least {_least_rows(part, end, dataset, geometry, total)}.",
    )


def _least_rows(part: Part, end: int, dataset: SeriesConfig, geometry: Geometry, total: int) -> int:
    """Return how many rows a part must have: those of one window and, in the lecture, of one whole batch."""
    if dataset.boundary in ("context", "drop_last") and part != "train":
        return geometry.last - geometry.delay + 1
    if dataset.boundary != "lecture":
        return geometry.lookback + geometry.last + 1
    if part == "train":
        return geometry.lookback + 1
    room_for_targets = geometry.delay + 2 if end == total else 1
    return geometry.lookback + max(dataset.batch_size, room_for_targets)


def _lecture_rows(part: Part, dataset: SeriesConfig, geometry: Geometry, first: int, end: int, total: int) -> Rows:
    """Return the rows that the lecture's generator visits, its repeated and skipped ones included.

    Its targets may lie after `end`. The test generator, given no end, stops `delay + 1` rows before the
    series' end, while the number of its batches is counted up to the end: so the last batch starts anew.
    """
    open_end = end == total
    max_index = total - geometry.delay - 1 if open_end else end
    if part == "train":
        return np.arange(first + geometry.lookback, max_index, dtype=np.int64)
    batches = (end - first - geometry.lookback) // dataset.batch_size
    i = first + geometry.lookback
    visited = [np.empty(0, dtype=np.int64)]
    for _ in range(batches):
        if i + dataset.batch_size >= max_index:
            i = first + geometry.lookback
        visited.append(np.arange(i, min(i + dataset.batch_size, max_index), dtype=np.int64))
        i += len(visited[-1])
    return np.concatenate(visited)

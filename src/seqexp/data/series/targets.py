"""Which columns are forecast, which ones models see, and which of these they see ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seqexp.config.errors import Fault, nearest, raise_any, wrong
from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import Floats, Rows, make_read_only
from seqexp.data.series.column_names import split_name
from seqexp.data.series.geometry import Geometry
from seqexp.data.series.series import Series

EVERY = "all"  # as dataset.target: each column that changes in the training part


@dataclass(frozen=True)
class Targets:
    """The columns that are forecast, scaled by the training rows.

    Attributes:
        names: The columns.
        values: (rows, columns) float64.
        mean, std: (columns,) float64, of the training rows.
        inputs: Where each column stands among the inputs; -1: models don't see it.
        unmeasured: (values,) int64, rows where one of them was not measured, rising.
    """

    names: tuple[str, ...]
    values: Floats
    mean: Floats
    std: Floats
    inputs: tuple[int, ...]
    unmeasured: Rows

    def __post_init__(self) -> None:
        make_read_only(self, "values", "mean", "std")


@dataclass(frozen=True)
class ColumnsAsked:
    """Names of columns of a series, as its configuration asks for them."""

    targets: tuple[str, ...]  # that are forecast
    inputs: tuple[str, ...]  # that models see
    known: tuple[str, ...]  # of the inputs, those that are known ahead


def columns_asked(dataset: SeriesConfig, series: Series) -> ColumnsAsked:
    """Return which columns a configuration means, whose names are those of the file, in the file's order.

    Raises:
        InputError: With a fault for each name that is no column, or can't be what it is asked for.
    """
    targets, inputs, known = targets_named(dataset, series.columns), dataset.inputs or series.columns, dataset.known
    raise_any(
        [
            *_target_faults(dataset, series, targets),
            *_faults("inputs", dataset.inputs or (), series, dataset),
            *_faults("known", [name for name in known if name not in dataset.categories], series, dataset),
            *_known_faults([name for name in known if name in series.columns], targets, inputs),
            *_category_faults(dataset),
        ]
    )
    return ColumnsAsked(
        *(tuple(name for name in series.columns if name in asked) for asked in (targets, inputs, known))
    )


def targets_named(dataset: SeriesConfig, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns to forecast, whether they are there or not; none where none is named and there are several."""
    if dataset.target is None:
        return tuple(columns) if len(columns) == 1 else ()
    if dataset.target == EVERY and EVERY not in columns:
        return tuple(name for name in columns if name not in (*dataset.categories, *dataset.known))
    return (dataset.target,) if isinstance(dataset.target, str) else tuple(dataset.target)


def target_in_words(names: Sequence[str]) -> str:
    """Return what people call the columns that are forecast: all names of a few, else how many there are."""
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} columns"


def check_known(dataset: SeriesConfig, geometry: Geometry) -> None:
    """Check that a window is long enough to show what is known ahead of all rows of the target.

    Raises:
        InputError: If it is not.
    """
    what = [
        *dataset.known,
        *(["the calendar"] if dataset.calendar else []),
        *([dataset.holidays] if dataset.holidays else []),
    ]
    least = geometry.last - geometry.delay + geometry.step
    if what and geometry.lookback < least:
        least = -(-least // geometry.step) * geometry.step
        why = f"a window shows what is known ahead ({', '.join(what)}) of every row of the target"
        raise_any(
            [wrong("dataset.lookback", f"must be at least {least} rows: {why}. Received: {geometry.lookback} rows.")]
        )


def _target_faults(dataset: SeriesConfig, series: Series, targets: Sequence[str]) -> Iterator[Fault]:
    if not targets:
        columns = ", ".join(series.columns)
        every = "'all', and dataset.known and dataset.categories leave none" if dataset.target == EVERY else "none"
        yield wrong("dataset.target", f"must be one of the columns {columns}. Received: {every}.")
    yield from _faults("target", targets, series, dataset)
    for name in targets:
        if name in dataset.categories:
            yield wrong("dataset.categories", f"must not hold dataset.target. Received: {name!r}.")


def _faults(key: str, names: Sequence[str], series: Series, dataset: SeriesConfig) -> Iterator[Fault]:
    """Yield a fault for each name that is no column of numbers, or that is there twice."""
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield wrong(f"dataset.{key}", f"must name each column once. Received: {name!r} {names.count(name)} times.")
    for name in dict.fromkeys(names):
        if name in series.columns:
            continue
        alike = [column for column in series.columns if split_name(column)[0] == name]
        hint = f" Did you mean {' or '.join(map(repr, alike))}?" if alike else nearest(name, series.columns)
        if name in series.dropped:
            hint = f" {name!r} holds no numbers."
        if name in dataset.format.drop:
            hint = f" dataset.format.drop leaves {name!r} out."
        one = "one of the columns" if key == "target" else "some of the columns"
        yield wrong(f"dataset.{key}", f"must be {one} {', '.join(series.columns)}. Received: {name!r}.{hint}")


def _category_faults(dataset: SeriesConfig) -> Iterator[Fault]:
    for name in dataset.known:
        if name in dataset.categories:
            what = "must not hold one of dataset.categories, of which a window shows no more than its own rows"
            yield wrong("dataset.known", f"{what}. Received: {name!r}.")


def _known_faults(known: Sequence[str], targets: Sequence[str], inputs: Sequence[str]) -> Iterator[Fault]:
    for name in known:
        if name in targets:
            yield wrong("dataset.known", f"must not hold dataset.target, which nobody knows ahead. Received: {name!r}.")
        elif name not in inputs:
            yield wrong("dataset.known", f"must be among dataset.inputs. Received: {name!r}.")

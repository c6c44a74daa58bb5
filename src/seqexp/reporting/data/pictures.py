"""The set of pictures of one series, as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from seqexp.config.errors import Fault, InputError, collecting, refused
from seqexp.config.schema import SeriesConfig
from seqexp.data.series.geometry import Geometry, geometry_of, target_of
from seqexp.data.series.repair import Repaired, repair
from seqexp.data.series.series import Series
from seqexp.data.survey.correlation import correlations
from seqexp.reporting.data.plots import column_values, head_rows, plot_autocorrelation, plot_correlations, plot_line

_TEN_DAYS = 10 * 86_400_000_000


def draw_series(series: Series, dataset: SeriesConfig, folder: Path) -> Iterator[Path]:
    """Write the pictures of a series, and yield the path of each when it is there.

    Args:
        series: As recorded.
        dataset: Names the target, the windows' measures and the repair. The splits need not fit.
        folder: Where the files go; made if need be.

    Raises:
        InputError: There is no such target, the series can't be repaired, or the folder can't be written.
    """
    target, geometry, repaired = _prepared(series, dataset)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield from _draw(repaired, target, geometry, folder)
    except OSError as error:
        why = error.strerror or error
        raise refused("--output", f"must be a folder that can be written ({why}). Received: {folder}") from error


def _prepared(series: Series, dataset: SeriesConfig) -> tuple[str, Geometry, Repaired]:
    faults: list[Fault] = []
    target = ""
    with collecting(faults):
        target = target_of(dataset, series)
    try:
        geometry = geometry_of(dataset, series.interval)
        repaired = repair(series, dataset, geometry.max_gap)
    except InputError as error:
        raise InputError(*faults, *error.faults) from None
    if faults:
        raise InputError(*faults)
    return target, geometry, repaired


def _draw(repaired: Repaired, target: str, geometry: Geometry, folder: Path) -> Iterator[Path]:
    series = repaired.series
    who = f"{series.name}{' (simulated stand-in)' if series.source == 'simulated' else ''}"
    line = column_values(repaired, target)
    years = f"{line.times[0].astype('datetime64[D]')} to {line.times[-1].astype('datetime64[D]')}"
    path = folder / "target.png"
    plot_line(line, path, f"{who}: {target}, {years}, {len(line):,} rows")
    yield path
    rows, words = head_rows(line)
    path = folder / "target-first-days.png"
    plot_line(line.head(rows), path, f"{who}: {target}, {words}")
    yield path
    path = folder / "autocorrelation.png"
    lags = max(_TEN_DAYS // series.interval if series.interval else 0, geometry.lookback + geometry.delay)
    lags = min(lags, max(len(line) // 2, 1), 100_000)
    plot_autocorrelation(line, lags, geometry.delay, geometry.step, path, f"{who}: autocorrelation of {target}")
    yield path
    path = folder / "correlations.png"
    means = np.nan_to_num(np.asarray(series.values[: 1 << 16]).mean(axis=0))
    matrix = correlations(repaired, means)
    plot_correlations(matrix, series.columns, target, path, f"{who}: correlation of the columns")
    yield path

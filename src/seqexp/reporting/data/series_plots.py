"""Pictures of a series: the target over time, its autocorrelation, and how the columns go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqexp.config.durations import DAY
from seqexp.config.errors import Fault, collecting, raise_any, refused
from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import Floats, Times
from seqexp.data.series.column_names import in_full, split_name
from seqexp.data.series.geometry import Geometry, geometry_of
from seqexp.data.series.months import rows_in_words
from seqexp.data.series.repair import Repaired, repair
from seqexp.data.series.series import Series
from seqexp.data.series.targets import columns_asked
from seqexp.data.survey.correlation import autocorrelation, correlations, without_daily_cycle
from seqexp.reporting.data.column_values import ColumnValues, column_values, head_rows, ten_of, thin_line
from seqexp.reporting.runs.plots import BLUE, GREEN, GREY, ORANGE, literal, new_figure
from seqexp.reporting.whole_file import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Span = tuple[np.datetime64, np.datetime64]

_PIXELS = 1000  # of the axes' width
_MOST_COLUMNS = 60  # of the heat map
_NUMBERED = 30  # columns up to which each field of it says its number


def draw_series(series: Series, dataset: SeriesConfig, folder: Path) -> Iterator[Path]:
    """Write the pictures of a series into a folder, made if need be, and yield the path of each when it is there.

    The dataset names the target, the windows' measures and the repair. Its splits need not fit.

    Raises:
        InputError: There is no such target, the series can't be repaired, or the folder can't be written.
    """
    target, geometry, repaired = _prepared(series, in_full(dataset, series.columns))
    with output_folder(folder):
        yield from _draw(repaired, target, geometry, folder)


@contextmanager
def output_folder(folder: Path) -> Iterator[None]:
    """Make the folder that pictures are written to in the block.

    Raises:
        InputError: It can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        why = error.strerror or error
        raise refused("--output", f"must be a folder that can be written ({why}). Received: {folder}") from error


def _prepared(series: Series, dataset: SeriesConfig) -> tuple[str, Geometry, Repaired]:
    faults: list[Fault] = []
    with collecting(faults):
        target = columns_asked(dataset, series).targets[0]
    with collecting(faults):
        geometry = geometry_of(dataset, series.interval, series.months)
        repaired = repair(series, dataset, geometry.max_gap)
    raise_any(faults)
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
    lags = max(ten_of(series.interval, series.months) if series.interval else 0, geometry.lookback + geometry.last)
    lags = min(lags, max(len(line) // 2, 1), 100_000)
    plot_autocorrelation(line, lags, geometry.delay, geometry.step, path, f"{who}: autocorrelation of {target}")
    yield path
    path = folder / "correlations.png"
    means = np.nan_to_num(np.asarray(series.values[: 1 << 16]).mean(axis=0))
    matrix = correlations(repaired, means)
    plot_correlations(matrix, series.columns, target, path, f"{who}: correlation of the columns")
    yield path


def plot_line(line: ColumnValues, path: Path, title: str) -> None:
    """Draw a column over time as a PNG: a hole for a gap, a shade for gaps and for what was not measured.

    Of many rows the lowest and the highest of each pixel are drawn.
    """
    figure, axes = new_figure(title, (10, 4.8), dpi=120)
    measured = np.where(line.measured, line.values, np.nan)
    times, values = thin_line(line.times, measured, line.breaks, _PIXELS)
    axes.plot(_datetimes(times), values, color=BLUE, lw=0.8 if len(line) > _PIXELS else 1.2)
    gaps = [(line.times[row - 1], line.times[row]) for row in line.breaks]
    _shade(axes, gaps, line, GREY, "gap: no window crosses it")
    _shade(axes, _unmeasured(line), line, ORANGE, "held: not measured")
    axes.set_ylabel(literal(", ".join(filter(None, split_name(line.name)))))
    axes.set_xlabel("time, as recorded")
    axes.margins(x=0.01)
    _date_axis(axes)
    if axes.get_legend_handles_labels()[1]:
        figure.legend(frameon=False, ncols=2, loc="outside lower center", fontsize=9)
    with whole_file(path) as draft:
        figure.savefig(draft)


def plot_autocorrelation(line: ColumnValues, lags: int, delay: int, step: int, path: Path, title: str) -> None:
    """Draw a column's autocorrelation as a PNG, as recorded and without its daily cycle.

    Args:
        line: The column.
        lags: The longest lag, in rows.
        delay: Rows from a window's end to its target; marked.
        step: Rows between two timesteps; delay + step, the true lead, is marked too.
        path: Of the PNG.
        title: Above it.
    """
    lags = min(lags, len(line) - 1)
    figure, axes = new_figure(title, (10, 4.8), dpi=120)
    unit, size = _time_unit(lags, line)
    x = np.arange(lags + 1) / size
    recorded = autocorrelation(line.values, line.measured, lags, line.breaks)
    axes.plot(x, recorded, color=BLUE, lw=1.6, label="as recorded")
    half = (line.times[-1] - line.times[0]) / np.timedelta64(2, "us")
    if DAY % line.interval == 0 and 2 * line.interval < DAY < half:
        stamps = line.times.astype("datetime64[us]").astype(np.int64)
        phase = np.floor_divide(stamps % DAY, line.interval)
        rest = without_daily_cycle(line.values, line.measured, phase)
        label = "less the mean of its time of the day"
        axes.plot(x, autocorrelation(rest, line.measured, lags, line.breaks), color=GREEN, lw=1.6, label=label)
    for rows, what, style in ((delay, "delay", "--"), (delay + step, "true lead", ":")):
        if rows <= lags:
            label = f"{what}, {rows_in_words(rows, line.interval, line.months)}: {recorded[rows]:.3f}"
            axes.axvline(x[rows], color=ORANGE, ls=style, lw=1.2, label=label)
    axes.axhline(0, color=GREY, lw=0.8)
    axes.set_xlabel(f"lag, {unit}")
    axes.set_ylabel("autocorrelation")
    axes.set_ylim(top=1.03)
    axes.margins(x=0.01)
    if unit == "months" and x[-1] >= 2 * 12:
        from matplotlib.ticker import MultipleLocator

        axes.xaxis.set_major_locator(MultipleLocator(12 * -(-x[-1] // (10 * 12))))  # whole years
    axes.legend(frameon=False, fontsize=9)
    with whole_file(path) as draft:
        figure.savefig(draft)


def plot_correlations(matrix: Floats, columns: Sequence[str], target: str, path: Path, title: str) -> None:
    """Draw the correlation matrix of the columns as a heat map, as a PNG.

    Args:
        matrix: (columns, columns) Pearson's r; NaN where a column never changes.
        columns: Their names. Of more than 60 those are drawn that go most with the target.
        target: The column to forecast; its name stands out.
        path: Of the PNG.
        title: Above it.
    """
    if len(columns) > _MOST_COLUMNS:
        likeness = np.nan_to_num(np.abs(matrix[columns.index(target)]))
        kept = np.sort(np.argsort(-likeness, kind="stable")[:_MOST_COLUMNS])
        matrix, columns = matrix[np.ix_(kept, kept)], [columns[index] for index in kept]
        title = f"{title}: the {_MOST_COLUMNS} that go most with the target"
    count = len(columns)
    side = min(max(4.0, 2.2 + 0.52 * count), 18.0)
    figure, axes = new_figure(title, (side + 1.2, side), dpi=120)
    size = 9 if count <= _NUMBERED else 6
    import matplotlib as mpl

    colours = mpl.colormaps["RdBu_r"].with_extremes(bad="#dddddd")
    image = axes.imshow(matrix, cmap=colours, vmin=-1, vmax=1)
    names = list(map(literal, columns))
    axes.set_xticks(range(count), names, rotation=45, ha="right", rotation_mode="anchor", fontsize=size)
    axes.set_yticks(range(count), names, fontsize=size)
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        labels[list(columns).index(target)].set_fontweight("bold")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if count <= _NUMBERED:
        for (row, column), r in np.ndenumerate(matrix):
            text = "" if np.isnan(r) else f"{r:.2f}"
            # White on the dark ends of the map.
            colour = "white" if abs(r) > 0.6 else "black"
            axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color=colour)
    figure.colorbar(image, ax=axes, shrink=0.8, label="correlation (Pearson's r)")
    with whole_file(path) as draft:
        figure.savefig(draft)


def _shade(axes: Axes, spans: Sequence[Span], line: ColumnValues, colour: str, label: str) -> None:
    """Shade stretches of time, each at least a pixel or two wide."""
    if not spans:
        return
    least = (line.times[-1] - line.times[0]) // (_PIXELS // 2)
    for index, (first, last) in enumerate(_joined(spans, least)):
        centre, half = first + (last - first) // 2, max((last - first) // 2, least // 2)
        begin, end = _datetimes(np.array([centre - half, centre + half]))
        name = f"{label} ({len(spans):,})" if index == 0 else None
        axes.axvspan(begin, end, color=colour, alpha=0.5, lw=0, label=name)


def _joined(spans: Sequence[Span], least: np.timedelta64) -> list[Span]:
    """Return stretches with those joined that would touch when drawn: a thousand at most stay."""
    joined = [spans[0]]
    for first, last in spans[1:]:
        if first - joined[-1][1] <= least:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return joined


def _unmeasured(line: ColumnValues) -> list[Span]:
    """Return the first and the last time stamp of each stretch of values that were not measured."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], line.measured, [True]]).astype(np.int8)))
    return [(line.times[first], line.times[end - 1]) for first, end in edges.reshape(-1, 2)]


def _datetimes(times: Times) -> list[Any]:
    """Return datetime objects, for which matplotlib picks its own date axis; its types say floats."""
    found: list[Any] = times.astype("datetime64[us]").tolist()
    return found


def _date_axis(axes: Axes) -> None:
    """Let ticks say what changes, and the year, month or day once."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(maxticks=12)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    first, last = axes.get_xlim()  # in days
    # Months among the ticks need the year alone beside them; days of one or two months, and hours, need more.
    of_days = "%Y-%b" if last - first < 21 else "%Y"
    offsets = ["", "%Y", of_days, "%Y-%b-%d", "%Y-%b-%d", "%Y-%b-%d %H:%M"]
    formatter = ConciseDateFormatter(locator, offset_formats=offsets)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)


def _time_unit(rows: int, line: ColumnValues) -> tuple[str, float]:
    """Return the unit in which so many rows of a column are some units long, and its length in rows."""
    if line.months:
        return ("months", 1 / line.months) if line.months % 12 else ("years", 12 / line.months)
    length = rows * line.interval
    units = (("days", DAY), ("hours", DAY // 24), ("minutes", 60_000_000), ("seconds", 1_000_000))
    unit, size = next((unit for unit in units if length >= 2 * unit[1]), ("milliseconds", 1000))
    return unit, size / max(line.interval, 1)

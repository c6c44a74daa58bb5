"""Pictures of a series: they are there, a gap is a hole in them, what was not measured is shaded."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from seqexp.config.errors import InputError
from seqexp.data.arrays import Floats
from seqexp.data.series.repair import repair
from seqexp.data.series.series import Series
from seqexp.reporting.data.column_values import column_values, head_rows
from seqexp.reporting.data.series_plots import BLUE, GREY, ORANGE, draw_series, plot_correlations, plot_line
from tests.factories import dataset_config, random_series, series_of, wave_series

NAMES = ["target.png", "target-first-days.png", "autocorrelation.png", "correlations.png"]


def with_gap(series: Series, row: int, rows: int) -> Series:
    """Return the series with so many rows lacking before a row."""
    later = np.where(np.arange(len(series)) >= row, rows, 0) * np.timedelta64(600, "s")
    return dataclasses.replace(series, times=series.times + later)


def painted(path: Path, colour: str, tolerance: float = 0.12) -> Floats:
    """Return (pixels across,): how many pixels of each column of the picture have that colour."""
    wanted = np.array([int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)])
    picture = imread(path)[..., :3]
    found: Floats = (np.abs(picture - wanted) < tolerance).all(axis=2).sum(axis=0).astype(np.float64)
    return found


def draw_target(series: Series, path: Path) -> None:
    plot_line(column_values(repair(series, dataset_config(), 6), "T (degC)"), path, "a test")


def widest_hole(columns: Floats) -> int:
    """Return the longest stretch without paint between the first and the last painted column."""
    at = np.flatnonzero(columns)
    return int(np.diff(at).max())


@pytest.mark.parametrize("rows", [600, 20_000])
def test_a_gap_leaves_a_hole(tmp_path: Path, rows: int) -> None:
    series = wave_series(rows)
    draw_target(series, tmp_path / "whole.png")
    draw_target(with_gap(series, rows // 2, rows // 4), tmp_path / "gap.png")
    whole, gap = painted(tmp_path / "whole.png", BLUE), painted(tmp_path / "gap.png", BLUE)
    assert widest_hole(whole) < 30
    # A fifth of the time axis, which is about 1,100 pixels long.
    assert 180 < widest_hole(gap) < 260


def test_gaps_and_held_values_are_shaded(tmp_path: Path) -> None:
    values = wave_series().values.copy()
    values[100:160, 1] = np.nan
    draw_target(with_gap(series_of(values), 400, 60), tmp_path / "picture.png")
    picture = imread(tmp_path / "picture.png")[..., :3]
    for colour in (GREY, ORANGE):
        shade = [0.5 + int(colour[index : index + 2], 16) / 510 for index in (1, 3, 5)]
        found = (np.abs(picture - shade) < 0.03).all(axis=2).sum(axis=0)
        assert 60 < (found > 100).sum() < 160, colour


def test_a_short_gap_in_a_long_series_is_still_seen(tmp_path: Path) -> None:
    draw_target(with_gap(wave_series(50_000), 20_000, 7), tmp_path / "picture.png")
    picture = imread(tmp_path / "picture.png")[..., :3]
    shade = [0.5 + int(GREY[index : index + 2], 16) / 510 for index in (1, 3, 5)]
    assert 1 <= ((np.abs(picture - shade) < 0.03).all(axis=2).sum(axis=0) > 30).sum() <= 8


def test_all_pictures_are_written(tmp_path: Path) -> None:
    paths = list(draw_series(wave_series(4000), dataset_config(lookback=144, delay=24), tmp_path / "a" / "b"))
    assert [path.name for path in paths] == NAMES
    assert all(path.stat().st_size > 10_000 for path in paths)


@pytest.mark.parametrize(
    "interval", [np.timedelta64(1, "ms"), np.timedelta64(7, "s"), np.timedelta64(1, "D"), np.timedelta64(30, "D")]
)
def test_any_interval_can_be_drawn(tmp_path: Path, interval: np.timedelta64) -> None:
    series = wave_series(700)
    series = dataclasses.replace(series, times=np.datetime64("2000-01-01", "us") + np.arange(700) * interval)
    paths = list(draw_series(series, dataset_config(lookback=12, delay=3), tmp_path))
    assert [path.name for path in paths] == NAMES


def test_two_rows_can_be_drawn(tmp_path: Path) -> None:
    assert len(list(draw_series(random_series(2), dataset_config(), tmp_path))) == 4


def test_one_column_among_many_constant_ones_can_be_drawn(tmp_path: Path) -> None:
    values = np.ones((300, 80))
    values[:, 7] = np.arange(300)
    columns = tuple(f"sensor number {index} (m)" for index in range(80))
    paths = list(draw_series(series_of(values, columns), dataset_config(target=columns[7]), tmp_path))
    assert len(paths) == 4


def test_the_heat_map_has_a_colour_for_each_sign(tmp_path: Path) -> None:
    matrix = np.array([[1, -1, np.nan], [-1, 1, 0], [np.nan, 0, 1]])
    plot_correlations(matrix, ["a", "b", "c"], "b", tmp_path / "map.png", "a test")
    assert painted(tmp_path / "map.png", "#67001f").max() > 50  # the ends of matplotlib's RdBu
    assert painted(tmp_path / "map.png", "#053061").max() > 50


def test_the_second_picture_shows_ten_days() -> None:
    line = column_values(repair(wave_series(4000), dataset_config(), 6), "T (degC)")
    assert head_rows(line) == (1440, "first 1,440 rows, ten days at 10 min a row")
    daily = dataclasses.replace(line, interval=86_400_000_000)
    assert head_rows(daily) == (1440, "first 1,440 rows, 1 d apart")
    assert head_rows(daily.head(30))[0] == 30


@pytest.mark.parametrize(
    ("months", "rows", "text"),
    [
        (1, 120, "first 120 rows, ten years at 1 month a row"),
        (3, 40, "first 40 rows, ten years at 3 months a row"),
        (12, 1000, "first 1,000 rows, 1 year apart"),
    ],
)
def test_the_second_picture_of_months_shows_ten_years(months: int, rows: int, text: str) -> None:
    line = column_values(repair(wave_series(1000), dataset_config(), 6), "T (degC)")
    monthly = dataclasses.replace(line, interval=31 * months * 86_400_000_000, months=months)
    assert head_rows(monthly) == (rows, text)


def test_lags_of_months_are_in_months(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    drawn: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, path: drawn.append(figure))
    series = wave_series(400)
    for months, unit, delay in ((1, "months", "1 year"), (3, "months", "3 years"), (12, "years", "12 years")):
        stamps = (np.datetime64("1900-01", "M") + months * np.arange(400)).astype("datetime64[us]")
        dated = dataclasses.replace(series, times=stamps)
        list(draw_series(dated, dataset_config(lookback=12, delay=12, step=1), tmp_path))
        (axes,) = drawn[-2].axes
        labels = [text.get_text() for text in axes.get_legend().get_texts()]
        assert axes.get_xlabel() == f"lag, {unit}"
        assert any(label.startswith(f"delay, {delay}:") for label in labels)
    plt.close("all")


def test_nothing_is_written_for_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"dataset.target must be one of .* Did you mean 'T \(degC\)'"):
        list(draw_series(random_series(), dataset_config(target="T (degF)"), tmp_path / "pictures"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="--output must be a folder that can be written"):
        list(draw_series(random_series(), dataset_config(), tmp_path / "file" / "pictures"))

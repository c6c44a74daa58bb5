"""What the page's pictures are made of, from values that are written down here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.evaluation.forecasts import Forecasts
from seqexp.reporting.page.content import PageLine
from seqexp.reporting.page.figures import DASHES, ON_DARK, look, plain, short
from seqexp.reporting.page.forecast_charts import Forecaster, by_time_figure, first_days, hardest_days, stretch_figure
from seqexp.reporting.page.run_charts import Curve, curves_figure, read_sweep, sweep_figures, thinned
from seqexp.reporting.runs.plots import COLOURS
from seqexp.reporting.sweeps.setting import Setting
from seqexp.reporting.sweeps.sweep_plots import FinishedJob, varied_axes
from seqexp.tasks.lead import Lead
from seqexp.tasks.metric import ACCURACY, MAE
from tests.reporting.page.parsed import numbers


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_lines_can_be_seen_on_dark_and_told_apart() -> None:
    assert set(COLOURS) <= set(ON_DARK)
    assert all(contrast(colour, "#171b21") > 4.5 for colour in ON_DARK.values())
    assert all(contrast(colour, "#ffffff") > 2.1 for colour in COLOURS)
    distinct = len(COLOURS) * len(DASHES)
    assert len({look(number) for number in range(distinct)}) == distinct


@given(st.lists(st.floats(0, 10), min_size=1, max_size=400), st.integers(3, 50))
def test_a_thinned_curve_keeps_first_last_and_best(values: Sequence[float], most: int) -> None:
    points = list(enumerate(values, start=1))
    best = min(values)
    found = thinned(points, best, most)
    assert len(found) <= most
    assert found == sorted(set(found))
    assert set(found) <= set(points)
    assert {points[0], points[-1]} <= set(found)
    assert best in [value for _, value in found]


def line(name: str) -> PageLine:
    return PageLine(name, name, (), COLOURS[0])


PLAIN = Setting("", MAE)


def curve(name: str, points: Sequence[tuple[int, float]], best: float) -> Curve:
    return Curve(f"{name}r0", line(name), name, points, best)


def test_a_training_that_goes_astray_flattens_no_other() -> None:
    good = [curve(str(n), [(1, 0.30), (2, 0.25)], 0.25) for n in range(3)]
    figure = curves_figure([*good, curve("astray", [(1, 0.3), (2, 9e9)], 0.3)], PLAIN, [("naive", 0.29)])
    assert figure["layout"]["yaxis"]["range"][1] < 1
    assert "range" not in curves_figure(good, PLAIN, [])["layout"]["yaxis"]


def test_what_is_not_finite_is_left_to_the_axes() -> None:
    figure = curves_figure([curve("nan", [(1, math.nan), (2, math.inf)], math.nan)], PLAIN, [])
    assert figure["data"][0]["y"] == [None, None]


@pytest.mark.parametrize(("span", "ticks"), [(4, 1), (12, 1), (20, 2), (39, 5), (100, 10), (900, 100)])
def test_ticks_are_whole_epochs(span: int, ticks: int) -> None:
    figure = curves_figure([curve("a", [(1, 0.3), (1 + span, 0.2)], 0.2)], PLAIN, [])
    assert figure["layout"]["xaxis"]["dtick"] == ticks


SUMMARY = """job,dataset.step,seed,measure,val,skill_val,test,skill_test,seconds,status,run_id
a,3,1,mae,0.25,0.1,0.26,0.1,3.0,FINISHED,aa
b,3,2,mae,0.27,0.1,0.28,0.1,3.0,FINISHED,bb
c,12,1,mae,0.30,0.1,0.31,0.1,3.0,FINISHED,cc
d,12,2,,,,,,3.0,FAILED,dd
"""


def test_a_sweep_is_read_without_what_failed() -> None:
    jobs = read_sweep("sweep", SUMMARY)
    assert set(jobs) == {"aa", "bb", "cc"}
    assert jobs["bb"] == FinishedJob("b", {"dataset.step": "3", "seed": "2"}, 0.27, 0.28)
    with pytest.raises(ValueError, match=r"summary\.csv of mine has no columns job and measure, but a, b"):
        read_sweep("mine", "a,b\n1,2\n")


def test_seeds_are_repetitions_of_one_axis() -> None:
    jobs = list(read_sweep("sweep", SUMMARY).values())
    assert varied_axes(jobs) == ["dataset.step"]
    ((title, figure),) = sweep_figures(jobs, PLAIN)
    assert title == "MAE over dataset.step"
    mean, each, *_ = figure["data"]
    assert (mean["x"], mean["y"]) == ([3.0, 12.0], [pytest.approx(0.26), 0.30])
    assert each["x"] == [3.0, 3.0, 12.0]
    assert figure["layout"]["xaxis"]["ticktext"] == ["3", "12"]


def test_only_seeds_give_no_picture_and_three_axes_one_each() -> None:
    alone = [FinishedJob("", {"seed": "1"}, 0.2, 0.3), FinishedJob("", {"seed": "2"}, 0.2, 0.3)]
    assert sweep_figures(alone, PLAIN) == []
    jobs = [FinishedJob("", {"a": str(n), "b": str(-n), "c": "xy"[n % 2]}, 0.1 * n, 0.1) for n in range(1, 5)]
    found = sweep_figures(jobs, Setting("", ACCURACY))
    assert [title for title, _ in found] == ["accuracy over a", "accuracy over b", "accuracy over c"]
    assert found[1][1]["data"][0]["x"] == [-4, -3, -2, -1]


def test_two_axes_of_which_few_combinations_were_tried_are_shown_one_by_one() -> None:
    """A search draws each learning rate once: its map would be empty but for one cell per column."""
    jobs = [FinishedJob("", {"units": str(8 * (n % 4)), "rate": f"0.00{n}"}, 0.1 * n, 0.1) for n in range(1, 9)]
    search = sweep_figures(jobs, PLAIN)
    assert [title for title, _ in search] == ["MAE over units", "MAE over rate"]
    grid = [FinishedJob("", {"units": str(n), "rate": str(m)}, 0.1 * n, 0.1) for n in (1, 2) for m in (1, 2)]
    assert [title for title, _ in sweep_figures(grid, PLAIN)] == ["val MAE over units and rate"]


NAIVE = {"a": ("naive", 0.31)}
IN_UNITS = Setting("", MAE, (2.0, "deg C"), NAIVE)


def sweep_over(*axes: str, baselines: Sequence[float] = (0.31, 0.31, 0.31, 0.31)) -> list[FinishedJob]:
    """Return four jobs, of values 1 and 2 on each axis."""
    places = [(1, 1), (1, 2), (2, 1), (2, 2)]
    return [
        FinishedJob("", {axis: str(place[at]) for at, axis in enumerate(axes)}, 0.2 + 0.01 * n, 0.25, (), baselines[n])
        for n, place in enumerate(places)
    ]


def test_a_picture_of_a_sweep_has_the_baseline_and_the_unit() -> None:
    ((_, figure),) = sweep_figures(sweep_over("a"), IN_UNITS)
    traces = {trace.get("name"): trace for trace in figure["data"]}
    level = traces["naive (baseline): 0.3100"]
    assert (level["x"], level["y"]) == ([1, 2], [0.31, 0.31])
    assert level["customdata"][0] == "0.62 deg C"
    first, second = figure["layout"]["yaxis"], figure["layout"]["yaxis2"]
    assert (first["title"]["text"], second["title"]["text"]) == ("MAE, normalised", "MAE, deg C")
    assert second["matches"] == "y"
    ticks = dict(zip(second["ticktext"], second["tickvals"], strict=True))
    assert {"0.40", "0.60"} <= set(ticks)
    assert all(value == pytest.approx(float(text) / 2) for text, value in ticks.items())


def test_a_baseline_that_differs_along_the_axis_is_a_line_of_its_own() -> None:
    ((_, figure),) = sweep_figures(sweep_over("a", baselines=(0.30, 0.30, 0.40, 0.40)), IN_UNITS)
    (along,) = [trace["y"] for trace in figure["data"] if trace.get("name") == "baseline, validation"]
    assert along == [pytest.approx(0.30), pytest.approx(0.40)]


def test_a_baseline_far_away_flattens_nothing() -> None:
    far = replace(IN_UNITS, baselines={"a": ("naive", 9.0)})
    ((_, figure),) = sweep_figures(sweep_over("a", baselines=[9.0] * 4), far)
    assert figure["layout"]["yaxis"]["range"][1] < 1
    assert any(trace.get("name") == "naive (baseline): 9.0000" for trace in figure["data"])


def test_a_map_has_the_unit_in_its_cells() -> None:
    ((_, figure),) = sweep_figures(sweep_over("a", "b"), IN_UNITS)
    assert figure["data"][0]["text"][0][0] == "0.2000<br>0.40 deg C"
    assert figure["data"][0]["colorbar"]["title"]["text"] == "val MAE, normalised"


def test_curves_have_the_unit() -> None:
    figure = curves_figure([curve("a", [(1, 0.3), (2, 0.25)], 0.25)], IN_UNITS, [("naive", 0.31)])
    assert figure["layout"]["yaxis2"]["title"]["text"] == "MAE, deg C"
    assert figure["data"][0]["customdata"] == ["0.60 deg C", "0.50 deg C"]
    assert "yaxis2" not in curves_figure([curve("a", [(1, 0.3)], 0.3)], PLAIN, [])["layout"]


def forecasts(days: int, hard: int, missing: Sequence[int] = ()) -> Forecasts:
    """Hourly forecasts that are 1 off, and 5 off from day `hard` on for 14 days."""
    hours = np.array([h for h in range(24 * days) if h // 24 not in missing])
    off = np.where((hours // 24 >= hard) & (hours // 24 < hard + 14), 5.0, 1.0)
    times = np.datetime64("2020-01-01T00:00", "ms") + np.timedelta64(3_600_000, "ms") * hours
    zero = np.zeros(len(hours))
    return Forecasts("T (degC)", hours, times, zero, off, zero, "naive")


def test_the_hardest_days_are_found() -> None:
    begin, end = hardest_days(forecasts(100, 40), MAE)
    assert str(begin) == "2020-02-10"
    assert str(end) == "2020-02-24"
    begin, end = hardest_days(forecasts(5, 1), MAE)
    assert (str(begin), str(end)) == ("2020-01-01", "2020-01-06")


def test_few_windows_make_no_hardest_days() -> None:
    # Day 60 stands alone, among days without windows, and errs most.
    lonely = forecasts(100, 60, missing=[day for day in range(47, 100) if day != 60])
    begin, _ = hardest_days(lonely, MAE)
    assert begin < np.datetime64("2020-02-10")


@pytest.mark.parametrize(("step", "days"), [("h", 14), ("8h", 14), ("D", 60), ("W", 420), ("MS", 1860), ("YS", 21_900)])
def test_a_stretch_of_coarse_rows_has_enough_of_them(step: str, days: int) -> None:
    times = pd.date_range("1700-01-01", periods=200, freq=step).to_numpy().astype("datetime64[ms]")
    zero = np.zeros(len(times))
    held = Forecasts("T (degC)", np.arange(len(times)), times, zero, zero, zero, "naive")
    begin, end = first_days(held)
    assert (end - begin) / np.timedelta64(1, "D") == days


def test_each_true_lead_has_its_own_naive_forecast() -> None:
    def forecaster(name: str, naive: float, lead: float) -> Forecaster:
        held = forecasts(20, 90)
        off = np.full(len(held.rows), naive)
        return Forecaster(line(name), replace(held, baseline=off), Lead(lead))

    runs = [forecaster("gru", 2.0, 25.0), forecaster("lstm", 2.0, 25.0), forecaster("tcn", 3.0, 24.5)]
    between = (runs[0].forecasts.times.min(), runs[0].forecasts.times.max())
    for figure in (by_time_figure(runs, MAE, "deg C", "hour"), stretch_figure(runs, between, "deg C")):
        naives = {trace["name"]: trace for trace in figure["data"] if trace["name"].startswith("naive")}
        assert list(naives) == ["naive, 25 h", "naive, 24.5 h"]
        assert [set(numbers(trace["y"])) for trace in naives.values()] == [{2.0}, {3.0}]
        assert len({trace["line"]["dash"] for trace in naives.values()}) == 2
    names = [trace["name"] for trace in by_time_figure(runs[:2], MAE, "deg C", "hour")["data"]]
    assert names == ["naive", "gru", "lstm"]


def test_a_line_breaks_where_windows_are_missing() -> None:
    held = forecasts(10, 90, missing=[4])
    run = Forecaster(line("gru"), held)
    between = (held.times.min(), held.times.max() + np.timedelta64(1, "ms"))
    actual = stretch_figure([run], between, "deg C")["data"][1]
    assert actual["y"].count(None) == 1
    assert actual["x"][actual["y"].index(None)] == "2020-01-04T23:00"
    assert len(actual["y"]) == 9 * 24 + 1


def test_names_are_shown_letter_by_letter() -> None:
    assert plain("a<b> & %{x}") == "a&lt;b&gt; &amp; %&#123;x}"
    assert short("x" * 50) == "x" * 39 + "…"


@pytest.mark.parametrize(
    ("column", "unit", "axis"),
    [("T (degC)", "deg C", "T, deg C"), ("AirTC_Avg", "deg C", "AirTC_Avg, deg C"), ("load", "", "load")],
)
def test_an_axis_names_the_column_and_its_unit_wherever_that_stands(column: str, unit: str, axis: str) -> None:
    run = Forecaster(line("a"), replace(forecasts(20, 0), target_name=column), Lead(hours=1.0))
    figure = stretch_figure([run], first_days(run.forecasts), unit)
    assert figure["layout"]["yaxis"]["title"]["text"] == axis

"""Pictures of forecasts: beside what came true, and where they err."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from seqexp.data.arrays import Floats, Times
from seqexp.evaluation.figure_by import by_time
from seqexp.evaluation.forecasts import Forecasts
from seqexp.evaluation.losses import spacing
from seqexp.reporting.page.content import PageLine
from seqexp.reporting.page.figures import INK, as_data, baseline_line, new_chart, run_line
from seqexp.reporting.runs.plots import with_unit
from seqexp.reporting.stretch import drawn_days
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tasks.lead import Lead
from seqexp.tasks.metric import Metric

_POINTS = 2500  # of a line
_DASHES = ("dot", "dashdot", "dash")  # of baselines with other true leads


@dataclass(frozen=True)
class Forecaster:
    """A run with its group's line in the leaderboard, its forecasts of the test part, and its true lead."""

    group: PageLine
    forecasts: Forecasts
    lead: Lead | None = None


def hardest_days(forecasts: Forecasts, metric: Metric) -> tuple[np.datetime64, np.datetime64]:
    """Return [begin, end) of the days in a row on which a run's windows cost most by a metric, on their mean.

    They are as many as are drawn. A shorter part is taken whole. Stretches begin at midnight; one with fewer than half
    of the windows that a stretch has at most is not looked at.
    """
    day = forecasts.times.astype("datetime64[D]").astype(np.int64)
    first, span = int(day.min()), int(day.max() - day.min()) + 1
    count = np.bincount(day - first, minlength=span)
    total = np.bincount(day - first, weights=forecasts.losses(metric, forecasts.prediction), minlength=span)
    length = min(_drawn(forecasts), span)
    ones = np.ones(length)
    counts, totals = np.convolve(count, ones, "valid"), np.convolve(total, ones, "valid")
    means = np.where(counts >= counts.max() / 2, totals / np.maximum(counts, 1), -np.inf)
    begin = np.datetime64(first + int(np.argmax(means)), "D")
    return begin, begin + np.timedelta64(length, "D")


def first_days(forecasts: Forecasts) -> tuple[np.datetime64, np.datetime64]:
    """Return [begin, end) of the first days of a part."""
    begin = forecasts.times.min()
    return begin, begin + np.timedelta64(_drawn(forecasts) * 86400, "s")


def _drawn(forecasts: Forecasts) -> int:
    """Return how many days of a part are drawn, given how far its rows are apart."""
    if len(forecasts.times) < 2:
        return drawn_days(0)
    apart = np.diff(np.sort(forecasts.times)).astype("timedelta64[us]").astype(np.int64)
    return drawn_days(float(np.median(apart)) / spacing(forecasts.rows))


def stretch_figure(
    runs: Sequence[Forecaster], between: tuple[np.datetime64, np.datetime64], unit: str
) -> dict[str, Any]:
    """Return what came true, the baseline and the forecasts of some runs, the best first, over a stretch [begin, end).

    Where not all windows were scored, each forecast is a point: a line would turn and twist between them.
    """
    import plotly.graph_objects as go

    best = runs[0].forecasts
    mode = "lines" if spacing(best.rows) == 1 else "markers"
    figure = new_chart("time of the target", with_unit(best.target_name, unit))
    for name, forecasts, dash in _baselines(runs):
        x, y = _within(forecasts.times, forecasts.baseline, between)
        figure.add_trace(
            baseline_line(name, x, y, "solid" if forecasts is best else dash, 1.2, connectgaps=False, mode=mode)
        )
    x, y = _within(best.times, best.target, between)
    line = {"color": INK, "width": 2.2}
    figure.add_trace(go.Scatter(x=x, y=y, mode="lines", name="actual", line=line, connectgaps=False))
    for run in runs:
        x, y = _within(run.forecasts.times, run.forecasts.prediction, between)
        figure.add_trace(run_line(run.group, x, y, mode=mode))
    figure.update_traces(hovertemplate="%{y:.2f}")
    figure.update_layout(hovermode="x unified")
    return as_data(figure)


def leads_of(runs: Sequence[Forecaster]) -> list[Lead | None]:
    """Return the true leads of some runs, each once: what sees nearer to the target has another baseline."""
    return list(dict.fromkeys(run.lead for run in runs))


def _baselines(runs: Sequence[Forecaster]) -> Iterator[tuple[str, Forecasts, str]]:
    """Yield (name, forecasts, dash) of the best baseline of each true lead, with the first run that has the lead."""
    leads = leads_of(runs)
    for lead, dash in zip(leads, itertools.cycle(_DASHES)):
        first = next(run for run in runs if run.lead == lead)
        name = baseline_in_words(first.forecasts.baseline_name)
        yield name if len(leads) == 1 or lead is None else f"{name}, {lead}", first.forecasts, dash


def _within(
    times: Times, values: Floats, between: tuple[np.datetime64, np.datetime64]
) -> tuple[list[str], list[float | None]]:
    """Return what lies in a stretch, thinned, with a gap in the line where windows are missing."""
    begin, end = (edge.astype("datetime64[ms]") for edge in between)
    order = np.argsort(times, kind="stable")
    at = order[(times[order] >= begin) & (times[order] < end)]
    at = at[:: max(1, -(-len(at) // _POINTS))]
    x, y = times[at], values[at]
    steps = np.diff(x.astype(np.int64))
    usual = float(np.median(steps)) if len(steps) else 0.0
    shown: list[float | None] = np.round(y, 4).tolist()
    stamps = np.datetime_as_string(x, unit="m").tolist()
    for gap in np.flatnonzero(steps > 6 * usual)[::-1].tolist():
        stamps.insert(gap + 1, stamps[gap])
        shown.insert(gap + 1, None)
    return stamps, shown


def by_time_figure(
    runs: Sequence[Forecaster], metric: Metric, unit: str, of: Literal["hour", "month"]
) -> dict[str, Any]:
    """Return the figure of some runs, and of the baseline of each true lead, by hour or month of the target."""
    axis = {"hour": "hour of the day", "month": "month"}[of]
    figure = new_chart(axis, f"{metric.label}, {unit}" if unit and metric.has_unit else metric.label)
    for name, forecasts, dash in _baselines(runs):
        found = by_time(metric, forecasts.losses(metric, forecasts.baseline), forecasts.times, of)
        hover = f"%{{x}}: %{{y:.3f}}<extra>{name}</extra>"
        figure.add_trace(baseline_line(name, found.names, found.figure, dash, hovertemplate=hover))
    for run in runs:
        found = by_time(metric, run.forecasts.losses(metric, run.forecasts.prediction), run.forecasts.times, of)
        hover = "%{x}: %{y:.3f}, %{customdata:,} windows"
        figure.add_trace(run_line(run.group, found.names, found.figure, hover=hover, customdata=found.count))
    figure.update_traces(connectgaps=True)  # every n-th window was scored: some hours may have none
    figure.update_xaxes(type="category")
    return as_data(figure)

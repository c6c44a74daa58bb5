"""Pictures of forecasts at many leads and of many columns: error over lead, error by column, fans of forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqexp.data.series.column_names import unit_of
from seqexp.evaluation.fans import Fan
from seqexp.evaluation.lead_scores import LeadScores
from seqexp.reporting.page.content import PageLine
from seqexp.reporting.page.figures import INK, as_data, baseline_line, new_chart, of_run, plain, run_line, short
from seqexp.reporting.runs.plots import GREY, with_unit
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tasks.metric import Metric

_NAIVE = (("naive", "naive", "dot"), ("seasonal_naive", "seasonal naive", "dash"))


@dataclass(frozen=True)
class LeadScorer:
    """A run with its group's line in the leaderboard, and its test figures by lead and column."""

    group: PageLine
    scores: LeadScores


def error_by_lead_figure(runs: Sequence[LeadScorer], metric: Metric, between: str) -> dict[str, Any]:
    """Return the error of some runs, and of the naive forecasts, over the lead; `between` says from which to which."""
    figure = new_chart(f"rows after the last one seen, {between}", f"test {metric.label}, normalised")
    first = runs[0].scores
    for who, name, dash in _NAIVE:
        if (values := first.over_leads(metric.key, who)) is not None:
            hover = f"%{{x}} rows: %{{y:.4f}}<extra>{name}</extra>"
            figure.add_trace(baseline_line(name, first.leads, values, dash, hovertemplate=hover))
    for run in runs:
        values = run.scores.over_leads(metric.key)
        figure.add_trace(run_line(run.group, run.scores.leads, values, hover="%{x} rows: %{y:.4f}", mode="lines"))
    figure.update_yaxes(rangemode="tozero")
    return as_data(figure)


def error_by_column_figure(runs: Sequence[LeadScorer], metric: Metric) -> dict[str, Any]:
    """Return the error of some runs, and of the naive forecasts, column by column."""
    import plotly.graph_objects as go

    figure = new_chart("column", f"test {metric.label}, normalised")
    first = runs[0].scores
    for (who, name, _), opacity in zip(_NAIVE, (0.45, 0.8), strict=True):
        if (values := first.over_columns(metric.key, who)) is not None:
            hover = f"%{{x}}: %{{y:.4f}}<extra>{name}</extra>"
            look = {"marker": {"color": GREY}, "opacity": opacity}  # of the trace, or the legend would not show it
            figure.add_trace(go.Bar(x=first.columns, y=values, name=name, hovertemplate=hover, **look))
    for run in runs:
        figure.add_trace(
            go.Bar(
                x=run.scores.columns,
                y=run.scores.over_columns(metric.key),
                name=short(run.group.name),
                marker={"color": run.group.colour},
                meta=of_run(run.group.id),
                hovertemplate=f"%{{x}}: %{{y:.4f}}<extra>{plain(run.group.name)}</extra>",
            )
        )
    figure.update_layout(barmode="group")
    figure.update_xaxes(type="category")
    return as_data(figure)


def fan_figure(runs: Sequence[tuple[PageLine, Sequence[Fan]]], column: str, baseline: str) -> dict[str, Any]:
    """Return forecasts of some runs from a few origins, the best baseline's, and what came."""
    import plotly.graph_objects as go

    figure = new_chart("time of the target", with_unit(column, unit_of(column)))
    fans = runs[0][1]
    x, y = _joined(fans, [fan.baseline for fan in fans])
    figure.add_trace(baseline_line(baseline_in_words(baseline), x, y, "dash", 1.2, connectgaps=False))
    times = np.concatenate([fan.times for fan in fans])
    order = np.unique(times, return_index=True)[1]
    came = np.concatenate([fan.target for fan in fans])[order]
    figure.add_trace(
        go.Scatter(
            x=_stamps(times[order]), y=_short(came), mode="lines", name="actual", line={"color": INK, "width": 1.6}
        )
    )
    for group, its in runs:
        x, y = _joined(its, [fan.prediction for fan in its])
        figure.add_trace(run_line(group, x, y, mode="lines", connectgaps=False))
    figure.update_traces(hovertemplate="%{y:.3f}")
    figure.update_layout(hovermode="x unified")
    return as_data(figure)


def _joined(fans: Sequence[Fan], values: Sequence[Any]) -> tuple[list[str], list[float | None]]:
    """Return the lines of some windows as one, with a gap between two."""
    x, y = list[str](), list[float | None]()
    for fan, line in zip(fans, values, strict=True):
        stamps = _stamps(fan.times)
        x += [*stamps, stamps[-1]]
        y += [*_short(line), None]
    return x, y


def _stamps(times: Any) -> list[str]:
    return list(np.datetime_as_string(times, unit="m").tolist())


def _short(values: Any) -> list[float]:
    """Return values with the digits that are seen: pages of many grow long."""
    return [float(f"{value:.5g}") for value in values.tolist()]

"""What all of the page's pictures have in common: their colours, and how Plotly makes them for the page's script."""

from __future__ import annotations

import html
import json
import math
from typing import TYPE_CHECKING, Any

from seqexp.reporting.numbers import abbreviated, round_step
from seqexp.reporting.page.content import PageLine
from seqexp.reporting.runs.plots import COLOURS, GREY
from seqexp.reporting.sweeps.setting import Setting

if TYPE_CHECKING:
    import plotly.graph_objects as go

DASHES = ("solid", "dash", "dot", "dashdot")
INK = "#1F2328"  # what came true

# For each colour of the light page the lighter one where the background is dark. The script has no colours of its own.
_LIGHTER = ("#3D9BDC", "#F5813B", "#2FC498", "#E5A0C8", "#F2B632", "#A5DBFF")
ON_DARK = dict(zip(COLOURS, _LIGHTER, strict=True)) | {INK: "#E6EAF0", GREY: "#98A2B0"}


def look(number: int) -> tuple[str, str]:
    """Return colour and dash of a group by its position, from 0."""
    return COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]


def new_chart(x: str, y: str) -> go.Figure:
    """Return a figure without data, by what its axes are. Its fonts and colours are the page's, light or dark."""
    import plotly.graph_objects as go

    figure = go.Figure(layout={"template": None})
    figure.update_xaxes(title={"text": plain(x)}, automargin=True)
    figure.update_yaxes(title={"text": plain(y)}, automargin=True)
    return figure


def add_second_scale(figure: go.Figure, setting: Setting, between: tuple[float, float]) -> None:
    """Give a figure of normalised errors a second scale on the right, in the target's unit, if there is one.

    It is the first scale with other words on it, and so follows whatever the reader zooms to.

    Args:
        figure: What is drawn on.
        setting: The metric, and the target's unit.
        between: The lowest and the highest figure that are shown at first.
    """
    import plotly.graph_objects as go

    if setting.unit is None:
        return
    scale, unit = setting.unit
    low, high = (value * scale for value in between)
    step, decimals = round_step(high - low)
    # As far again on both sides: whoever zooms out finds ticks there, too.
    ticks = range(math.floor((2 * low - high) / step), math.ceil((2 * high - low) / step) + 1)
    shown = [tick for tick in ticks if tick >= 0 or low < 0]
    figure.add_trace(go.Scatter(x=[None], y=[None], yaxis="y2", showlegend=False, hoverinfo="skip"))
    figure.update_layout(
        yaxis2={
            "overlaying": "y",
            "matches": "y",
            "side": "right",
            "showgrid": False,
            "automargin": True,
            "title": {"text": plain(f"{setting.metric.label}, {unit}")},
            "tickvals": [tick * step / scale for tick in shown],
            "ticktext": [f"{tick * step:.{decimals}f}" for tick in shown],
        }
    )


def of_run(group: str) -> dict[str, str]:
    """Return what tells the page that a picture is of the first run of a group's line, and goes with either's tick."""
    return {"group": group, "run": f"{group}r0"}


def run_line(group: PageLine, x: Any, y: Any, *, hover: str = "", **settings: Any) -> go.Scatter:
    """Return a line about the first run of a group, in the group's colour and dash; `settings` are Plotly's own."""
    import plotly.graph_objects as go

    line = {"color": group.colour, "dash": group.dash, "width": 2}
    usual = {"mode": "lines+markers", "name": short(group.name), "line": line, "meta": of_run(group.id)}
    if hover:
        usual["hovertemplate"] = f"{hover}<extra>{plain(group.name)}</extra>"
    return go.Scatter(x=x, y=y, **usual | settings)


def baseline_line(name: str, x: Any, y: Any, dash: str = "dot", width: float = 1.5, **settings: Any) -> go.Scatter:
    """Return a line that others are compared with; dash, width in CSS pixels, and `settings` are Plotly's own."""
    import plotly.graph_objects as go

    line = {"color": GREY, "dash": dash, "width": width}
    return go.Scatter(x=x, y=y, **{"mode": "lines", "name": name, "line": line} | settings)


def heat_map(across: str, down: str, **settings: Any) -> dict[str, Any]:
    """Return a map of cells, the first row on top, by what its axes are; `settings` are those of Plotly's heat map."""
    import plotly.graph_objects as go

    figure = new_chart(across, down)
    figure.add_trace(go.Heatmap(xgap=2, ygap=2, **settings))
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(type="category", showgrid=False, autorange="reversed")
    return as_data(figure)


def is_map(figure: dict[str, Any]) -> bool:
    """Return whether a figure is a map of cells, in which no baseline can be drawn."""
    return any(trace["type"] == "heatmap" for trace in figure["data"])


def colour_bar(title: str, **settings: Any) -> dict[str, Any]:
    """Return what a colour bar looks like: its title stands beside it, for above it is the picture's tool bar."""
    return {"title": {"text": plain(title), "side": "right"}, "thickness": 14} | settings


def as_data(figure: go.Figure) -> dict[str, Any]:
    """Return a figure's data and layout as values for JSON: arrays in base64, NaN and infinities as null."""
    found: dict[str, Any] = json.loads(str(figure.to_json()))
    return found


def short(text: str, longest: int = 40) -> str:
    """Return a name as a legend has room for it; of a long one its beginning."""
    return plain(abbreviated(text, longest))


def plain(text: str) -> str:
    """Return a text as Plotly shows it letter by letter: it takes some HTML, and %{…} in hover texts, for its own."""
    return html.escape(text, quote=False).replace("%{", "%&#123;")

"""What all of the page's pictures have in common: their colours, and how Plotly makes them for the page's script."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

from seqexp.reporting.numbers import abbreviated
from seqexp.reporting.page.content import PageLine
from seqexp.reporting.runs.plots import COLOURS, GREY

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

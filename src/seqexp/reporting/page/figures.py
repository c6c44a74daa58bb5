"""What all of the page's pictures have in common: their colours, and how Plotly makes them for the page's script."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

from seqexp.reporting.page.content import PageLine
from seqexp.reporting.runs.plots import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Okabe and Ito's palette, which colour-blind readers can distinguish too; without yellow, hard to see on white.
LINES = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("solid", "dash", "dot", "dashdot")
INK = "#1F2328"  # what came true
BASELINE = GREY

# For each colour of the light page the lighter one where the background is dark. The script has no colours of its own.
ON_DARK = {
    BLUE: "#3D9BDC",
    ORANGE: "#F5813B",
    "#009E73": "#2FC498",
    "#CC79A7": "#E5A0C8",
    "#E69F00": "#F2B632",
    "#56B4E9": "#A5DBFF",
    INK: "#E6EAF0",
    GREY: "#98A2B0",
}

DISTINCT = len(LINES) * len(DASHES)  # groups that look different


def look(number: int) -> tuple[str, str]:
    """Return colour and dash of a group by its position, from 0."""
    return LINES[number % len(LINES)], DASHES[number // len(LINES) % len(DASHES)]


def new_chart(x: str, y: str) -> go.Figure:
    """Return a figure without data. Its fonts and colours are the page's, light or dark.

    Args:
        x: What the horizontal axis is.
        y: What the vertical axis is.
    """
    import plotly.graph_objects as go

    figure = go.Figure(layout={"template": None})
    figure.update_xaxes(title={"text": plain(x)}, automargin=True)
    figure.update_yaxes(title={"text": plain(y)}, automargin=True)
    return figure


def of_run(group: str) -> dict[str, str]:
    """Return what says in the page that a picture is of the first run of a line, and goes with either's tick.

    Args:
        group: The id of the group's line.
    """
    return {"group": group, "run": f"{group}r0"}


def run_line(group: PageLine, x: Any, y: Any, **settings: Any) -> go.Scatter:
    """Return a line about the first run of a group, in the group's colour and dash.

    Args:
        group: The group's line in the leaderboard.
        x: Of its points.
        y: Of its points.
        settings: More of Plotly's, or others.
    """
    import plotly.graph_objects as go

    line = {"color": group.colour, "dash": group.dash, "width": 2}
    usual = {"mode": "lines+markers", "name": short(group.name), "line": line, "meta": of_run(group.id)}
    return go.Scatter(x=x, y=y, **usual | settings)


def baseline_line(name: str, x: Any, y: Any, dash: str = "dot", width: float = 1.5, **settings: Any) -> go.Scatter:
    """Return a line that others are compared with.

    Args:
        name: Its name in the legend.
        x: Of its points.
        y: Of its points.
        dash: How it is dashed, as Plotly names it.
        width: In CSS pixels.
        settings: More of Plotly's.
    """
    import plotly.graph_objects as go

    line = {"color": BASELINE, "dash": dash, "width": width}
    return go.Scatter(x=x, y=y, mode="lines", name=name, line=line, **settings)


def as_data(figure: go.Figure) -> dict[str, Any]:
    """Return a figure's data and layout as values for JSON: arrays in base64, NaN and infinities as null."""
    found: dict[str, Any] = json.loads(str(figure.to_json()))
    return found


def short(text: str, longest: int = 40) -> str:
    """Return a name as a legend has room for it; of a long one its beginning."""
    return plain(text if len(text) <= longest else f"{text[: longest - 1]}…")


def plain(text: str) -> str:
    """Return a text as Plotly shows it letter by letter: it takes some HTML, and %{…} in hover texts, for its own."""
    return html.escape(text, quote=False).replace("%{", "%&#123;")

"""The page itself: one HTML file that holds its styles, its script, Plotly's, and all data; it loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json

from seqexp.reporting.page.content import Report
from seqexp.reporting.page.figures import ON_DARK
from seqexp.reporting.pages import read, template


def render(report: Report) -> str:
    """Return the page.

    Its Content-Security-Policy allows the two scripts by their digests and forbids every connection: what a run's name
    or note might bring in can't be executed, and nothing is fetched.
    """
    from plotly.offline import get_plotlyjs

    # The digests are of what a browser reads: line ends are one character there.
    plotly, script = (text.replace("\r\n", "\n") for text in (get_plotlyjs(), read("page.js")))
    figures = {chart.id: chart.figure for task in report.tasks for section in task.sections for chart in section.charts}
    return template("page.html").render(
        report=report,
        style=read("page.css"),
        plotly=plotly,
        script=script,
        digests=[_digest(plotly), _digest(script)],
        figures=_inside_script(figures),
        on_dark=_inside_script(ON_DARK),
    )


def _digest(script: str) -> str:
    """Return a script's digest as Content-Security-Policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode('utf-8')).digest()).decode('ascii')}"


def _inside_script(value: object) -> str:
    """Return a value as JSON that nothing in it can end the script element around it."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

"""The colours of lines. The page's script swaps each for a lighter one where the background is dark."""

from __future__ import annotations

from seqexp.reporting.runs.plots import BLUE, GREY, ORANGE

# Okabe and Ito's palette, told apart by colour-blind readers too; without yellow, which is hard to see on white.
LINES = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("solid", "dash", "dot", "dashdot")
INK = "#1F2328"  # what came true
BASELINE = GREY

# By the light page's colour. The script has no colours of its own.
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

DISTINCT = len(LINES) * len(DASHES)  # groups that can be told apart


def look(number: int) -> tuple[str, str]:
    """Return colour and dash of the group at this place, from 0."""
    return LINES[number % len(LINES)], DASHES[number // len(LINES) % len(DASHES)]

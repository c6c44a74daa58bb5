"""What the page shows, as plain values: collected from the store, rendered by the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqexp.reporting.board.column import Column
from seqexp.reporting.board.leaderboard import Unranked


@dataclass(frozen=True)
class Cell:
    """A cell of the leaderboard."""

    text: str
    order: float | str | None  # by what it is sorted; None: last, whichever way round


@dataclass(frozen=True)
class PageLine:
    """A line of the leaderboard: a run, a group of runs, or a baseline."""

    id: str  # unique on the page; pictures name the line by it
    name: str  # what it is called
    cells: Sequence[Cell]  # one for each column after the name
    colour: str | None = None  # of its curves; None: it has none
    dash: str = "solid"  # how its curves are dashed, as Plotly names it
    runs: Sequence[PageLine] = ()  # the lines of a group's runs
    is_baseline: bool = False  # whether it is a baseline


@dataclass(frozen=True)
class Chart:
    """A picture."""

    id: str  # unique on the page
    title: str
    caption: str  # how it is to be read, and what it leaves out
    figure: Mapping[str, Any]  # data and layout for Plotly, ready for JSON
    height: int = 420  # CSS pixels
    is_wide: bool = True  # whether it takes the page's width; else two stand side by side


@dataclass(frozen=True)
class PageSection:
    """Pictures under one heading. `note` says what there is to know about all of them."""

    id: str
    title: str
    note: str
    charts: Sequence[Chart]


@dataclass(frozen=True)
class Config:
    """A group's configuration, and how its best run is made again.

    Attributes:
        name: The group's name.
        differs: (key, value here, value of the best group) of every choice that differs; empty for the best itself, and
            where none is.
        yaml: The resolved configuration of its best run; empty where the run has not saved it.
        is_best: Whether it is the best group's.
        command: What trains its best run again.
        facts: (name, text) about what that was made with.
    """

    name: str
    differs: Sequence[tuple[str, str, str]]
    yaml: str
    is_best: bool
    command: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class TaskPart:
    """All that the page says about one task.

    Attributes:
        id: Unique on the page.
        title: What the runs did.
        headline: (label, value, remark) of the figures that stand out; empty where no group has a rank.
        warnings: What must be known before a figure is believed, such as that the data is a stand-in.
        columns: What stands above the cells of the leaderboard.
        lines: The lines of the leaderboard, best first.
        board_note: How the leaderboard is to be read.
        remarks: What explains its figures, to stand below it.
        sections: The pictures.
        configs: The configurations of the first groups, and how they are made again.
        facts: (name, text) about the data.
    """

    id: str
    title: str
    headline: Sequence[tuple[str, str, str]]
    warnings: Sequence[str]
    columns: Sequence[Column]
    lines: Sequence[PageLine]
    board_note: str
    remarks: Sequence[str]
    sections: Sequence[PageSection]
    configs: Sequence[Config]
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Report:
    """The whole page."""

    title: str
    facts: Sequence[tuple[str, str]]  # (name, text) about the report itself: store, filters, date, version
    command: str  # the command that makes it again
    tasks: Sequence[TaskPart]  # part by part
    unranked: Sequence[Unranked]  # the runs that have no rank
    unranked_note: str  # how many of them there are, by status

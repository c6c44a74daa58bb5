"""A column of the leaderboard: what it says of a group, of a run and of a baseline, as a value and as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from seqexp.evaluation.intervals import Interval
from seqexp.reporting.board.comparison import shown_seconds
from seqexp.reporting.board.groups import Spread
from seqexp.reporting.board.leaderboard import Baseline
from seqexp.reporting.board.rows import Row
from seqexp.reporting.board.standing import Standing
from seqexp.reporting.numbers import decimals_for, in_units
from seqexp.reporting.text_table import Heading
from seqexp.tasks.lead import Lead, leads_in_words


@dataclass(frozen=True)
class Mean:
    """A mean without an interval, in a column where others have one."""

    estimate: float


CellValue = str | float | Lead | Sequence[float] | Sequence[Lead] | Mapping[str, str] | Spread | Interval | Mean | None
BoardLine = Standing | Baseline | Row


def nothing(_: object) -> CellValue:
    """Return the value of lines that have none."""
    return None


def as_text(value: CellValue) -> str:
    """Return a value as Python writes it; "" where there is none."""
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Column(Heading):
    """A column of the leaderboard. One without a header is in no table, but in CSV and JSON.

    The true lead is given up late on a narrow terminal: figures of different leads would look alike.

    Attributes:
        key: Its field in CSV and JSON; empty: it is in tables alone.
        of_group, of_baseline, of_run: The value of a line.
        write: From a value to the text of a cell; "" where there is none.
        text: From a group to the text of its cell, where that says more than the value.
        data: From a group to what CSV and JSON have, where that is more than the value.
        fields: The parts of the value in CSV and JSON; empty: the value itself.
        figure: The name of the recorded figure that it shows, where baselines have that, too.
    """

    key: str = ""
    of_group: Callable[[Standing], CellValue] = nothing
    of_baseline: Callable[[Baseline], CellValue] = nothing
    of_run: Callable[[Row], CellValue] = nothing
    write: Callable[[CellValue], str] = as_text
    text: Callable[[Standing], str] | None = None
    data: Callable[[Standing], object] | None = None
    fields: tuple[str, ...] = ()
    figure: str = ""

    @property
    def is_of_runs(self) -> bool:
        """Whether single runs have a value."""
        return self.of_run is not nothing

    def value(self, line: BoardLine) -> CellValue:
        """Return the value of a line."""
        if isinstance(line, Standing):
            return self.of_group(line)
        return self.of_baseline(line) if isinstance(line, Baseline) else self.of_run(line)

    def cell(self, line: BoardLine) -> str:
        """Return the text of a line's cell; "" where there is nothing."""
        if self.text is not None and isinstance(line, Standing):
            return self.text(line)
        value = self.value(line)
        return value if isinstance(value, str) else self.write(value)

    def order(self, line: BoardLine) -> float | str | None:
        """Return by what a line is sorted in this column; None: it comes last."""
        value = self.value(line)
        if isinstance(value, str):
            return value.casefold() or None
        if isinstance(value, Sequence):
            value = value[0] if value else None
        if isinstance(value, Lead):
            return value.hours
        found = value.mean if isinstance(value, Spread) else getattr(value, "estimate", value)
        return float(found) if isinstance(found, int | float) and math.isfinite(found) else None

    def plain(self, standing: Standing) -> object:
        """Return what CSV and JSON have of a group."""
        if self.data is not None:
            return self.data(standing)
        value = self.of_group(standing)
        return parts_of(value, self.fields) if self.fields else value


def parts_of(value: CellValue, fields: Sequence[str]) -> dict[str, object]:
    """Return the parts of a value by their names, None where it has none."""
    return {name: getattr(value, name, None) for name in fields}


def decimals(value: CellValue, digits: int = 4) -> str:
    """Return "0.2640±0.0020"; of a single run without what it can't have, of a small spread with more digits."""
    if isinstance(value, Spread):
        if value.sd is None:
            return decimals(value.mean)
        digits = decimals_for([value.sd])
        return f"{decimals(value.mean, digits)}±{decimals(value.sd, digits)}"
    return f"{value:.{digits}f}" if isinstance(value, int | float) else ""


def amount(value: CellValue) -> str:
    """Return an error in the target's unit, such as "2.345"."""
    return in_units(value, 3) if isinstance(value, int | float) else ""


def as_percent(value: CellValue) -> str:
    """Return a share in as_percent, such as "+6.1±2.0" or "+6.1"."""
    if isinstance(value, Interval):
        return f"{100 * value.estimate:+.1f}±{100 * value.half:.1f}"
    share = value.estimate if isinstance(value, Mean) else value
    return f"{100 * share:+.1f}" if isinstance(share, int | float) and math.isfinite(share) else ""


def whole(value: CellValue) -> str:
    """Return a count, such as "4,641"."""
    return f"{round(value):,}" if isinstance(value, int | float) and math.isfinite(value) else ""


def seconds(value: CellValue) -> str:
    """Return a time in seconds, such as "14.7" or "1,234"."""
    return f"{shown_seconds(value):,.{1 if value < 100 else 0}f}" if isinstance(value, int | float) else ""


def leads(value: CellValue) -> str:
    """Return "24.5 h", or "24.5 to 25 h" of several leads."""
    found = [value] if isinstance(value, Lead) else value if isinstance(value, list) else []
    return leads_in_words([lead for lead in found if isinstance(lead, Lead)])

"""What tells the rows of a table from the lines above and below them: their number of cells, and which are values."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from seqexp.data.files.numbers import VALUE

# What a cell begins with that holds the date of a time stamp.
DATE = re.compile(
    r"\d{4}-\d{2}|(19|20)\d{6}([T :]?\d{2,6})?|\d{1,4}[-./ ]\d{1,2}[-./ ]\d{1,4}(?!\d).*"
    r"|\d{1,2}[-. ][a-z]{3,9}\.?[-., ]+\d{2,4}(?!\d).*|[a-z]{3,9}\.? \d{1,2},? \d{4}(?!\d).*",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}.*")
_RULE = re.compile(r"[-=_*#+~.\s]+")
_DATE_SHARE = 0.25  # of a column's cells: the lines above and below a short table are many, too
_VALUE_SHARE = 0.5
_LOOKED_AT = 50  # rows, or nearly twice as many, for these shares


def split_cells(rows: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the trimmed cells of each row; a row that is empty has none."""
    if delimiter == " ":
        rows = [row.strip(" ") for row in rows]
    try:
        return [
            [
                cell.strip()
                for cell in next(csv.reader([row], delimiter=delimiter, skipinitialspace=delimiter == " "), [])
            ]
            for row in rows
        ]
    except csv.Error:  # a cell longer than the reader's limit
        return [[cell.strip() for cell in row.split(delimiter)] for row in rows]


def is_value(cell: str) -> bool:
    """Return whether a cell holds a number, a date or a time of the day."""
    return bool(VALUE.fullmatch(cell) or DATE.fullmatch(cell) or _CLOCK.fullmatch(cell))


@dataclass(frozen=True)
class RowShape:
    """What rows of a table look like."""

    delimiter: str
    width: int  # cells of a row
    dates: frozenset[int]  # the columns that hold dates, by their numbers
    values: frozenset[int]  # the columns that hold numbers or times, those of dates among them
    spare: int  # columns at the end that are empty in every row
    missing: frozenset[str]  # texts that mean a missing value

    def is_row(self, cells: Sequence[str]) -> bool:
        """Return whether a line is a row: a date stands where rows have one, else values where rows have them."""
        if len(cells) != self.width:
            return False
        if self.dates:
            return any(DATE.fullmatch(cells[column]) for column in self.dates)
        found = self._texts(cells[column] for column in self.values)
        return bool(found) and all(map(is_value, found))

    def is_beside(self, cells: Sequence[str]) -> bool:
        """Return whether a line below the header is one of units and the like: texts where rows have values."""
        if is_rule(cells):
            return True
        return len(cells) == self.width and bool(self._texts(cells)) and not any(map(is_value, cells))

    def is_below(self, cells: Sequence[str]) -> bool:
        """Return whether a line below the rows is no row: a summary such as a mean, an end, a rule, or nothing."""
        if is_rule(cells):
            return True
        if any(cells[column][:1].isdigit() for column in self.dates if column < len(cells)):
            return False
        labels = [column for column, cell in enumerate(cells) if self._texts([cell]) and not is_value(cell)]
        alone = len(self._texts(cells)) == 1 and len(cells) < self.width
        if not any(re.match(r"[^\W\d_]", cells[column]) for column in labels):
            return False
        return alone or any(column in self.values for column in labels)

    def _texts(self, cells: Iterable[str]) -> list[str]:
        return [cell for cell in cells if cell and cell not in self.missing]


def is_rule(cells: Sequence[str]) -> bool:
    """Return whether a line is empty, or draws a line."""
    return all(not cell or _RULE.fullmatch(cell) for cell in cells)


def shape_of(rows: Sequence[Sequence[str]], delimiter: str, missing: Collection[str]) -> RowShape:
    """Return what the rows look like that most of these lines are, the others standing above or below them."""
    widths = Counter(len(row) for row in rows)
    width = max(widths, key=lambda count: (widths[count], count), default=0)
    alike = [row for row in rows if len(row) == width]
    some = alike[:: max(1, len(alike) // _LOOKED_AT)]

    def share(column: int, pattern: re.Pattern[str] | None) -> float:
        cells = [row[column] for row in some if row[column] and row[column] not in missing]
        found = sum(1 for cell in cells if (pattern.fullmatch(cell) if pattern else is_value(cell)))
        return found / len(cells) if cells else 0.0

    dates = frozenset(column for column in range(width) if share(column, DATE) >= _DATE_SHARE)
    values = frozenset(column for column in range(width) if share(column, None) >= _VALUE_SHARE)
    empty = [not any(row[column] for row in alike[1:]) for column in range(width)]
    spare = next((count for count, is_empty in enumerate(reversed(empty)) if not is_empty), width)
    return RowShape(delimiter, width, dates, values | dates, spare, frozenset(missing))

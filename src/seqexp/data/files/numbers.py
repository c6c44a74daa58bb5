"""How numbers and missing values are written in cells of text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqexp.config.schema import FileFormat
from seqexp.data.files.byte_files import InputFile

if TYPE_CHECKING:
    import pyarrow as pa

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
COMMA_NUMBER = re.compile(r"[+-]?(\d*,\d+)([eE][+-]?\d+)?")
_BLANKS = " \u00a0\u2009\u202f"  # also those that don't break a line, and narrow ones
# Each thousands separator by the word of dataset.format.thousands, and what is written for it.
_SEPARATORS = {"point": r"\.", "comma": ",", "apostrophe": "['\u2019]", "space": f"[{_BLANKS}]"}
_WORDS = {".": "point", ",": "comma", "'": "apostrophe", "\u2019": "apostrophe", **dict.fromkeys(_BLANKS, "space")}
_IN_WORDS = {"point": "points", "comma": "commas", "apostrophe": "apostrophes", "space": "blanks"}
GROUPED = re.compile(
    rf"[+-]?\d{{1,3}}(?P<mark>[.,'\u2019{_BLANKS}])\d{{3}}((?P=mark)\d{{3}})*((?!(?P=mark))(?P<decimal>[.,])\d+)?"
)
# Texts and codes hold blanks, too: without these it must be meant as a number.
CROWDED = re.compile(GROUPED.pattern.replace(_BLANKS, ""), re.IGNORECASE)
VALUE = re.compile(f"{NUMBER.pattern}|{COMMA_NUMBER.pattern}|{GROUPED.pattern}", re.IGNORECASE)


@dataclass(frozen=True)
class NumberStyle:
    """How a file writes numbers."""

    decimal: str = "."  # the decimal mark
    thousands: str = "none"  # what stands between thousands, by the word of dataset.format.thousands

    @property
    def pattern(self) -> str:
        """What a number looks like, as a regular expression."""
        plain = f"{NUMBER.pattern}|{COMMA_NUMBER.pattern}" if self.decimal == "," else NUMBER.pattern
        return f"{plain}|{self._grouped}" if self.thousands != "none" else plain

    @property
    def _grouped(self) -> str:
        return rf"[+-]?\d{{1,3}}({_SEPARATORS[self.thousands]}\d{{3}})+([{self.decimal}]\d+)?"

    def value(self, text: str) -> float:
        """Return what a number says. ValueError: It is none."""
        if self.thousands != "none" and re.fullmatch(self._grouped, text):
            text = re.sub(_SEPARATORS[self.thousands], "", text)
        return float(text.replace(self.decimal, "."))

    def plain(self, texts: pa.Array) -> pa.Array:
        """Return numbers with a point as the decimal mark and nothing else; other texts stay as they are."""
        import pyarrow.compute as pc

        if self.thousands != "none":
            joined = pc.replace_substring_regex(texts, _SEPARATORS[self.thousands], "")
            texts = pc.if_else(pc.match_substring_regex(texts, f"^({self._grouped})$"), joined, texts)
        if self.decimal == ",":
            texts = pc.replace_substring(pc.replace_substring(texts, ".", "_"), ",", ".")
        return texts


def thousands_in(cell: str) -> str | None:
    """Return the word of dataset.format.thousands by which a cell is a number; None if it has no thousands."""
    found = GROUPED.fullmatch(cell.strip())
    return _WORDS[found["mark"]] if found else None


PLAIN = NumberStyle()


def find_style(
    columns: Sequence[Sequence[str]], more: Callable[[], Iterable[Sequence[str]]], given: FileFormat, file: InputFile
) -> tuple[NumberStyle, list[str]]:
    """Return how numbers are written, apart from the decimal mark, and the remarks on it.

    Args:
        columns: Cells of each column but those of time stamps.
        more: Returns more cells of the same columns, where these don't decide.
        given: What the user says of it.
        file: For messages.

    Raises:
        InputError: Numbers like 1,234 may be 1.234 or 1234.
    """
    marks = _Marks(columns, given.missing)
    if not marks.decides:
        marks = _Marks(more(), given.missing)
    decimal = given.decimal or _decimal(marks, given.thousands, file)
    possible = [word for word in marks.thousands if _WORDS[decimal] != word]
    thousands: str = given.thousands or (possible[0] if possible else "none")
    style = NumberStyle(decimal, thousands)
    notes = []
    if given.thousands is None and thousands != "none":
        cell = marks.examples[thousands]
        value = re.sub(_SEPARATORS[thousands], "", cell).replace(",", ".")
        notes.append(
            f"{_IN_WORDS[thousands]} between thousands: {cell} is {value} (dataset.format.thousands={thousands})"
        )
    elif given.thousands is None and given.decimal is None and marks.unclear["."] and not marks.decimal["."]:
        cell = marks.examples["."]
        other = cell.replace(".", "")
        notes.append(f"{cell} is read with a decimal point (dataset.format.thousands=point reads it as {other})")
    return style, notes


class _Marks:
    """What the cells of some columns say of the decimal mark and of what stands between thousands."""

    def __init__(self, columns: Iterable[Sequence[str]], missing: Collection[str]) -> None:
        self.decimal: Counter[str] = Counter()  # cells that leave no doubt about the mark
        self.unclear: Counter[str] = Counter()  # cells such as 1.234, by their mark
        self.examples: dict[str, str] = {}  # of thousands by their words, of unclear cells by their mark
        self._sure = set[str]()  # words whose example leaves no doubt
        grouped: Counter[str] = Counter()
        for cells in columns:
            of_column: Counter[str] = Counter()
            for cell in cells:
                if not cell.isdigit():
                    self._look_at(cell, of_column)
            # Names and codes hold such marks, too: a column of numbers alone tells what they are.
            if of_column and all(VALUE.fullmatch(cell) for cell in cells if cell and cell not in missing):
                grouped += of_column
        self.thousands = [word for word, _ in grouped.most_common()]

    @property
    def decides(self) -> bool:
        """Whether a cell leaves no doubt about the decimal mark."""
        return bool(self.decimal)

    def _look_at(self, cell: str, grouped: Counter[str]) -> None:
        match = GROUPED.fullmatch(cell)
        if match is None:
            number = NUMBER.fullmatch(cell) or COMMA_NUMBER.fullmatch(cell)
            mark = next((mark for mark in ".," if mark in cell), None)
            if number and mark:
                self.decimal[mark] += 1
            return
        mark, decimal = match["mark"], match["decimal"]
        word = _WORDS[mark]
        if mark in ".,":
            other = "," if mark == "." else "."
            if decimal is None and cell.count(mark) == 1:
                if cell.lstrip("+-").startswith("0"):
                    self.decimal[mark] += 1
                else:
                    self.unclear[mark] += 1
                    self.examples.setdefault(mark, cell)
                    grouped[word] += 1
                    self.examples.setdefault(word, cell)
                return
            self.decimal[decimal or other] += 1
        elif decimal:
            self.decimal[decimal] += 1
        if word not in self._sure:
            self._sure.add(word)
            self.examples[word] = cell
        grouped[word] += 1


def _decimal(marks: _Marks, thousands: str | None, file: InputFile) -> str:
    """Return the decimal mark of most numbers that hold one.

    Raises:
        InputError: Numbers like 1,234 may be 1.234 or 1234.
    """
    if thousands in ("point", "comma"):
        return "," if thousands == "point" else "."
    points, commas = marks.decimal["."], marks.decimal[","]
    if points and commas:
        return "." if commas + marks.unclear[","] <= points + marks.unclear["."] else ","
    if points or commas:
        return "." if points else ","
    if marks.unclear[","]:
        received = f"{marks.examples[',']!r} in {file.path}, which may be either"
        remedy = "Set dataset.format.decimal=',' if it is a decimal, or dataset.format.thousands=comma if it is none"
        raise file.refused(f"must tell decimal commas from thousands separators. Received: {received}. {remedy}")
    return "."


def without_missing(column: pa.Array, missing: Sequence[str]) -> pa.Array:
    """Return a column of texts, trimmed, with null for those that mean a missing value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.is_in(column, value_set=pa.array(["", *missing], pa.string())), None, column)


def columns_of(rows: Iterable[Sequence[str]], width: int, without: Iterable[int]) -> list[list[str]]:
    """Return the cells of each column of rows of such a width, but of those columns whose numbers are left out."""
    whole = [row for row in rows if len(row) == width]
    left_out = set(without)
    return [[row[index] for row in whole] for index in range(width) if index not in left_out]

"""What is read of a table beside its numbers: the rows that are asked for, and columns of texts as codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from seqexp.config.errors import Fault, nearest, raise_any, shown, wrong
from seqexp.data.arrays import Codes, Mask, Rows
from seqexp.data.files.numbers import NumberStyle
from seqexp.data.series.column_names import mapping_in_full, names_in_full

if TYPE_CHECKING:
    import pyarrow as pa

RowChoice = Mapping[str, object]  # of columns the value that rows must have, or a list of them
MOST_TEXTS = 1000  # different ones that a column's codes tell apart
_KEPT, _NAMED = 10_000, 30  # values of a column that are kept for messages, and that a message names
_MISSING, _OTHER = -1, MOST_TEXTS


@dataclass(frozen=True)
class TableChoice:
    """What of a table is read beside its numbers; as it is by default, nothing, and every row."""

    where: RowChoice = field(default_factory=dict)  # which rows are read
    categories: Sequence[str] = ()  # columns that are read as codes, where they hold texts

    def in_full(self, columns: Sequence[str]) -> TableChoice:
        """Return the choice with the names of columns as the file has them; names without a unit will do.

        Raises:
            InputError: Two names of `where` mean one column.
        """
        where = mapping_in_full("dataset.where", self.where, columns)
        return TableChoice(where, tuple(names_in_full(self.categories, columns)))


EVERY_ROW = TableChoice()


class RowFilter:
    """Chooses rows by the values of some columns, chunk by chunk, and keeps which values there are.

    Args:
        where: Of each column the value that its rows must have, or a list of them.
        numeric: The columns of numbers: 1, 1.0 and 01 are one value there. Others are compared as texts.
        style: How numbers are written.
    """

    def __init__(self, where: RowChoice, numeric: Collection[str], style: NumberStyle) -> None:
        self._wanted = {name: value if isinstance(value, list) else [value] for name, value in where.items()}
        self._numeric, self._style = frozenset(numeric), style
        self._asked = {name: {self._key(name, value) for value in wanted} for name, wanted in self._wanted.items()}
        self._found: dict[str, dict[object, str]] = {name: {} for name in where}

    def rows(self, columns: Mapping[str, pa.Array]) -> Rows:
        """Return the positions of the rows that are asked for, given the columns as the file has them."""
        import pyarrow as pa

        chosen: Mask | None = None
        for name, asked in self._asked.items():
            encoded, found = columns[name].dictionary_encode(), self._found[name]
            cells = [str(cell).strip() for cell in encoded.dictionary.to_pylist()]
            keys = [self._key(name, cell) for cell in cells]
            found |= {key: cell for key, cell in zip(keys, cells, strict=True) if key in asked or len(found) < _KEPT}
            matches = np.array([*(key in asked for key in keys), False])  # the last: of a cell without a value
            codes = encoded.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
            chosen = matches[codes] if chosen is None else chosen & matches[codes]
        assert chosen is not None  # there is nothing to choose by without a column
        return np.flatnonzero(chosen).astype(np.int64)

    def check(self) -> None:
        """Refuse what none of the rows so far has.

        Raises:
            InputError: A fault for each value that was asked for in vain.
        """
        faults: list[Fault] = []
        for name, wanted in self._wanted.items():
            found = self._found[name]
            known = [found[key] for key in sorted(found, key=lambda key: (isinstance(key, str), key)) if found[key]]
            listed = ", ".join(known[:_NAMED]) + (" and others" if len(known) > _NAMED else "")
            for value in wanted:
                if self._key(name, value) not in found:
                    what = f"must be one of {listed}. Received: {shown(value)}.{nearest(str(value), known)}"
                    faults.append(wrong(f"dataset.where.{name}", what))
        raise_any(faults)

    def _key(self, name: str, value: object) -> object:
        """Return what a cell and a value that is asked for have in common if they are the same."""
        text = str(value)
        if name not in self._numeric:  # true is read as a constant, however it is written
            return text.lower() if text.lower() in ("true", "false") else text
        text = {"true": "1", "false": "0"}.get(text.lower(), text)
        try:
            return self._style.value(text)
        except ValueError:
            return text


class TextCodes:
    """Codes for the texts of some columns: their numbers in the order in which they come first.

    A column of more than `MOST_TEXTS` different texts has one more, which stands for all others.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.texts: dict[str, dict[str, int]] = {name: {} for name in names}

    def codes(self, columns: Mapping[str, pa.Array], rows: int) -> Codes:
        """Return (rows, columns) int32; -1 where a text is missing."""
        import pyarrow as pa

        found = np.empty((rows, len(self.texts)), dtype=np.int32)
        for index, (name, known) in enumerate(self.texts.items()):
            encoded = columns[name].dictionary_encode()
            own = []
            for text in encoded.dictionary.to_pylist():
                if text not in known and len(known) <= _OTHER:
                    known[text] = len(known)
                own.append(known.get(text, _OTHER))
            places = encoded.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
            found[:, index] = np.array([*own, _MISSING], dtype=np.int32)[places]
        return found

"""Labelled texts in a table: which column holds the texts, which the labels, and which says the part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seqexp.config.errors import Fault, InputError, nearest, refused, shown, wrong
from seqexp.config.schema import TextConfig
from seqexp.data.arrays import PARTS
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.delimited.head import MUST_BEGIN, WITHOUT_HEADER
from seqexp.data.files.text_table import LABEL_NAMES, TEXT_NAMES, CellTable, read_table
from seqexp.data.text.corpus import NOT_GIVEN, Corpus
from seqexp.data.text.labelled_folder import PART_NAMES
from seqexp.data.text.labelled_texts import LabelledText, corpus_from

LONG = 20  # characters on average: shorter ones are names, not texts
MAX_GUESSED_CLASSES = 20  # different values of a column that may be the labels although its name doesn't say so
_LOOKED_AT = 1000  # rows at most


def read_labelled_table(file: InputFile, dataset: TextConfig) -> Corpus:
    """Return the texts of a csv, tsv, JSON lines or Parquet file, by what the user says about its columns and format.

    Raises:
        InputError: It can't be read, its columns can't be recognised, or it holds no labelled texts.
    """
    table = read_table(file, dataset.format)
    text, label, notes = find_columns(table, dataset, file)
    texts, labels, part = table.cells[text], table.cells[label], dataset.split.column
    given = given_parts(table.cells[part], part) if part else [NOT_GIVEN] * len(texts)
    rows = [LabelledText(*row) for row in zip(texts, labels, given, strict=True)]
    return corpus_from(rows, [*table.notes, *notes], file)


def named_columns(dataset: TextConfig) -> dict[str, str]:
    """Return the columns that the user names, by the keys that name them."""
    given = {
        "dataset.format.text": dataset.format.text,
        "dataset.format.label": dataset.format.label,
        "dataset.split.column": dataset.split.column,
    }
    return {key: name for key, name in given.items() if name is not None}


def find_columns(table: CellTable, dataset: TextConfig, file: InputFile) -> tuple[str, str, list[str]]:
    """Return the columns of the texts and of the labels, and a note on which were found, not given.

    They are those that the user names by format.text and format.label, or that their names or content tell.

    Raises:
        InputError: A column isn't there, or can't be recognised. One message a fault.
    """
    given = named_columns(dataset)
    names, taken = list(table.cells), list(given.values())
    what = f"must name a column of {file.subject}"
    faults = [
        wrong(key, f"{what}. Received: {shown(name)}.{nearest(name, names)} {_listed(names)}")
        for key, name in given.items()
        if name not in names
    ]
    faults += [
        wrong(key, f"must name a column of its own. Received: {shown(name)} twice.")
        for key, name in given.items()
        if key != "dataset.format.text" and taken.count(name) > 1
    ][:1]
    free = {name: cells for name, cells in table.cells.items() if name not in taken}
    text, label = dataset.format.text, dataset.format.label
    if text is None:
        text = _only(_text_candidates(free, table.texts), "dataset.format.text", "texts", names, faults)
    free = {name: cells for name, cells in free.items() if name != text}
    if label is None:
        label = _only(_label_candidates(free), "dataset.format.label", "labels", names, faults)
    if faults or text is None or label is None:
        raise InputError(*faults)
    if dataset.format.header and label in set(table.cells[label]):
        row = ", ".join(map(shown, names[:10]))
        what = f"{row}, which looks like a row of values: {label!r} is a label as well"
        raise file.refused(f"{MUST_BEGIN}. Received: {what}. {WITHOUT_HEADER}")
    found = [
        f"{what} in the column {name!r}"
        for what, name, given_name in (("texts", text, dataset.format.text), ("labels", label, dataset.format.label))
        if given_name is None
    ]
    return text, label, [", ".join(found)] if found else []


def given_parts(cells: Sequence[str | None], column: str) -> list[int]:
    """Return the position in `PARTS` that each cell of a column names, such as "train", "validation", "test".

    Raises:
        InputError: A cell names no part.
    """
    numbers = [_part(cell) for cell in cells]
    strange = dict.fromkeys(cell for cell, number in zip(cells, numbers, strict=True) if number == NOT_GIVEN)
    if strange:
        row = numbers.index(NOT_GIVEN) + 1
        values = ", ".join(map(shown, list(strange)[:5]))
        hint = nearest(str(next(iter(strange))), list(PART_NAMES))
        what = f"must name a column that says {', '.join(PART_NAMES)} for each text"
        received = f"{values} in {column!r}, first in row {row:,}"
        raise refused("dataset.split.column", f"{what}. Received: {received}.{hint}")
    return numbers


def _part(cell: str | None) -> int:
    part = PART_NAMES.get((cell or "").strip().lower())
    return NOT_GIVEN if part is None else PARTS.index(part)


def _text_candidates(cells: Mapping[str, Sequence[str | None]], texts: Sequence[str]) -> list[str]:
    """Return the text columns of a usual name, else those of long texts."""
    named = [name for name in cells if name in texts and name.strip().lower() in TEXT_NAMES]
    if named:
        return named
    # From the whole column, for the first texts of a file that is sorted may be the short ones.
    some = {name: cells[name][:: 1 + len(cells[name]) // _LOOKED_AT] for name in cells if name in texts}
    lengths = {name: [len(cell or "") for cell in found] for name, found in some.items()}
    return [name for name, found in lengths.items() if sum(found) >= LONG * len(found)]


def _label_candidates(cells: Mapping[str, Sequence[str | None]]) -> list[str]:
    """Return the columns of a usual name, else those of a few different values, 2 or more."""
    named = [name for name in cells if name.strip().lower() in LABEL_NAMES]
    if named:
        return named
    kinds = {name: len({cell for cell in column if cell}) for name, column in cells.items()}
    return [name for name, count in kinds.items() if 2 <= count <= min(MAX_GUESSED_CLASSES, len(cells[name]) // 2)]


def _only(candidates: Sequence[str], key: str, what: str, names: Sequence[str], faults: list[Fault]) -> str | None:
    """Return the only candidate; None and a fault where there are more or none."""
    if len(candidates) == 1:
        return candidates[0]
    which = f"any of {', '.join(map(repr, candidates[:10]))} may hold them" if candidates else "none looks like it"
    faults.append(wrong(key, f"must name the column of the {what}: {which}. Received: null. {_listed(names)}"))
    return None


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"Columns: {', '.join(map(repr, names[:20]))}{more}."

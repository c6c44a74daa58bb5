"""Make a corpus of texts and labels as a file has them: split into words, classes numbered, and checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from seqexp.config.errors import refused, shown
from seqexp.data.arrays import Rows
from seqexp.data.files.byte_files import InputFile
from seqexp.data.text.corpus import Corpus, Words, corpus_digest
from seqexp.data.text.findings import reading_findings
from seqexp.data.text.tokeniser import split_words


def numbered(labels: Sequence[str]) -> tuple[tuple[str, ...], Rows]:
    """Return the classes' names in their order, and (texts,) int64: the number of each text's class, given its label.

    Numbers are ordered as numbers (whole ones lose a ".0"), names by the alphabet without regard to case: neg before
    pos, false before true, no before yes. No label may be empty.
    """
    names = {label: _name(label) for label in dict.fromkeys(labels)}
    values = {name: _number(name) for name in names.values()}
    if all(value is not None for value in values.values()):
        classes = sorted(values, key=lambda name: (values[name], name))
    else:
        classes = sorted(values, key=lambda name: (name.lower(), name))
    numbers = {name: number for number, name in enumerate(classes)}
    return tuple(classes), np.array([numbers[names[label]] for label in labels], dtype=np.int64)


def are_measurements(labels: Sequence[str]) -> bool:
    """Return whether the labels are numbers with fractions."""
    values = [_number(label) for label in dict.fromkeys(labels)]
    return all(value is not None for value in values) and any(value != round(value) for value in values if value)


def _name(label: str) -> str:
    """Return a whole number without its ".0", anything else as it is."""
    value = _number(label)
    return str(round(value)) if value is not None and "." in label and value == round(value) else label


def _number(label: str) -> float | None:
    try:
        value = float(label)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def split_texts_into_words(texts: Iterable[str]) -> tuple[tuple[str, ...], Words, Rows]:
    """Split texts into words by the official rule.

    Returns:
        (words, tokens, starts) as `Corpus` holds them; words in the order in which they first occur.
    """
    positions: dict[str, int] = {}
    tokens: list[np.ndarray] = [np.empty(0, np.int32)]
    starts = [0]
    for text in texts:
        found = [positions.setdefault(word, len(positions)) for word in split_words(text)]
        tokens.append(np.array(found, dtype=np.int32))
        starts.append(starts[-1] + len(found))
    return tuple(positions), np.concatenate(tokens), np.array(starts, dtype=np.int64)


MAX_CLASSES = 1000


@dataclass(frozen=True)
class LabelledText:
    """One text as a file has it; a text or a label that is None or blank is not there."""

    text: str | None
    label: str | None
    given: int  # the position of its part in `PARTS`, or NOT_GIVEN


def corpus_from(rows: Sequence[LabelledText], notes: Sequence[str], file: InputFile) -> Corpus:
    """Return the texts that have characters and a label, as a corpus; the others are counted.

    Raises:
        InputError: There is no text with a label, or the labels name no classes.
    """
    with_text = [row for row in rows if row.text and row.text.strip()]
    kept = [row for row in with_text if row.label and row.label.strip()]
    if not kept:
        empty = len(rows) - len(with_text)
        received = f"{len(rows):,} texts in {file.path}, {empty:,} of them empty, {len(with_text):,} without a label"
        raise file.refused(f"must hold texts with labels. Received: {received}")
    label_key = "dataset.format.label"
    texts = [row.text or "" for row in kept]
    labels = [(row.label or "").strip() for row in kept]
    if are_measurements(labels):
        received = f"{labels[0]!r} in {file.path}"
        raise refused(label_key, f"must name a column of classes, not of measurements. Received: {received}")
    classes, numbers = numbered(labels)
    if len(classes) > min(MAX_CLASSES, max(len(texts) // 2, 2)):
        what = f"must name a column of classes, {MAX_CLASSES:,} at most and fewer than the texts"
        received = f"{len(classes):,} different labels of {len(texts):,} texts in {file.path}"
        raise refused(label_key, f"{what}. Received: {received}, such as {shown(labels[0])}")
    words, tokens, starts = split_texts_into_words(texts)
    corpus = Corpus(
        name=file.path.stem,
        words=words,
        tokens=tokens,
        starts=starts,
        labels=numbers,
        classes=classes,
        given=np.array([row.given for row in kept], dtype=np.int8),
        source="path",
        origin=str(file.path),
        digest=corpus_digest(tokens, starts, words, numbers, classes),
        raw=tuple(texts),
        notes=tuple(notes),
    )
    found = reading_findings(corpus, empty=len(rows) - len(with_text), unlabelled=len(with_text) - len(kept))
    return replace(corpus, found=found)

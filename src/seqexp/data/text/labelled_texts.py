"""Make a corpus of texts and labels as a file has them: split into words, classes numbered, and checked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from seqexp.config.errors import nearest, raise_any, refused, shown, wrong
from seqexp.data.arrays import Rows
from seqexp.data.files.byte_files import InputFile
from seqexp.data.findings import CheckResult
from seqexp.data.text.corpus import Corpus, Words, corpus_digest
from seqexp.data.text.tokeniser import split_words

MAX_CLASSES = 1000


def numbered(labels: Sequence[str]) -> tuple[tuple[str, ...], Rows]:
    """Return the classes' names in their order, and (texts,) int64: the number of each text's class, given its label.

    Numbers are ordered as numbers (whole ones lose a ".0"), also those within a name: "9 stars" before "10 stars".
    Names are ordered by the alphabet without regard to case: neg before pos, false before true, no before yes. No label
    may be empty.
    """
    names = {label: _name(label) for label in dict.fromkeys(labels)}
    values = {name: _number(name) for name in names.values()}
    if all(value is not None for value in values.values()):
        classes = sorted(values, key=lambda name: (values[name], name))
    else:
        classes = sorted(values, key=lambda name: (_natural(name.lower()), name))
    numbers = {name: number for number, name in enumerate(classes)}
    return tuple(classes), np.array([numbers[names[label]] for label in labels], dtype=np.int64)


def _natural(name: str) -> list[tuple[float, str]]:
    """Return what orders names by the numbers within them: its texts and its numbers in turn, a text first."""
    pieces = re.split(r"([0-9]+(?:\.[0-9]+)?)", name)
    return [(float(piece), "") if index % 2 else (0.0, piece) for index, piece in enumerate(pieces)]


def are_measurements(classes: Sequence[str]) -> bool:
    """Return whether the names of classes are numbers, some of them with fractions."""
    values = [_number(name) for name in classes]
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


def with_labels(corpus: Corpus, labels: Mapping[str, str | int]) -> Corpus:
    """Return a corpus whose labels are joined: each one that is named, as it is written, counts as the label given.

    Raises:
        InputError: The corpus has no such label, a class has no name, or fewer than two are left. One message a fault.
    """
    if not labels:
        return corpus
    joined = {_name(label.strip()): str(other).strip() for label, other in labels.items()}
    faults = [
        wrong(
            f"dataset.labels.{label}",
            f"must be a label of the texts. Received: {shown(label)}.{nearest(label, corpus.classes)}",
        )
        for label in labels
        if _name(label.strip()) not in corpus.classes
    ]
    faults += [
        wrong(f"dataset.labels.{label}", f"must be a non-empty text or an integer. Received: {shown(other)}.")
        for label, other in labels.items()
        if not str(other).strip()
    ]
    classes, numbers = numbered([joined.get(name, name) for name in corpus.classes])
    if len(classes) < 2 <= len(corpus.classes):
        faults.append(wrong("dataset.labels", f"must leave 2 classes or more. Received: {shown(classes[0])} alone."))
    raise_any(faults)
    found = numbers[corpus.labels]
    digest = corpus_digest(corpus.tokens, corpus.starts, corpus.words, found, classes)
    counts_as = {name: classes[number] for name, number in zip(corpus.classes, numbers, strict=True)}
    return replace(corpus, labels=found, classes=classes, digest=digest, joined=counts_as)


def check_classes(corpus: Corpus) -> None:
    """Refuse labels that are no classes, once they are joined.

    Raises:
        InputError: They are measurements, more than `MAX_CLASSES`, or hardly fewer than the texts.
    """
    key, way_out = "dataset.format.label", "dataset.labels joins some"
    if are_measurements(corpus.classes):
        example = next(name for name in corpus.classes if not name.lstrip("-").isdigit())
        what = f"must name a column of classes, not of measurements; {way_out}"
        raise refused(key, f"{what}. Received: {example!r} in {corpus.origin}")
    count, total = len(corpus.classes), len(corpus)
    if count > min(MAX_CLASSES, max(total // 2, 2)):
        what = f"must name a column of classes, {MAX_CLASSES:,} at most and fewer than the texts"
        received = f"{count:,} different labels of {total:,} texts in {corpus.origin}"
        example = shown(corpus.classes[corpus.labels[0]])
        raise refused(key, f"{what}; {way_out}. Received: {received}, such as {example}")


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
    texts = [row.text or "" for row in kept]
    labels = [(row.label or "").strip() for row in kept]
    classes, numbers = numbered(labels)
    words, tokens, starts = split_texts_into_words(texts)
    return Corpus(
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
        found=tuple(_left_out(empty=len(rows) - len(with_text), unlabelled=len(with_text) - len(kept))),
    )


def _left_out(empty: int, unlabelled: int) -> Iterator[CheckResult]:
    """Yield how many texts are left out, and why."""
    if empty:
        what = f"{'text' if empty == 1 else 'texts'} without a character"
        yield CheckResult("finding", "empty texts", f"{empty:,} left out: {what}")
    if unlabelled:
        what = f"{'text' if unlabelled == 1 else 'texts'} unlabelled"
        yield CheckResult("finding", "missing labels", f"{unlabelled:,} left out: {what}")

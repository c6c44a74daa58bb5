"""From texts and labels as written to a corpus: words, classes, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from seqexp.config.errors import InputError, shown
from seqexp.data.text.corpus import Corpus, content_digest
from seqexp.data.text.findings import reading_findings
from seqexp.data.text.intern import interned
from seqexp.data.text.labels import are_measurements, numbered

MOST_CLASSES = 1000


@dataclass(frozen=True)
class Labelled:
    """One text as a file has it.

    Attributes:
        text: As written; None or blank: there is none.
        label: As written; None or blank: there is none.
        given: The position of its part in `PARTS`, or NOT_GIVEN.
    """

    text: str | None
    label: str | None
    given: int


def corpus_from(rows: Sequence[Labelled], notes: Sequence[str], path: Path, subject: str) -> Corpus:
    """Return the texts that have characters and a label, as a corpus; the others are counted.

    Args:
        rows: The texts.
        notes: What was found out about their format.
        path: Where they came from.
        subject: What that is to the user, for messages.

    Raises:
        InputError: There is no text with a label, or the labels name no classes.
    """
    with_text = [row for row in rows if row.text and row.text.strip()]
    kept = [row for row in with_text if row.label and row.label.strip()]
    if not kept:
        raise InputError(
            f"{subject} must hold texts with labels. Received: {len(rows):,} texts in {path}, "
            f"{len(rows) - len(with_text):,} of them empty, {len(with_text):,} without a label"
        )
    texts = [row.text or "" for row in kept]
    labels = [(row.label or "").strip() for row in kept]
    if are_measurements(labels):
        raise InputError(
            "dataset.format.label must name a column of classes, not of measurements. "
            f"Received: {labels[0]!r} in {path}"
        )
    classes, numbers = numbered(labels)
    if len(classes) > min(MOST_CLASSES, max(len(texts) // 2, 2)):
        raise InputError(
            f"dataset.format.label must name a column of classes, {MOST_CLASSES:,} at most and fewer than the texts. "
            f"Received: {len(classes):,} different labels of {len(texts):,} texts in {path}, such as {shown(labels[0])}"
        )
    words, tokens, starts = interned(texts)
    corpus = Corpus(
        name=path.stem,
        words=words,
        tokens=tokens,
        starts=starts,
        labels=numbers,
        classes=classes,
        given=np.array([row.given for row in kept], dtype=np.int8),
        source="path",
        origin=str(path),
        digest=content_digest(tokens, starts, words, numbers, classes),
        raw=tuple(texts),
        notes=tuple(notes),
    )
    found = reading_findings(corpus, empty=len(rows) - len(with_text), unlabelled=len(with_text) - len(kept))
    return replace(corpus, found=found)

"""Checks of labelled texts: repeated ones, ones in two parts, small and uneven classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from seqexp.data.arrays import PART_WORDS, PARTS, Part, Rows
from seqexp.data.findings import CheckResult
from seqexp.data.text.corpus import Corpus

SMALL_CLASS = 10  # texts: fewer teach a model nothing, and score it by chance
IMBALANCE = 3.0  # times the smallest class: above that, accuracy alone misleads
_PAIRS: tuple[tuple[Part, Part], ...] = (("train", "val"), ("train", "test"), ("val", "test"))
IN_TWO_PARTS = "texts in two parts"


def reading_findings(corpus: Corpus, empty: int, unlabelled: int) -> tuple[CheckResult, ...]:
    """Return what was found while reading the user's texts: how many were left out, and what the kept ones show."""
    found = []
    if empty:
        found.append(CheckResult("finding", "empty texts", f"{empty:,} left out: {_texts(empty)} without a character"))
    if unlabelled:
        text = f"{unlabelled:,} left out: {_texts(unlabelled)} unlabelled"
        found.append(CheckResult("finding", "missing labels", text))
    given = {part: corpus.rows_given(part) for part in PARTS}
    found += [*repeated_texts(corpus), *alike_texts(corpus, given), *class_sizes(corpus)]
    return tuple(found)


def repeated_texts(corpus: Corpus) -> Iterator[CheckResult]:
    """Yield how many texts say the same as an earlier one, and how many of them under another label."""
    first = first_alike(corpus)
    again = np.flatnonzero(first != np.arange(len(corpus)))
    if not len(again):
        return
    other = int((corpus.labels[again] != corpus.labels[first[again]]).sum())
    contradiction = f"; {other:,} of them under another label" if other else ""
    yield CheckResult("note", "repeated texts", f"{len(again):,} say the same as an earlier one{contradiction}")


def alike_texts(corpus: Corpus, rows: Mapping[Part, Rows]) -> Iterator[CheckResult]:
    """Yield how many texts stand in one part and, word by word, in a part that scores as well, by the rows of each."""
    first = first_alike(corpus)
    for part, other in _PAIRS:
        shared = int(np.isin(first[rows[other]], first[rows[part]]).sum())
        if shared:
            remedy = "Scores on them say how well they were learnt by heart"
            what = f"{shared:,} {_texts(shared)} of the {PART_WORDS[other]} part {'stand' if shared > 1 else 'stands'}"
            yield CheckResult("finding", IN_TWO_PARTS, f"{what} in the {PART_WORDS[part]} part as well. {remedy}")


def class_sizes(corpus: Corpus) -> Iterator[CheckResult]:
    """Yield classes of a few texts, and how uneven the classes are."""
    counts = np.bincount(corpus.labels, minlength=len(corpus.classes))
    small = [f"{name!r} {count:,}" for name, count in zip(corpus.classes, counts, strict=True) if count < SMALL_CLASS]
    if small:
        more = f" and {len(small) - 5:,} more" if len(small) > 5 else ""
        yield CheckResult("finding", "small classes", f"fewer than {SMALL_CLASS} texts: {', '.join(small[:5])}{more}")
    if len(counts) > 1 and counts.max() >= IMBALANCE * counts.min():
        large = int(np.argmax(counts))
        what = f"{counts[large] / counts.sum():.0%} of the texts are {corpus.classes[large]!r}"
        yield CheckResult("note", "class sizes", f"{what}: compare an accuracy with that")


def first_alike(corpus: Corpus) -> Rows:
    """Return (texts,) int64: the first row that has the same words, which is a text's own row if none has before."""
    seen: dict[bytes, int] = {}
    tokens, starts = corpus.tokens, corpus.starts.tolist()
    return np.array(
        [seen.setdefault(tokens[starts[row] : starts[row + 1]].tobytes(), row) for row in range(len(corpus))],
        dtype=np.int64,
    )


def _texts(count: int) -> str:
    return "text" if count == 1 else "texts"

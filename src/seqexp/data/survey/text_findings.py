"""Checks of labelled texts: repeated ones, ones in two parts, small and uneven classes, labels that are one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

import numpy as np

from seqexp.config.overrides import as_mapping
from seqexp.data.arrays import PART_WORDS, Part, Rows
from seqexp.data.findings import CheckResult, remedy
from seqexp.data.text.corpus import Corpus

SMALL_CLASS = 10  # texts: fewer teach a model nothing, and score it by chance
IMBALANCE = 3.0  # times the smallest class: above that, accuracy alone misleads
_NO_LABEL = ("NA", "N/A", "NaN", "nan", "null", "NULL")
_PAIRS: tuple[tuple[Part, Part], ...] = (("train", "val"), ("train", "test"), ("val", "test"))


def alike_labels(corpus: Corpus) -> Iterator[CheckResult]:
    """Yield the classes whose names differ in case, blanks or the form of their characters alone, and their remedy.

    The remedy joins them under the name that most texts have, beside those that are joined already.
    """
    counts = np.bincount(corpus.labels, minlength=len(corpus.classes))
    groups: dict[str, list[str]] = {}
    for number in np.argsort(-counts, kind="stable"):
        name = corpus.classes[number]
        groups.setdefault("".join(unicodedata.normalize("NFKC", name).casefold().split()), []).append(name)
    alike = [names for names in groups.values() if len(names) > 1]
    if alike:
        what = "; ".join(", ".join(map(repr, names)) for names in alike)
        into = {other: names[0] for names in alike for other in names[1:]}
        found = corpus.joined or {name: name for name in corpus.classes}  # the labels of the texts themselves
        joined = {label: into.get(name, name) for label, name in found.items() if into.get(name, name) != label}
        text = f"{what} differ only in case or blanks, and count as different classes"
        yield CheckResult("finding", "labels", f"{text}. {remedy(f'dataset.labels={as_mapping(joined)}')}")


def odd_labels(corpus: Corpus) -> Iterator[CheckResult]:
    """Yield the classes that are words for a missing value, and those that `dataset.labels` alone names."""
    counts = np.bincount(corpus.labels, minlength=len(corpus.classes))
    missing = [f"{name!r} {counts[corpus.classes.index(name)]:,}" for name in corpus.classes if name in _NO_LABEL]
    if missing:
        text = f"words that mean a missing value are classes: {', '.join(missing)}"
        yield CheckResult("finding", "labels", f"{text}. Leave these texts out of the file, or empty their labels")
    new = [repr(name) for name in corpus.classes if corpus.joined and name not in corpus.joined]
    if new:
        more = f" and {len(new) - 10:,} more" if len(new) > 10 else ""
        yield CheckResult("note", "labels", f"dataset.labels names new classes: {', '.join(new[:10])}{more}")


def repeated_texts(corpus: Corpus) -> Iterator[CheckResult]:
    """Yield how many texts say the same as an earlier one, and how many have another label than most of their like."""
    first, rows = corpus.first_alike, _worded(corpus, np.arange(len(corpus)))
    again = np.flatnonzero(first[rows] != rows)
    if not len(again):
        return
    alike, counts = np.unique(np.stack([first[rows], corpus.labels[rows]]), axis=1, return_counts=True)
    most = np.zeros(len(corpus), dtype=np.int64)
    np.maximum.at(most, alike[0], counts)
    other = len(rows) - int(most.sum())
    contradiction = f"; {other:,} have a different label from most that say the same" if other else ""
    yield CheckResult("note", "repeated texts", f"{len(again):,} say the same as an earlier one{contradiction}")


def alike_texts(corpus: Corpus, rows: Mapping[Part, Rows], least: float = 0.0) -> Iterator[CheckResult]:
    """Yield how many texts stand in one part and, word by word, in a part that scores as well, by the rows of each.

    Of the latter they must be more than the share `least`.
    """
    first = corpus.first_alike
    for part, other in _PAIRS:
        shared = int(np.isin(first[_worded(corpus, rows[other])], first[rows[part]]).sum())
        if shared > least * len(rows[other]):
            remedy = "Scores on them show how well they were memorised"
            what = f"{shared:,} {_texts(shared)} of the {PART_WORDS[other]} part {'stand' if shared > 1 else 'stands'}"
            yield CheckResult(
                "finding", "texts in two parts", f"{what} in the {PART_WORDS[part]} part as well. {remedy}"
            )


def _worded(corpus: Corpus, rows: Rows) -> Rows:
    """Return the rows of texts that have a word: two texts without one are not called the same."""
    return rows[corpus.lengths[rows] > 0]


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


def _texts(count: int) -> str:
    return "text" if count == 1 else "texts"

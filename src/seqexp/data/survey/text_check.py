"""What in labelled texts would harm a training: each finding with its number and its remedy."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import PART_WORDS, PARTS, SCORED, Floats, Part
from seqexp.data.findings import CheckResult, Outcomes, results_of
from seqexp.data.survey.text_findings import (
    SMALL_CLASS,
    alike_labels,
    alike_texts,
    class_sizes,
    odd_labels,
    repeated_texts,
)
from seqexp.data.text.characters import WITHOUT_SPACES, share_without_spaces
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.texts import Texts

CUT_NOTED, CUT_FOUND = 0.10, 0.50  # of the texts
UNKNOWN_FOUND = 0.20  # of a part's words
MAX_SHARE_SHIFT = 0.10  # of a class's share, from the training part to another
IN_TWO_PARTS = 0.01  # of a part's texts: fewer that stand in another part, too, change no score much
MARKING = 0.05  # of a text's words: by so much more are unknown in texts of a class than in the others
_SURE = 3.0  # standard errors


def check_texts(texts: Texts) -> list[CheckResult]:
    """Return the outcome of every check: what was found while reading, then what the parts and rows show."""
    corpus, unit = texts.corpus, texts.tokeniser.tokens
    content_checks = (
        ("labels", _labels(corpus), "no two differ only in case or blanks"),
        ("texts in two parts", _in_two_parts(texts), "none"),
        ("repeated texts", repeated_texts(corpus), "none"),
        ("class sizes", class_sizes(corpus), "of similar size"),
    )
    val, test = texts.share_unknown("val"), texts.share_unknown("test")
    known = f"{val:.1%} of the validation part's {unit}, {test:.1%} of the test part's"
    row_checks = (
        ("class balance", _balance(texts), f"the same in each part, within {MAX_SHARE_SHIFT:.0%} of the texts"),
        ("texts cut", _cut(texts), f"{texts.share_cut():.1%} are longer than dataset.maxlen"),
        (f"unknown {unit}", _unknown(texts), known),
        ("unknown by class", _marking(texts), "about the same in every class"),
        (f"texts without {unit}", _wordless(texts), "none"),
        ("vocabulary", _vocabulary(texts), f"{len(texts.tokeniser.words):,} {unit}"),
    )
    found = list(corpus.found)
    for name, outcomes, when_well in content_checks:
        found += list(outcomes) or [CheckResult("ok", name, when_well)]
    return [*found, *results_of(row_checks)]


def telling_texts(texts: Texts) -> list[CheckResult]:
    """Return what changes the meaning of a result on texts, or was found while reading: what is cheap to find."""
    corpus, unit = texts.corpus, texts.tokeniser.tokens
    told = (item for item in _labels(corpus) if item.level == "finding")
    content = (told, _in_two_parts(texts, IN_TWO_PARTS), class_sizes(corpus))
    rows = (
        ("class balance", _balance(texts), ""),
        (f"unknown {unit}", _unknown(texts), ""),
        ("unknown by class", _marking(texts), ""),
    )
    found = [*corpus.found, *itertools.chain(*content), *results_of(rows)]
    return [item for item in found if item.level != "ok"]


def _labels(corpus: Corpus) -> Iterator[CheckResult]:
    yield from alike_labels(corpus)
    yield from odd_labels(corpus)


def _in_two_parts(texts: Texts, least: float = 0.0) -> Iterator[CheckResult]:
    return alike_texts(texts.corpus, {part: texts.rows.of(part) for part in PARTS}, least)


def _balance(texts: Texts) -> Outcomes:
    """Yield classes that are missing in a part or have another share there than in training."""

    def shares(part: Part) -> np.ndarray:
        labels = texts.labels(texts.rows.of(part))
        return np.bincount(labels, minlength=len(texts.classes)) / len(labels)

    train = shares("train")
    for part in SCORED:
        found = shares(part)
        missing = [repr(name) for name, share in zip(texts.classes, found, strict=True) if not share]
        worst = int(np.argmax(np.abs(found - train)))
        where = PART_WORDS[part]
        is_given = len(texts.corpus.rows_given(part)) > 0
        remedy = "The data itself gives this part" if is_given else "Remedy: dataset.split.how=stratified"
        if missing:
            text = f"no text of {', '.join(missing[:5])} in the {where} part"
            yield "finding", f"{text}. {remedy}"
        elif abs(found[worst] - train[worst]) > MAX_SHARE_SHIFT:
            name = texts.classes[worst]
            text = f"{name!r} is {train[worst]:.0%} of the training texts, {found[worst]:.0%} of the {where} texts"
            yield "finding", f"{text}. {remedy}"


def _cut(texts: Texts) -> Outcomes:
    share = texts.share_cut()
    if share > CUT_NOTED:
        longest = int(np.quantile(np.diff(texts.starts), 0.95, method="higher"))
        side = "beginning" if texts.tokeniser.truncating == "pre" else "end"
        text = f"{share:.0%} are longer than dataset.maxlen={texts.tokeniser.maxlen} and lose their {side}"
        remedy = f"dataset.maxlen={longest} would hold 95% of them whole"
        yield "finding" if share > CUT_FOUND else "note", f"{text}. {remedy}"


def _unknown(texts: Texts) -> Outcomes:
    unit, remedy = texts.tokeniser.tokens, "more texts"
    if texts.share_unknown("train"):
        remedy = "dataset.num_words=null, or more texts"
    if unit == "words" and share_without_spaces(texts.corpus, texts.rows.train) > WITHOUT_SPACES:
        remedy = "dataset.tokens=characters, for the texts' script puts no spaces between words"
    for part in SCORED:
        share = texts.share_unknown(part)
        if share > UNKNOWN_FOUND:
            text = f"{share:.0%} of the {unit} of the {PART_WORDS[part]} part are not in the vocabulary"
            yield "finding", f"{text}. Remedy: {remedy}"


def _marking(texts: Texts) -> Outcomes:
    """Yield the class that unknown words mark: many more of them in its texts than in the others', beyond chance.

    Where they do so in training alone, a model learns what doesn't hold in the part that is scored.
    """
    unit, train = texts.tokeniser.tokens, _unknown_by_class(texts, "train")
    marks = (np.abs(train.difference) > MARKING) & (np.abs(train.difference) > _SURE * train.error)
    if not marks.any():
        return
    for part in SCORED:
        scored = _unknown_by_class(texts, part)
        lost = (train.difference - scored.difference) * np.sign(train.difference)
        gone = marks & (lost > MARKING) & (lost > _SURE * np.hypot(train.error, scored.error))
        worst = int(np.argmax(np.where(gone, lost, 0) if gone.any() else np.abs(train.difference) * marks))
        seen, found = (f"{of.means[worst]:.1%} of a text against {of.others[worst]:.1%}" for of in (train, scored))
        there = f"in {PART_WORDS[part]} {found}"
        text = f"unknown {unit} mark {texts.classes[worst]!r} in training: {seen} of the others; {there}"
        if gone.any():
            yield "finding", f"{text}. Remedy: dataset.num_words=null"
        else:
            yield "note", f"{text}: a larger dataset.num_words would show a model the {unit} themselves"


@dataclass(frozen=True)
class _UnknownShares:
    """How much of a text is unknown, by class: (classes,) float64 each; NaN where a class has too few texts."""

    means: Floats  # of the class's texts
    others: Floats  # of all other texts
    error: Floats  # standard error of the difference

    @property
    def difference(self) -> Floats:
        return self.means - self.others


def _unknown_by_class(texts: Texts, part: Part) -> _UnknownShares:
    rows = texts.rows.of(part)
    rows = rows[texts.corpus.lengths[rows] > 0]
    shares, labels, size = texts.unknown[rows] / texts.corpus.lengths[rows], texts.labels(rows), len(texts.classes)
    sums = np.stack([np.bincount(labels, shares**power, minlength=size) for power in range(3)]).astype(np.float64)
    (own, own_error), (others, error) = _mean(sums), _mean(sums.sum(axis=1, keepdims=True) - sums)
    return _UnknownShares(own, others, np.hypot(own_error, error))


def _mean(sums: Floats) -> tuple[Floats, Floats]:
    """Return means and their standard errors, of (3, classes) counts, sums and sums of squares."""
    count = np.where(sums[0] < SMALL_CLASS, np.nan, sums[0])
    mean = sums[1] / count
    return mean, np.sqrt(np.maximum(sums[2] / count - mean**2, 0) / count)


def _wordless(texts: Texts) -> Outcomes:
    count = int((texts.corpus.lengths == 0).sum())
    if count:
        yield "finding", f"{count:,} hold no word, only punctuation: a model sees only the start id"


def _vocabulary(texts: Texts) -> Outcomes:
    if not texts.share_unknown("train"):
        known = len(texts.tokeniser.words)
        yield (
            "note",
            f"{known:,} {texts.tokeniser.tokens}, every one of the training part: dataset.num_words leaves none out",
        )

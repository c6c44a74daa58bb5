"""What in labelled texts would harm a training: each finding with its number and its remedy."""

from __future__ import annotations

import numpy as np

from seqexp.data.arrays import PART_WORDS, PARTS, SCORED, Part
from seqexp.data.findings import CheckResult, Outcomes, results_of
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.findings import IN_TWO_PARTS, alike_texts, class_sizes, repeated_texts
from seqexp.data.text.texts import Texts

CUT_NOTED, CUT_FOUND = 0.10, 0.50  # of the texts
UNKNOWN_FOUND = 0.20  # of a part's words
MAX_SHARE_SHIFT = 0.10  # of a class's share, from the training part to another
_RECOMPUTED = (IN_TWO_PARTS, "repeated texts", "small classes", "class sizes")


def check_texts(corpus: Corpus, texts: Texts) -> list[CheckResult]:
    """Return the outcome of every check: what was found while reading, then what the parts and rows show."""
    parts = {part: texts.rows.of(part) for part in PARTS}
    content_checks = (
        (IN_TWO_PARTS, alike_texts(corpus, parts), "none"),
        ("repeated texts", repeated_texts(corpus), "none"),
        ("class sizes", class_sizes(corpus), "of about one size"),
    )
    val, test = texts.share_unknown("val"), texts.share_unknown("test")
    known = f"{val:.1%} of the validation part's words, {test:.1%} of the test part's"
    row_checks = (
        ("class balance", _balance(texts), f"the same in each part, within {MAX_SHARE_SHIFT:.0%} of the texts"),
        ("texts cut", _cut(texts), f"{texts.share_cut():.1%} are longer than dataset.maxlen"),
        ("unknown words", _unknown(texts), known),
        ("texts without words", _wordless(texts), "none"),
        ("vocabulary", _vocabulary(texts), f"{len(texts.tokeniser.words):,} words"),
    )
    found = [item for item in corpus.found if item.name not in _RECOMPUTED]
    for name, outcomes, when_well in content_checks:
        found += list(outcomes) or [CheckResult("ok", name, when_well)]
    return [*found, *results_of(row_checks)]


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
        if missing:
            text = f"no text of {', '.join(missing[:5])} in the {where} part"
            yield "finding", f"{text}. Remedy: dataset.split.how=stratified"
        elif abs(found[worst] - train[worst]) > MAX_SHARE_SHIFT:
            name = texts.classes[worst]
            text = f"{name!r} is {train[worst]:.0%} of the training texts, {found[worst]:.0%} of the {where} texts"
            yield "finding", f"{text}. Remedy: dataset.split.how=stratified"


def _cut(texts: Texts) -> Outcomes:
    share = texts.share_cut()
    if share > CUT_NOTED:
        longest = int(np.quantile(np.diff(texts.starts), 0.95, method="higher"))
        side = "beginning" if texts.tokeniser.truncating == "pre" else "end"
        text = f"{share:.0%} are longer than dataset.maxlen={texts.tokeniser.maxlen} and lose their {side}"
        remedy = f"dataset.maxlen={longest} would hold 95% of them whole"
        yield "finding" if share > CUT_FOUND else "note", f"{text}. {remedy}"


def _unknown(texts: Texts) -> Outcomes:
    for part in SCORED:
        share = texts.share_unknown(part)
        if share > UNKNOWN_FOUND:
            text = f"{share:.0%} of the words of the {PART_WORDS[part]} part are not in the vocabulary"
            yield "finding", f"{text}. Remedy: a larger dataset.num_words, or more texts"


def _wordless(texts: Texts) -> Outcomes:
    count = int((texts.corpus.lengths == 0).sum())
    if count:
        yield "finding", f"{count:,} hold no word, only punctuation: a model sees the start id alone"


def _vocabulary(texts: Texts) -> Outcomes:
    if not texts.share_unknown("train"):
        known = len(texts.tokeniser.words)
        yield "note", f"{known:,} words, every one of the training part: dataset.num_words leaves none out"

"""Which words tell one class of texts from the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqexp.data.arrays import Floats, Rows
from seqexp.data.text.texts import Texts
from seqexp.data.text.tokeniser import RESERVED

SURE = 1.96  # standard deviations: what chance alone exceeds in 1 word of 40


@dataclass(frozen=True)
class Contrast:
    """How much more often each known word occurs in the training texts of one class than in those of all others.

    The log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words",
    Political Analysis 16, equations 16, 20 and 22). The prior is the words' frequencies in all training texts, as many
    pseudo-counts in all as there are known words: what occurs twice tells nothing.
    """

    log_odds: Floats  # (words,) float64, the logarithm of the ratio of the odds; positive: typical of the class
    z: Floats  # (words,) float64, the same in its standard deviations

    def telling(self, count: int) -> Rows:
        """Return the positions of at most `count` words that are surely typical of the class, the surest first."""
        order = np.argsort(-self.z, kind="stable")[:count]
        return order[self.z[order] > SURE].astype(np.int64)


def contrasts(texts: Texts) -> list[Contrast]:
    """Return the contrast of each class, over the vocabulary's words in their order.

    The training part is counted, as whole texts, not as cut rows.
    """
    counts = _counts(texts)
    total = counts.sum(axis=0)
    prior = (total + 1) * (len(total) / (total + 1).sum())
    return [_contrast(of_class, total - of_class, prior) for of_class in counts]


def _counts(texts: Texts) -> Floats:
    """Return (classes, words) float64: how often each known word occurs in a class's training texts."""
    size = len(texts.tokeniser.words)
    class_of_text = np.full(len(texts), -1, dtype=np.int64)
    class_of_text[texts.rows.train] = texts.labels(texts.rows.train)
    classes = np.repeat(class_of_text, np.diff(texts.starts))
    counted = (classes >= 0) & (texts.tokens >= RESERVED)
    cells = classes[counted] * size + (texts.tokens[counted] - RESERVED)
    return np.bincount(cells, minlength=len(texts.classes) * size).reshape(-1, size).astype(np.float64)


def _contrast(ours: Floats, theirs: Floats, prior: Floats) -> Contrast:
    def log_odds(counts: Floats) -> Floats:
        found: Floats = np.log(counts + prior) - np.log(counts.sum() + prior.sum() - counts - prior)
        return found

    difference = log_odds(ours) - log_odds(theirs)
    return Contrast(difference, difference / np.sqrt(1 / (ours + prior) + 1 / (theirs + prior)))

"""What a simulated review means: its score, from the words in their order.

Every opinion word counts with its strength (1 to 3), positive or negative, times

- -1 where one of the three words before it is a negation;
- `CLOSED` where a closing word ("overall", the "end" of "in the end") stands anywhere before it;
- `AFTER` where one of the `REACH` words before it is "but", else `BEFORE` where one of the `REACH` words after it is,
  else `ELSEWHERE`.

The score is the sum. A review with a positive one is positive, but for the label noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from seqexp.data.series.splits import Rows
from seqexp.data.stand_ins.review_words import ALL_NEGATORS, CLOSERS, CONTRAST, OPINIONS
from seqexp.data.text.corpus import Words

SCOPE = 3  # words after a negation that it turns around
REACH = 6  # words on either side of a "but" that it weighs
BEFORE, ELSEWHERE, AFTER = 1, 2, 4
CLOSED = 3


def opinion_values() -> Mapping[str, int]:
    """Return each opinion word's strength, negative for a negative word."""
    values: dict[str, int] = {}
    for (_, strength), pairs in OPINIONS.items():
        for pair in pairs.split():
            positive, negative = pair.split("/")
            values |= {positive: strength, negative: -strength}
    return values


def scores(words: Sequence[str], tokens: Words, starts: Rows) -> Rows:
    """Return (texts,) int64, each text's score.

    Args:
        words: As in `Corpus`, like the others.
        tokens: All texts' words, as positions in `words`.
        starts: Where each text begins.
    """
    values = opinion_values()
    value = np.array([values.get(word, 0) for word in words], dtype=np.int64)[tokens]
    spots = np.flatnonzero(value)
    text = np.searchsorted(starts, spots, side="right") - 1
    first, end = starts[text], starts[text + 1]

    negated = _near(_marked(words, tokens, ALL_NEGATORS), spots, range(-SCOPE, 0), first, end)
    contrast = _marked(words, tokens, (CONTRAST,))
    after = _near(contrast, spots, range(-REACH, 0), first, end)
    before = _near(contrast, spots, range(1, REACH + 1), first, end)
    closers = np.concatenate([[0], np.cumsum(_marked(words, tokens, CLOSERS))])
    closed = closers[spots] > closers[first]

    counted = value[spots] * np.where(negated, -1, 1) * np.where(closed, CLOSED, 1)
    counted *= np.where(after, AFTER, np.where(before, BEFORE, ELSEWHERE))
    sums = np.concatenate([[0], np.cumsum(counted)])
    found: Rows = np.diff(sums[np.searchsorted(spots, starts)])
    return found


def _marked(words: Sequence[str], tokens: Words, wanted: Sequence[str]) -> NDArray[np.bool_]:
    """Return (tokens,) whether a token is one of the wanted words."""
    found: NDArray[np.bool_] = np.array([word in wanted for word in words], dtype=bool)[tokens]
    return found


def _near(marked: NDArray[np.bool_], spots: Rows, steps: range, first: Rows, end: Rows) -> NDArray[np.bool_]:
    """Return (spots,) whether a marked token of the same text stands that many steps from the spot."""
    found = np.zeros(len(spots), dtype=bool)
    for step in steps:
        at = spots + step
        inside = (at >= first) & (at < end)
        found |= inside & marked[np.where(inside, at, 0)]
    return found

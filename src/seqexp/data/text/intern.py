"""Words as positions in a list of them: how a corpus is held in memory."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from seqexp.data.series.splits import Rows
from seqexp.data.text.corpus import Words
from seqexp.data.text.tokeniser import split_words


def interned(texts: Iterable[str]) -> tuple[tuple[str, ...], Words, Rows]:
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

"""Counts of words and of runs of words, in sparse matrices, for the linear models of texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from seqexp.data.arrays import Rows
    from seqexp.data.text.texts import Texts

# Padding (0) and the start of a text (1) are no words. The unknown id (2) is one like any other: networks see it too.
FIRST_WORD = 2


@dataclass(frozen=True)
class Grams:
    """Every n-gram that occurs in some texts, up to a length. Nothing is hashed: no two share a column.

    Attributes:
        size: How many ids there are.
        keys: For each length n from 1 the n-grams as (grams,) int64, rising: the position of its first n - 1 words
            among the grams of that length x size + the id of its last word. So a bigram is a pair of a word's
            position and an id, in one number.
    """

    size: int
    keys: tuple[NDArray[np.int64], ...]

    def __len__(self) -> int:
        return sum(map(len, self.keys))

    def counts(self, texts: Texts, rows: Rows) -> Any:
        """Return how often each text holds each gram; what is not among the grams is left out.

        It is a scipy.sparse.csr_array (rows, grams) float64; words first, then longer grams.
        """
        from scipy.sparse import coo_array

        words, text_of = _words(texts, rows)
        positions = np.zeros(len(words), np.int64)
        rows_found, columns, first = [], [], 0
        for length, known in enumerate(self.keys, start=1):
            positions = _positions(known, _extended(words, text_of, positions, length, self.size))
            found = positions >= 0
            rows_found.append(text_of[found])
            columns.append(first + positions[found])
            first += len(known)
        # scikit-learn's solvers take indices of 32 bits alone.
        at = tuple(np.concatenate(parts).astype(np.int32) for parts in (rows_found, columns))
        return coo_array((np.ones(len(at[0])), at), shape=(len(rows), len(self))).tocsr()


def learn_grams(texts: Texts, rows: Rows, longest: int) -> Grams:
    """Return the n-grams up to n = `longest` of the texts in these corpus rows, whole texts and not the cut rows."""
    words, text_of = _words(texts, rows)
    size = texts.tokeniser.size
    positions = np.zeros(len(words), np.int64)
    keys = []
    for length in range(1, longest + 1):
        extended = _extended(words, text_of, positions, length, size)
        keys.append(np.unique(extended[extended >= 0]))
        positions = _positions(keys[-1], extended)
    return Grams(size, tuple(keys))


def _words(texts: Texts, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the words' ids of some texts, one text after the other, and each word's position in `rows`."""
    lengths = np.diff(texts.starts)[rows]
    text_of = np.repeat(np.arange(len(rows)), lengths)
    within = np.arange(len(text_of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    ids = texts.tokens[texts.starts[rows][text_of] + within].astype(np.int64)
    kept = ids >= FIRST_WORD
    return ids[kept], text_of[kept]


def _extended(
    words: NDArray[np.int64], text_of: NDArray[np.int64], positions: NDArray[np.int64], length: int, size: int
) -> NDArray[np.int64]:
    """Return the key of the n-gram that begins at each word; -1 where the text ends or its beginning is not known.

    All arrays are (words,); `positions` has that of the gram of n - 1 words that begins there, or -1.
    """
    keys = np.full(len(words), -1, dtype=np.int64)
    last = words[length - 1 :]
    begin = slice(len(last))
    within = (positions[begin] >= 0) & (text_of[begin] == text_of[length - 1 :])
    keys[begin] = np.where(within, positions[begin] * size + last, -1)
    return keys


def _positions(known: NDArray[np.int64], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the position of each key among the rising known ones, or -1."""
    if not len(known):
        return np.full(len(keys), -1, dtype=np.int64)
    found = np.searchsorted(known, keys)
    found[found == len(known)] = 0
    return np.where(known[found] == keys, found, -1)

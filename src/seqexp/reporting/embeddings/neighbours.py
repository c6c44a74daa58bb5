"""Which words lie near each other in a table of word vectors, and analogies between them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.data.text.tokeniser import RESERVED

Similarity = Literal["cosine", "l2"]
WordTable = NDArray[np.floating]


def nearest_words(
    table: WordTable, query_vector: WordTable, k: int, metric: Similarity, exclude: Collection[int] = ()
) -> list[tuple[int, float]]:
    """Return the words nearest to a vector, best first; of equally near ones the lowest id first.

    Reserved ids are no words; a row of zeros is a word without a vector. Both are left out.

    Args:
        table: (ids, dimensions), a row an id.
        query_vector: (dimensions,).
        k: How many, at most.
        metric: "cosine": x·y / (|x| |y|), in [-1, 1], the greatest first; "l2": |x - y|, the smallest first.
        exclude: Ids that are left out, such as the query's own.

    Returns:
        (id, cosine or distance) pairs.

    Raises:
        ValueError: The query of a cosine is zeros: it has no direction.
    """
    rows, query = table.astype(np.float64), query_vector.astype(np.float64)
    lengths, length = np.linalg.norm(rows, axis=1), np.linalg.norm(query)
    candidates = np.flatnonzero(lengths)
    candidates = candidates[(candidates >= RESERVED) & ~np.isin(candidates, list(exclude))]
    if metric == "l2":
        values = np.linalg.norm(rows[candidates] - query, axis=1)
        order = np.argsort(values, kind="stable")[:k]
    else:
        if length == 0:
            raise ValueError("a vector of zeros has no direction, so no cosine")
        values = np.clip(rows[candidates] @ query / (lengths[candidates] * length), -1, 1)
        order = np.argsort(-values, kind="stable")[:k]
    return [(int(candidates[place]), float(values[place])) for place in order]


def analogy(table: WordTable, a: int, b: int, c: int, k: int = 10) -> list[tuple[int, float]]:
    """Return what is to c as b is to a: the words nearest, by cosine, to b - a + c; a, b and c are left out.

    The three vectors are made one long first, as in Mikolov, Yih and Zweig (2013), "Linguistic Regularities in
    Continuous Space Word Representations", section 4.

    Args:
        table: (ids, dimensions), a row an id.
        a: The id of a word, like b and c: "man" where b is "woman" and c is "king".
        b: See a.
        c: See a.
        k: How many, at most.

    Returns:
        (id, cosine) pairs, best first.

    Raises:
        ValueError: One of the three is a row of zeros, or b - a + c is.
    """
    three = table[[a, b, c]].astype(np.float64)
    lengths = np.linalg.norm(three, axis=1, keepdims=True)
    if not lengths.all():
        raise ValueError("a word of the analogy has no vector: its row is zeros")
    first, second, third = three / lengths
    return nearest_words(table, second - first + third, k, "cosine", exclude=(a, b, c))

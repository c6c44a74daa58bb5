"""Neighbours and analogies, against loops written from the formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.text.tokeniser import RESERVED
from seqexp.reporting.embeddings.word_vectors import analogy, nearest_words

numbers = st.floats(-10, 10, width=32).map(lambda value: 0.0 if abs(value) < 1e-3 else value)


@st.composite
def tables(draw: st.DrawFn) -> list[list[float]]:
    dimensions = draw(st.integers(1, 4))
    row = st.lists(numbers, min_size=dimensions, max_size=dimensions)
    return draw(st.lists(row, min_size=RESERVED + 3, max_size=15))


def cosine(x: Sequence[float], y: Sequence[float]) -> float:
    length = math.sqrt(math.fsum(a * a for a in x)) * math.sqrt(math.fsum(b * b for b in y))
    return math.fsum(a * b for a, b in zip(x, y, strict=True)) / length


def looped(rows: list[list[float]], query: Sequence[float], metric: str, exclude: set[int]) -> dict[int, float]:
    """Return the value of every word that has one."""
    found = {}
    for number in range(RESERVED, len(rows)):
        if number in exclude or not any(rows[number]):
            continue
        found[number] = cosine(rows[number], query) if metric == "cosine" else math.dist(rows[number], query)
    return found


def check(found: list[tuple[int, float]], expected: dict[int, float], k: int, sign: int) -> None:
    """The k best of the expected ones, in their order; what differs by rounding may change places."""
    assert len({number for number, _ in found}) == len(found) == min(k, len(expected))
    assert [expected[number] for number, _ in found] == pytest.approx([value for _, value in found], abs=1e-9)
    best = sorted(expected.values(), key=lambda value: sign * value)[:k]
    assert [value for _, value in found] == pytest.approx(best, abs=1e-9)


@given(rows=tables(), k=st.integers(1, 20), metric=st.sampled_from(["cosine", "l2"]), data=st.data())
def test_the_nearest_are_those_of_a_plain_loop(rows: list[list[float]], k: int, metric: Any, data: Any) -> None:
    query = data.draw(st.sampled_from(rows).filter(any)) if any(map(any, rows)) else [1.0] * len(rows[0])
    exclude = set(data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=3)))
    found = nearest_words(np.array(rows, np.float32), np.array(query, np.float32), k, metric, exclude)
    check(found, looped(rows, query, metric, exclude), k, -1 if metric == "cosine" else 1)


@given(rows=tables().filter(lambda rows: all(map(any, rows[RESERVED:]))), k=st.integers(1, 5))
def test_an_analogy_is_that_of_a_plain_loop(rows: list[list[float]], k: int) -> None:
    a, b, c = RESERVED, RESERVED + 1, RESERVED + 2
    unit = [[x / math.sqrt(math.fsum(y * y for y in row)) for x in row] for row in (rows[a], rows[b], rows[c])]
    target = [y - x + z for x, y, z in zip(*unit, strict=True)]
    if math.hypot(*target) < 1e-6:  # whose direction is rounding's
        return
    check(analogy(np.array(rows, np.float32), a, b, c, k), looped(rows, target, "cosine", {a, b, c}), k, -1)


def test_reserved_ids_and_rows_of_zeros_are_no_neighbours() -> None:
    table = np.ones((8, 2), np.float32)
    table[5] = 0
    assert nearest_words(table, table[4], 10, "cosine", [4]) == [(6, pytest.approx(1)), (7, pytest.approx(1))]
    assert nearest_words(table, table[4], 10, "l2", [4]) == [(6, 0.0), (7, 0.0)]
    assert nearest_words(table, table[4], 1, "l2") == [(4, 0.0)]


def test_what_has_no_direction_is_refused() -> None:
    table = np.array([[0, 0]] * 4 + [[1, 0], [0, 0], [0, 1], [2, 0]], np.float32)
    with pytest.raises(ValueError, match="no direction"):
        nearest_words(table, table[5], 3, "cosine")
    with pytest.raises(ValueError, match="no vector"):
        analogy(table, 4, 5, 6)
    assert nearest_words(table, table[5], 1, "l2") == [(4, 1.0)]


def test_man_is_to_woman_as_king_is_to_queen() -> None:
    words = {"man": (1, 0, 0.1), "woman": (-1, 0, 0.1), "king": (3, 6, 0.3), "queen": (-1, 2, 0.1), "apple": (0, 0, 5)}
    table = np.array([(0, 0, 0)] * 4 + list(words.values()), np.float32)
    assert [number for number, _ in analogy(table, 4, 5, 6, k=2)] == [7, 8]

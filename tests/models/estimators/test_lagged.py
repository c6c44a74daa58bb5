"""Sums over windows from their overlap, against windows that are materialised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.models.estimators import lagged
from seqexp.models.estimators.lagged import Lagged, Lags, lagged_products, sums_of_lagged

LONG = 220


def seen(generator: np.random.Generator, columns: int, lags: Lags) -> Lagged:
    return Lagged(generator.normal(size=(LONG, columns)).astype(np.float32), lags)


def looped(one: Lagged, rows: np.ndarray) -> np.ndarray:
    """Return (windows, features), value by value."""
    places = [one.lags.first + k * one.lags.step for k in range(one.lags.count)]
    return np.array(
        [[float(one.values[row + place, c]) for place in places for c in range(one.columns)] for row in rows]
    )


@settings(max_examples=60)
@given(
    steps=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    counts=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    columns=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    delay=st.integers(0, 5),
    kept=st.sampled_from([1.0, 0.9, 0.3, 0.02]),
    stretch=st.sampled_from([1, 64 << 20]),
    seed=st.integers(0, 9),
)
def test_products_and_sums_equal_those_of_windows(
    steps: tuple[int, int],
    counts: tuple[int, int],
    columns: tuple[int, int],
    delay: int,
    kept: float,
    stretch: int,
    seed: int,
) -> None:
    generator = np.random.default_rng(seed)
    left = seen(generator, columns[0], Lags(-steps[0] * counts[0], steps[0], counts[0]))
    right = seen(generator, columns[1], Lags(delay, steps[1], counts[1]))
    rows = np.arange(steps[0] * counts[0], LONG - delay - right.lags.span)
    rows = rows[generator.random(len(rows)) < kept]  # in several runs, as gaps leave them
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lagged, "_CHUNK", stretch)
        products, squares = lagged_products(left, right, rows), lagged_products(left, left, rows)
        sums = sums_of_lagged(left, rows)
    ours, theirs = (looped(one, rows).reshape(len(rows), one.features) for one in (left, right))
    np.testing.assert_array_equal(left.at(rows), ours)
    np.testing.assert_allclose(products, ours.T @ theirs, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(squares, ours.T @ ours, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(sums, ours.sum(axis=0), rtol=1e-9, atol=1e-9)


def test_memory_does_not_grow_with_the_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    at = Lagged.at

    def counted(one: Lagged, rows: np.ndarray, dtype: type = np.float64) -> np.ndarray:
        made.append(len(rows))
        return at(one, rows, dtype)

    monkeypatch.setattr(Lagged, "at", counted)
    one = Lagged(np.random.default_rng(0).normal(size=(100_000, 1)), Lags(-48, 2, 24))
    lagged_products(one, one, np.arange(48, 100_000))
    # Windows are made where runs of rows begin and end, a step of each.
    assert sum(made) == 2 * (2 + 2)

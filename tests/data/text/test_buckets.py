"""Batches of about one length: every text as often as before, and no more widths than there are graphs for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.data.samples import batches_per_epoch, epoch_rows
from seqexp.data.text.texts import POOL, WIDTHS, sort_by_length, widths_of

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=300)


def drawn(lengths: list[int], size: int, epoch: int = 0) -> tuple[Any, Any, Any]:
    """Return an epoch's rows and weights as they are drawn, and the texts' lengths."""
    rows = np.arange(len(lengths), dtype=np.int64)
    batches = batches_per_epoch(len(rows), size, None, "epoch")
    found = epoch_rows(rows, "epoch", seed=3, epoch=epoch, batches=batches, batch_size=size)
    return *found, np.array(lengths, dtype=np.int64)


def pairs(rows: Any, weights: Any) -> Counter[tuple[int, float]]:
    return Counter(zip(rows.ravel().tolist(), weights.ravel().tolist(), strict=True))


@settings(max_examples=60)
@given(LENGTHS, st.integers(1, 9))
def test_every_text_keeps_its_weight(lengths: list[int], size: int) -> None:
    rows, weights, array = drawn(lengths, size)
    before = rows.copy(), weights.copy()
    new_rows, new_weights = sort_by_length(rows, weights, array, np.random.default_rng(0))
    assert pairs(new_rows, new_weights) == pairs(rows, weights)
    assert (new_rows.shape, new_weights.shape) == (rows.shape, weights.shape)
    assert (new_rows.dtype, new_weights.dtype) == (np.int64, np.float32)
    np.testing.assert_array_equal(rows, before[0])  # what was given stays as it was
    np.testing.assert_array_equal(weights, before[1])
    assert (new_weights.sum(axis=1) > 0).all()  # no batch of what fills up alone


@settings(max_examples=40)
@given(LENGTHS, st.integers(1, 9))
def test_each_batch_is_a_stretch_of_a_sorted_pool(lengths: list[int], size: int) -> None:
    rows, weights, array = drawn(lengths, size)
    found, _ = sort_by_length(rows, weights, array, np.random.default_rng(0))
    due = Counter()
    for first in range(0, len(rows), POOL):
        pool = sorted(array[row] for row in rows[first : first + POOL].ravel().tolist())
        due.update(tuple(pool[start : start + size]) for start in range(0, len(pool), size))
    assert Counter(tuple(array[batch].tolist()) for batch in found) == due


def test_batches_stand_in_an_order_of_their_own_each_epoch() -> None:
    lengths = np.random.default_rng(1).integers(1, 60, 400).tolist()
    firsts = []
    for epoch in (0, 0, 1):
        rows, weights, array = drawn(lengths, 8, epoch)
        found, _ = sort_by_length(rows, weights, array, np.random.default_rng(epoch))
        firsts.append(array[found].max(axis=1).tolist())
    assert firsts[0] == firsts[1] != firsts[2]
    assert firsts[0] != sorted(firsts[0])
    assert firsts[0] != sorted(firsts[0], reverse=True)


@settings(max_examples=100)
@given(st.data())
def test_widths_hold_every_text_and_are_few(data: st.DataObject) -> None:
    maxlen = data.draw(st.integers(1, 600))
    shape = data.draw(st.tuples(st.integers(1, 40), st.integers(1, 5)))
    lengths = np.array(data.draw(st.lists(st.integers(0, maxlen), min_size=shape[0] * shape[1],
                                          max_size=shape[0] * shape[1]))).reshape(shape)  # fmt: skip
    widths = widths_of(lengths, maxlen)
    step = -(-maxlen // WIDTHS)
    assert widths.shape == (shape[0],)
    assert widths.dtype == np.int64
    assert len(set(widths.tolist())) <= WIDTHS
    for width, batch in zip(widths.tolist(), lengths.tolist(), strict=True):
        assert 1 <= width <= maxlen
        assert max(batch) <= width
        assert width - max(*batch, 1) < step  # no wider than the next of the few lengths


def test_the_widths_of_the_lectures_rows() -> None:
    lengths = np.array([[1], [63], [64], [441], [442], [500]])
    assert widths_of(lengths, 500).tolist() == [63, 63, 126, 441, 500, 500]

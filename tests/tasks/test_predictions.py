"""What a model may give out: each row of these tables is another way to do it rightly, or wrongly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqexp.tasks.predictions import PredictionError, check_finite, checked
from seqexp.tasks.target import Target

ONE = Target(columns=("T",), leads=(3,))
DAY = Target(columns=("T", "p"), leads=(1, 2, 3))
TWO = Target(classes=("neg", "pos"))
THREE = Target(classes=("a", "b", "c"))
FIVE = np.array([0.1, 0.2, 0.3, 0.4, 0.5])


@pytest.mark.parametrize(
    ("found", "target", "shape"),
    [
        (FIVE, ONE, (5, 1, 1)),
        (FIVE.astype(np.float32)[:, None], ONE, (5, 1, 1)),
        (np.arange(5), ONE, (5, 1, 1)),
        (np.arange(30.0).reshape(5, 6), DAY, (5, 3, 2)),
        (np.arange(30.0).reshape(5, 3, 2), DAY, (5, 3, 2)),
        (FIVE, TWO, (5, 2)),
        (np.stack([1 - FIVE, FIVE], axis=1).astype(np.float16), TWO, (5, 2)),
        (np.full((5, 3), 1 / 3), THREE, (5, 3)),
        (np.empty(0), ONE, (0, 1, 1)),
        (np.empty((0, 3)), THREE, (0, 3)),
    ],
)
def test_numbers_in_their_order_are_given_their_shape(found: Any, target: Target, shape: tuple[int, ...]) -> None:
    values = checked(found, shape[0], target, "Mean.predict")
    is_single = found.dtype == np.float32 and not target.classes
    assert (values.shape, values.dtype) == (shape, np.float32 if is_single else np.float64)
    np.testing.assert_allclose(values.ravel()[-1:], found.ravel()[-1:].astype(np.float64))
    assert not np.shares_memory(values, found)


@pytest.mark.parametrize(
    ("found", "target", "received"),
    [
        (np.ma.masked_less(FIVE, 0.3), ONE, "2 of 5 values masked"),
        (np.ma.masked_less(FIVE, 0.0), ONE, "0 of 5 values masked"),
        (FIVE.tolist(), ONE, "a list of 5"),
        (0.5, ONE, "a float"),
        (None, ONE, "a NoneType"),
        (FIVE + 0j, ONE, "complex128 of shape (5,)"),
        (FIVE.astype(str), ONE, "<U"),
        (FIVE.astype(object), ONE, "object"),
        (FIVE > 0.2, ONE, "bool"),
        (FIVE[:1], ONE, "shape (1,)"),
        (FIVE[:4], ONE, "shape (4,)"),
        (np.array(0.5), ONE, "shape ()"),
        (FIVE[None], ONE, "shape (1, 5)"),
        (np.stack([FIVE, FIVE], axis=1), ONE, "shape (5, 2)"),
        (FIVE, DAY, "shape (5,)"),
        (FIVE, THREE, "shape (5,)"),
        (np.full((5, 3), 1 / 3), TWO, "shape (5, 3)"),
        (FIVE * 3, TWO, "1.2 in row 3; 2 are wrong"),
        (-FIVE, TWO, "-0.1 in row 0; 5 are wrong"),
        (np.full((5, 3), 0.5), THREE, "sum to 1"),
        (np.log(np.full((5, 3), 1 / 3)), THREE, "[0, 1]"),
    ],
)
def test_anything_else_is_refused_by_the_name_of_who_gave_it(found: object, target: Target, received: str) -> None:
    with pytest.raises(PredictionError, match=r"^own\.py, Mean\.predict must return ") as caught:
        checked(found, 5, target, "own.py, Mean.predict")
    assert received in str(caught.value)


def test_what_is_not_finite_is_no_score_yet_may_be_an_epochs() -> None:
    for target in (ONE, TWO):
        values = checked(np.array([0.1, np.nan, 0.3]), 3, target, "the network")
        with pytest.raises(
            PredictionError, match=r"the network must return finite numbers\. Received: .*nan.* in row 1"
        ):
            check_finite(values, "the network")
    check_finite(checked(FIVE, 5, ONE, "the network"), "the network")
    check_finite(np.empty((0, 1, 1)), "the network")

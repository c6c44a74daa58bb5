"""Both passes against the formulas in float64, the backward one by numerical differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqexp.models.kernels.numbers import (
    GRU_AFTER,
    GRU_BEFORE,
    HARD_SIGMOID,
    LINEAR,
    LSTM,
    RELU,
    SIGMOID,
    SIMPLE,
    TANH,
)
from seqexp.models.kernels.recurrent import ROWS, backward, forward
from tests.models.kernels.formulas import Case, make_case, states

CELLS = pytest.mark.parametrize(
    "cell", [SIMPLE, LSTM, GRU_AFTER, GRU_BEFORE], ids=["simple", "lstm", "gru after", "gru before"]
)
VARIANTS = pytest.mark.parametrize(
    "variant",
    [
        {},
        {"backwards": True, "masked": True},
        {"dropped": True},
        {"dropped": True, "masked": True, "backwards": True},
        {"act": SIGMOID, "rec": HARD_SIGMOID},
        {"act": LINEAR, "rec": TANH},
        {"act": RELU, "rec": SIGMOID},
        {"act": HARD_SIGMOID, "rec": SIGMOID, "masked": True},
    ],
    ids=lambda variant: "-".join(map(str, variant.values())) or "plain",
)


def like(array: Any, *shape: int) -> Any:
    """Return an array of NaN, so that what isn't written is seen."""
    return np.full(shape or array.shape, np.nan, np.float32)


def run(case: Case, *, whole: bool = True) -> tuple[Any, Any]:
    """Return what `forward` writes."""
    batch, timesteps, _ = case.arrays["x"].shape
    shape = (batch, timesteps if whole else 1, len(case.arrays["u"]))
    hs = like(None, *shape)
    cs = like(None, *shape) if case.cell == LSTM else np.zeros((0, 0, 0), np.float32)
    forward(*case.given(), hs, cs)
    return hs, cs


@CELLS
@VARIANTS
def test_states_are_the_formulas(cell: int, variant: dict[str, Any]) -> None:
    case = make_case(cell, batch=2 * ROWS + 3, timesteps=5, columns=7, units=9, **variant)
    hs, cs = run(case)
    expected_hs, expected_cs = states(case)
    scale = np.abs(expected_hs).max()
    np.testing.assert_allclose(hs, expected_hs, rtol=0, atol=3e-6 * scale)
    last, last_c = run(case, whole=False)
    np.testing.assert_array_equal(last[:, 0], hs[:, -1])
    if cell == LSTM:
        np.testing.assert_allclose(cs, expected_cs, rtol=0, atol=3e-6 * np.abs(expected_cs).max())
        np.testing.assert_array_equal(last_c[:, 0], cs[:, -1])


def gradients(case: Case, d_hs: Any, d_last: Any, d_c: Any, *, wanted: bool = True) -> dict[str, Any]:
    """Return what `backward` writes, by the array of which it is the derivative."""
    arrays, none, nothing = case.arrays, np.zeros((0, 0), np.float32), np.zeros((0, 0, 0), np.float32)
    written = {
        "x": like(arrays["x"]) if wanted else nothing,
        "h0": like(arrays["h0"]),
        "c0": like(arrays["c0"]) if case.cell == LSTM else none,
        **{name: np.zeros_like(arrays[name]) for name in ("w", "start", "u")},
    }
    backward(*case.given(), *run(case), d_hs, d_last, d_c if case.cell == LSTM else none, *written.values())
    return written


def differences(loss: Any, values: Any, step: float = 1e-6) -> Any:
    """Return a loss's derivatives by values, from float64 values a step aside."""
    values, slopes = values.astype(np.float64), np.zeros(values.shape)
    for index in np.ndindex(values.shape):
        aside = []
        for sign in (1, -1):
            moved = values.copy()
            moved[index] += sign * step
            aside.append(loss(moved))
        slopes[index] = (aside[0] - aside[1]) / (2 * step)
    return slopes


@CELLS
@VARIANTS
def test_derivatives_are_those_of_the_formulas(cell: int, variant: dict[str, Any]) -> None:
    case = make_case(cell, **variant)
    hs, _ = states(case)
    random = np.random.default_rng(0)
    d_hs, d_last, d_c = (
        random.normal(size=shape).astype(np.float32) for shape in (hs.shape, hs[:, -1].shape, hs[:, -1].shape)
    )
    found = gradients(case, d_hs, d_last, d_c)

    def loss_by(name: str) -> Any:
        def loss(values: Any) -> float:
            hs, cs = states(case, **{name: values})
            carried = (cs[:, -1] * d_c).sum() if cell == LSTM else 0
            return float((hs * d_hs).sum() + (hs[:, -1] * d_last).sum() + carried)

        return loss

    for name in ("x", "w", "start", "u", "h0", *(["c0"] if cell == LSTM else [])):
        expected = differences(loss_by(name), case.arrays[name])
        np.testing.assert_allclose(found[name], expected, rtol=0, atol=1e-5 * np.abs(expected).max(), err_msg=name)


@CELLS
def test_the_inputs_derivatives_are_left_out_where_they_are_not_wanted(cell: int) -> None:
    case = make_case(cell, dropped=True)
    d_hs, d_last = np.zeros((0, 0, 0), np.float32), np.ones_like(case.arrays["h0"])
    whole, less = (gradients(case, d_hs, d_last, d_last, wanted=wanted) for wanted in (True, False))
    assert less.pop("x").size == 0
    for name, values in less.items():
        np.testing.assert_array_equal(values, whole[name], err_msg=name)


@CELLS
def test_what_diverges_stays_visible(cell: int) -> None:
    case = make_case(cell)
    case.arrays["x"][4, 1, 0] = np.nan
    hs, _ = run(case)
    assert np.isnan(hs[4, 1:]).all()
    assert np.isfinite(np.delete(hs, 4, axis=0)).all()
    assert np.isfinite(hs[4, 0]).all()

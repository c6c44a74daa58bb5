"""What a model gave out, checked before it counts: a user's own model may return anything."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Mask
from seqexp.tasks.classes import as_probabilities
from seqexp.tasks.target import Target

# By how much probabilities may leave [0, 1], and their sum differ from 1: those of half precision do.
ROUNDING = 2e-3


class PredictionError(Exception):
    """What a model gave out can't be scored, or the model changed what it is scored with; the message names it."""


def checked(found: object, samples: int, target: Target, by: str) -> NDArray[Any]:
    """Return what a model gave out as (samples, leads, columns[, levels]) or (samples, classes), a copy.

    It is float64, or float32 where numbers were given so: of many leads and columns that halves much memory.

    Args:
        found: An array of (samples, ...) real numbers, as many a sample as the target has, in that order; of two
            classes the second one's probability alone will do. They need not be finite: see `check_finite`.
        samples: How many samples it is for.
        target: What is to be said of each.
        by: What gave it out, as the message names it.

    Raises:
        PredictionError: If it is anything else.
    """
    numbers = math.prod(target.shape)
    sizes = (1, 2) if len(target.classes) == 2 else (numbers,)
    given = _numbers(found)
    if given is None or given.shape[:1] != (samples,) or math.prod(given.shape[1:]) not in sizes:
        what = "probabilities" if target.classes else "real numbers"
        shape = f"({samples},)" if 1 in sizes else f"({samples}, {numbers})"
        raise PredictionError(f"{by} must return an array of {what}, shape {shape}. Received: {_kind(found)}.")
    if not target.classes:
        kind = np.float32 if given.dtype == np.float32 else np.float64
        return np.array(given, dtype=kind).reshape(samples, *target.shape)
    probabilities = as_probabilities(np.array(given, dtype=np.float64).reshape(samples, math.prod(given.shape[1:])))
    # What is not a number is neither: it is left to `check_finite`.
    outside = np.any((probabilities < -ROUNDING) | (probabilities > 1 + ROUNDING), axis=1)
    _refuse(outside, probabilities, f"{by} must return probabilities in [0, 1]")
    uneven = np.abs(probabilities.sum(axis=1) - 1) > ROUNDING
    _refuse(uneven, probabilities, f"{by} must return probabilities that sum to 1")
    return probabilities


def check_finite(predictions: NDArray[Any], by: str) -> None:
    """Check that (samples, ...) predictions can be scored.

    Raises:
        PredictionError: If one is not finite.
    """
    rows = predictions.reshape(len(predictions), math.prod(predictions.shape[1:]))
    _refuse(np.any(~np.isfinite(rows), axis=1), rows, f"{by} must return finite numbers")


def _numbers(found: object) -> NDArray[Any] | None:
    """Return a prediction if it is a plain array of real numbers."""
    if not isinstance(found, np.ndarray) or isinstance(found, np.ma.MaskedArray):
        return None
    return found if found.dtype.kind in "fiu" else None


def _refuse(wrong: Mask, rows: NDArray[Any], what: str) -> None:
    """Raise a PredictionError with the first of the wrong rows, if there is one."""
    if wrong.any():
        values = ", ".join(f"{value:g}" for value in rows[np.argmax(wrong), :4])
        more = ", …" if rows.shape[1] > 4 else ""
        raise PredictionError(f"{what}. Received: {values}{more} in row {np.argmax(wrong)}; {wrong.sum():,} are wrong.")


def _kind(found: object) -> str:
    """Return what a prediction is, in words."""
    if isinstance(found, np.ma.MaskedArray):
        return f"a masked array with {np.sum(found.mask):,} of {found.size:,} values masked"
    if isinstance(found, np.ndarray):
        return f"{found.dtype} of shape {found.shape}"
    return f"a {type(found).__name__}" + (f" of {len(found):,}" if hasattr(found, "__len__") else "")

"""Ridge regression on flattened windows, solved exactly in memory that the number of windows doesn't change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import refused, shown
from seqexp.config.model_section import is_number

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats, Rows
    from seqexp.data.series.windows import Windows

# The matrix to solve takes features^2 x 8 bytes, twice: 3.6 GB with so many.
MAX_FEATURES = 15_000
# Penalties to choose from: from next to none to one that leaves little but the naive forecast.
ALPHAS = tuple(10.0**power for power in range(10))
# Bytes of the samples in float64 that are in memory at once.
_CHUNK = 64 << 20


class Ridge:
    """Linear regression from all timesteps x columns of a window, with an intercept and a squared penalty.

    Minimises sum (y - x w - b)^2 + alpha |w - n|^2 over the training windows, each counted once. n are the weights
    of the naive forecast, 1 for the target's last value and 0 else: so the penalty draws towards "it stays as it is",
    not towards the mean of the training years. Solved for the change, y - x n, which is ordinary ridge regression.

    Args:
        alpha: The penalty, not less than 0. None: that of `ALPHAS` with the lowest MAE on the validation
            windows, as a network's best epoch is picked there; the test part is not looked at.

    Raises:
        InputError: If alpha is not a number that is allowed.
    """

    task: ClassVar[Literal["forecast"]] = "forecast"

    def __init__(self, alpha: float | None = None) -> None:
        if alpha is not None and not (is_number(alpha) and alpha >= 0):
            raise refused(
                "model.alpha",
                f"must be a number >= 0, or null to choose it by the validation part. Received: {shown(alpha)}.",
            )
        self._given = alpha
        self._weights: Floats = np.empty(0)
        self._intercept, self._alpha = 0.0, float("nan")

    def fit(self, windows: Windows) -> None:
        """Solve the normal equations of the training windows.

        Raises:
            InputError: If a window has too many numbers, or without a penalty the solution is not unique.
        """
        features = windows.shape[0] * windows.shape[1]
        if features > MAX_FEATURES:
            raise refused(
                "dataset.step",
                "must be larger, or dataset.lookback shorter, for a linear model: it solves for timesteps x columns, "
                f"at most {MAX_FEATURES:,}. Received: {windows.shape[0]:,} x {windows.shape[1]} = {features:,}.",
            )
        gram, moment, mean, target_mean = _centred_moments(windows)
        alphas = ALPHAS if self._given is None else (float(self._given),)
        weights = np.stack([_solve(gram, moment, alpha) for alpha in alphas], axis=1)
        intercepts = target_mean - mean @ weights
        weights[_last_value(windows)] += 1.0  # from the change to the value itself
        best = 0 if len(alphas) == 1 else int(np.argmin(_validation_maes(windows, weights, intercepts)))
        self._weights, self._intercept = np.ascontiguousarray(weights[:, best]), float(intercepts[best])
        self._alpha = alphas[best]

    def predict(self, windows: Windows, rows: Rows) -> Floats:
        """Return (windows,) float64, the normalised forecast for each window row."""
        forecasts: list[Floats] = [samples @ self._weights for _, samples in _chunks(windows, rows)]
        return np.concatenate([*forecasts, np.empty(0)]) + self._intercept

    @property
    def parameters(self) -> int:
        """One weight for each timestep and column, and the intercept."""
        return len(self._weights) + 1

    def artifacts(self) -> Mapping[str, NDArray[Any]]:
        """Return weights (timesteps x columns,) float64, oldest timestep first, intercept () and alpha ()."""
        return {
            "weights": self._weights,
            "intercept": np.array(self._intercept),
            "alpha": np.array(self._alpha),
        }

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `artifacts` returned."""
        self._weights, self._intercept = arrays["weights"], float(arrays["intercept"])
        self._alpha = float(arrays["alpha"])


def _last_value(windows: Windows) -> int:
    """Return where in a flattened window the target's column at the newest timestep stands."""
    timesteps, columns = windows.shape
    return (timesteps - 1) * columns + windows.target.inputs[0]


def _chunks(windows: Windows, rows: Rows) -> Iterator[tuple[Rows, Floats]]:
    """Yield (rows, (rows, timesteps x columns) float64 samples), all rows in order and a bounded number at once."""
    features = windows.shape[0] * windows.shape[1]
    size = max(1, _CHUNK // (8 * features))
    for first in range(0, len(rows), size):
        chunk = rows[first : first + size]
        yield chunk, windows.samples(chunk).reshape(len(chunk), features).astype(np.float64)


def _centred_moments(windows: Windows) -> tuple[Floats, Floats, Floats, float]:
    """Return X'X and X'y of the centred training windows, the means of X and y; y is the change of the target."""
    rows = np.unique(windows.rows.train)
    features = windows.shape[0] * windows.shape[1]
    columns = windows.shape[1]
    first_blocks = np.zeros((columns, features))  # the block row of X'X that belongs to the oldest timestep
    moment, total, target_total = np.zeros(features), np.zeros(features), 0.0
    for chunk, samples in _chunks(windows, rows):
        targets = windows.targets(chunk)[:, 0, 0] - samples[:, _last_value(windows)]
        first_blocks += samples[:, :columns].T @ samples
        moment += samples.T @ targets
        total += samples.sum(axis=0)
        target_total += float(targets.sum())
    gram = _complete_gram(windows, rows, first_blocks)
    mean, target_mean = total / len(rows), target_total / len(rows)
    gram -= np.outer(total, mean)
    return gram, moment - total * target_mean, mean, target_mean


def _complete_gram(windows: Windows, rows: Rows, first_blocks: Floats) -> Floats:
    """Return X'X (features, features) from its first block row, by the windows' overlap.

    Timestep i + 1 of the window at row r is timestep i of the window at row r + step. So block (i + 1, j + 1) of
    X'X, summed over the set S of rows, is block (i, j) summed over S moved by one step: block (i, j) itself, plus the
    rows of the moved set that are not in S, minus those of S that are not in the moved set. With rows in one run
    these are 2 x step windows instead of all; with any other rows the result is as exact.
    """
    timesteps, columns = windows.shape
    entering = np.setdiff1d(rows, rows - windows.step)  # r in S whose r + step is not in S, as windows at r + step
    leaving = np.setdiff1d(rows, rows + windows.step)  # r in S that is not r' + step of another r' in S
    inner = (timesteps - 1) * columns
    change = np.zeros((inner, inner))
    for _, samples in _chunks(windows, entering):
        newer = samples[:, columns:]  # the window one step on, without its newest timestep
        change += newer.T @ newer
    for _, samples in _chunks(windows, leaving):
        older = samples[:, :-columns]
        change -= older.T @ older
    gram = np.zeros((timesteps * columns, timesteps * columns))
    gram[:columns] = first_blocks
    gram[:, :columns] = first_blocks.T
    for i in range(timesteps - 1):
        here, there = i * columns, (i + 1) * columns
        gram[there : there + columns, there:] = gram[here:there, here:inner] + change[here:there, here:]
        gram[there:, there : there + columns] = gram[there : there + columns, there:].T
    return gram


def _solve(gram: Floats, moment: Floats, alpha: float) -> Floats:
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    penalised = gram.copy()
    penalised[np.diag_indices_from(penalised)] += alpha
    singular = refused(
        "model.alpha",
        f"must be larger: columns of these windows depend on each other, and the solution is not unique. "
        f"Received: {alpha:g}.",
    )
    try:
        factor = cho_factor(penalised, overwrite_a=True, check_finite=False)
    except LinAlgError:
        raise singular from None
    pivots = factor[0].diagonal() ** 2
    # Below that share a pivot is what rounding left of zero.
    if pivots.min() < len(pivots) * np.finfo(np.float64).eps * pivots.max():
        raise singular
    solution: Floats = cho_solve(factor, moment, check_finite=False)
    return solution


def _validation_maes(windows: Windows, weights: Floats, intercepts: Floats) -> Floats:
    """Return the mean absolute error over the validation windows of each column of weights."""
    errors = np.zeros(weights.shape[1])
    for chunk, samples in _chunks(windows, windows.rows.val):
        forecasts = samples @ weights + intercepts
        errors += np.abs(forecasts - windows.targets(chunk)[:, :, 0]).sum(axis=0)
    return errors / len(windows.rows.val)

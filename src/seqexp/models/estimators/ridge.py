"""Ridge regression on windows, solved exactly in memory that the number of windows doesn't change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import Fault, not_one_of, raise_any, refused, shown, wrong
from seqexp.config.model_section import is_number
from seqexp.data.series.targets import targets_named
from seqexp.models.estimators.ridge_maps import INPUTS, NORMALISE, LinearMap, check_seen, maps_of
from seqexp.models.estimators.ridge_moments import Moments, gram_of, moments_of
from seqexp.models.estimators.ridge_path import path_of, threads_for

if TYPE_CHECKING:
    from seqexp.config.schema import SeriesConfig
    from seqexp.data.arrays import Floats, Rows
    from seqexp.data.series.geometry import Geometry
    from seqexp.data.series.series import Series
    from seqexp.data.series.windows import Windows

# The matrix to solve takes features^2 x 8 bytes, twice: 3.6 GB with so many.
MAX_FEATURES = 15_000
# Penalties to choose from where all inputs are seen: from next to none to one that leaves little but naive forecasts.
ALPHAS = tuple(10.0**power for power in range(10))
# Those where a column's own past is seen: shares of the number of windows, so that more of them mean the same.
SHARES = tuple(10.0 ** (power / 2) for power in range(-8, 3))


class Ridge:
    """Linear maps from what a window shows to all leads of its target, with intercepts and a squared penalty.

    Minimises sum |y - W'x - b|^2 + alpha |W - N|^2 over the training windows, each counted once: all leads, and all
    penalties, from the same matrix x x', summed over the windows. N are the weights of the forecast that the penalty
    draws towards: the target's last value, or its mean in the window.

    Args:
        alpha: The penalty, not less than 0. None: of a path of penalties the one with the lowest MAE on the
            validation windows, by which the leaderboard ranks and a network's best epoch is picked; the test part is
            not looked at. The path is `ALPHAS`, or of inputs="own" `SHARES` times the number of windows.
        inputs: "all": x are all columns at all timesteps, of every column of the target. "own": x are the timesteps
            of the column that is forecast, and from the last row that is seen on what is known ahead.
        normalise: Of inputs="own": x is seen as it is ("none"), less the last value ("last"), as NLinear does, or less
            the window's mean ("mean"). With "mean" the penalty draws towards that, else towards the last value.
            Zeng et al. 2023, https://arxiv.org/abs/2205.13504.
        shared: Of inputs="own": one map for all columns of the target; otherwise each has its own, with its own
            penalty.

    Raises:
        InputError: If an argument is none that is allowed.
    """

    task: ClassVar[Literal["forecast"]] = "forecast"

    def __init__(
        self, alpha: float | None = None, inputs: str = "all", normalise: str = "none", shared: bool = True
    ) -> None:
        raise_any(_faults(alpha, inputs, normalise, shared))
        self._given, self._inputs, self._normalise, self._shared = alpha, inputs, normalise, shared
        self._weights: Floats = np.empty((0, 0, 0))  # (maps, features, outputs)
        self._intercepts: Floats = np.empty((0, 0))
        self._alphas: Floats = np.empty(0)

    def fit(self, windows: Windows) -> None:
        """Solve the normal equations of the training windows.

        Raises:
            InputError: If a window has too many numbers, a column that is to be forecast from its own past is not
                among the inputs, or without a penalty the solution is not unique.
        """
        maps = maps_of(windows, self._inputs, self._normalise)
        features = maps[0].features
        if features > MAX_FEATURES:
            raise refused(
                "dataset.step",
                "must be larger, or dataset.lookback shorter, for a linear model: it solves for timesteps x columns, "
                f"at most {MAX_FEATURES:,}. Received: {_sizes(windows, maps[0])}.",
            )
        with threads_for(features):
            solved = self._solutions(maps, np.unique(windows.rows.train), windows.rows.val)
        self._weights = np.stack([weights for weights, _, _ in solved])
        self._intercepts = np.stack([intercepts for _, intercepts, _ in solved])
        self._alphas = np.array([alpha for _, _, alpha in solved])

    def _solutions(self, maps: Sequence[LinearMap], rows: Rows, val: Rows) -> list[tuple[Floats, Floats, float]]:
        """Return what `_solve` does, of each map or of the one that all share, for training and validation rows."""
        known = gram_of(maps[0].sources[1:], rows) if len(maps[0].sources) > 1 else None
        each = (moments_of(one.sources, one.targets, one.reference, rows, known) for one in maps)
        if not self._shared:
            return [self._solve([one], moments, val) for one, moments in zip(maps, each, strict=True)]
        total = next(each)
        for moments in each:
            total += moments
        return [self._solve(maps, total, val)]

    def _solve(self, maps: Sequence[LinearMap], moments: Moments, val: Rows) -> tuple[Floats, Floats, float]:
        """Return the weights (features, outputs) and intercepts (outputs,) that some maps have in common, and alpha."""
        one = maps[0]
        reduced = moments if one.basis is None else moments.of(one.basis)
        path = path_of(*reduced.centred())
        mean, target_mean = moments.total / moments.windows, moments.target_total / moments.windows

        def solution(alpha: float) -> tuple[Floats, Floats]:
            weights = one.expanded(path.weights(alpha))
            # The intercept is that of the change, of which the reference has no part.
            return weights + np.tile(one.reference, one.targets.lags.count), target_mean - mean @ weights

        if self._given is not None:
            return (*solution(self._given), float(self._given))
        alphas = ALPHAS if self._inputs == "all" else tuple(share * moments.windows for share in SHARES)
        solutions = [solution(alpha) for alpha in alphas]
        best = int(np.argmin(sum(each.absolute_errors(val, solutions) for each in maps)))
        return (*solutions[best], alphas[best])

    def check(self, series: Series, geometry: Geometry, dataset: SeriesConfig) -> None:
        """Check that the columns that are to be forecast from their own past are among the inputs.

        Raises:
            InputError: If one is not.
        """
        if self._inputs == "own" and dataset.inputs is not None:
            check_seen([name for name in targets_named(dataset, series.columns) if name not in dataset.inputs])

    def predict(self, windows: Windows, rows: Rows) -> Floats:
        """Return (windows, leads, columns) float64, the normalised forecasts for window rows."""
        maps = maps_of(windows, self._inputs, self._normalise)
        found = np.empty((len(rows), len(windows.ahead), len(windows.target.names)))
        with threads_for(maps[0].features):
            for index, one in enumerate(maps):
                which = min(index, len(self._weights) - 1)  # a map that all share is the only one
                one.forecast(rows, self._weights[which], self._intercepts[which], found[:, :, one.columns])
        return found

    @property
    def parameters(self) -> int:
        """How many weights and intercepts all maps have."""
        return self._weights.size + self._intercepts.size

    def artifacts(self) -> Mapping[str, NDArray[Any]]:
        """Return weights (maps, features, outputs) float64, intercept (maps, outputs) and alpha (maps,).

        Features are timesteps, the oldest first, each with its columns; then what is known ahead, likewise. Outputs
        are leads, each with its columns.
        """
        return {"weights": self._weights, "intercept": self._intercepts, "alpha": self._alphas}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `artifacts` returned; of runs of one lead and column, too, that had no axes for them."""
        weights = arrays["weights"]
        self._weights = weights if weights.ndim == 3 else weights.reshape(1, -1, 1)
        self._intercepts = np.reshape(arrays["intercept"], (len(self._weights), -1))
        self._alphas = np.reshape(arrays["alpha"], -1)


def _faults(alpha: object, inputs: str, normalise: str, shared: object) -> list[Fault]:
    faults = [
        not_one_of(f"model.{key}", value, known)
        for key, value, known in (("inputs", inputs, INPUTS), ("normalise", normalise, NORMALISE))
        if value not in known
    ]
    if alpha is not None and not (is_number(alpha) and alpha >= 0):
        what = "must be a number >= 0, or null to choose it by the validation part"
        faults.append(wrong("model.alpha", f"{what}. Received: {shown(alpha)}."))
    if not isinstance(shared, bool):
        faults.append(wrong("model.shared", f"must be true or false. Received: {shown(shared)}."))
    if not faults and inputs == "all" and not (normalise == "none" and shared):
        received = f"normalise={normalise}, shared={str(shared).lower()}"
        faults.append(wrong("model.inputs", f"must be own for a map of each column's own past. Received: {received}."))
    return faults


def _sizes(windows: Windows, one: LinearMap) -> str:
    """Return how many features there are and why, in words."""
    timesteps, columns = windows.shape
    if len(one.sources) == 1:
        columns = one.sources[0].columns
        return f"{timesteps:,} x {columns} = {one.features:,}"
    ahead = one.sources[1]
    return f"{timesteps:,} + {ahead.lags.count:,} x {ahead.columns} known ahead = {one.features:,}"

"""What the linear maps of a ridge regression read, and how they forecast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import refused
from seqexp.models.estimators.lagged import Lagged, Lags

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats, Rows
    from seqexp.data.series.windows import Windows

INPUTS = ("all", "own")
NORMALISE = ("last", "mean", "none")
# Bytes of samples, and of forecasts, that are in memory at once: few, so that a processor's cache holds them.
_CHUNK = 4 << 20


@dataclass(frozen=True)
class LinearMap:
    """A linear map from what a window shows to columns of its target, at all leads.

    Attributes:
        sources: What it reads of a window.
        targets: The truth.
        reference: (features, columns) float64: the weights of the forecast that a penalty draws towards.
        basis: (features of the first source, fewer) float64: what is learned are weights of basis'x; None: of x.
        columns: Which columns of the target these are.
        kind: The precision in which validation windows are forecast while a penalty is chosen.
    """

    sources: tuple[Lagged, ...]
    targets: Lagged
    reference: Floats
    basis: Floats | None
    columns: slice
    kind: type[np.floating[Any]]

    @property
    def features(self) -> int:
        """How many numbers it reads."""
        return len(self.reference)

    def expanded(self, weights: Floats) -> Floats:
        """Return the weights of x that weights of basis'x amount to."""
        if self.basis is None:
            return weights
        learned = self.basis.shape[1]
        return np.concatenate([self.basis @ weights[:learned], weights[learned:]])

    def forecast(self, rows: Rows, weights: Floats, intercepts: Floats, out: Floats) -> None:
        """Write the forecasts for window rows into (windows, leads, columns) float64."""
        for first, samples in self._chunks(rows, np.float64):
            found = samples @ weights
            found += intercepts
            out[first : first + len(samples)] = found.reshape(len(samples), *out.shape[1:])

    def absolute_errors(self, rows: Rows, solutions: Sequence[tuple[Floats, Floats]]) -> Floats:
        """Return the sum of absolute errors over windows, leads and columns for each (weights, intercepts)."""
        errors = np.zeros(len(solutions))
        # The intercepts are weights of a feature that is always 1.
        stacked = [np.vstack([weights, intercepts]).astype(self.kind) for weights, intercepts in solutions]
        for first, samples in self._chunks(rows, self.kind):
            extended = np.append(samples, np.ones((len(samples), 1), self.kind), axis=1)
            truth = self.targets.at(rows[first : first + len(samples)], self.kind)
            found = np.empty_like(truth)
            for index, weights in enumerate(stacked):
                np.matmul(extended, weights, out=found)
                found -= truth
                errors[index] += np.abs(found, out=found).sum(axis=1).sum(dtype=np.float64)
        return errors

    def _chunks(self, rows: Rows, kind: type[np.floating[Any]]) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (first, (windows, features) samples), all rows in order and a bounded number at once."""
        size = max(1, _CHUNK // (8 * max(self.features, self.targets.features)))
        for first in range(0, len(rows), size):
            chunk = rows[first : first + size]
            seen = [source.at(chunk, kind) for source in self.sources]
            yield first, seen[0] if len(seen) == 1 else np.concatenate(seen, axis=1)


def maps_of(windows: Windows, inputs: str, normalise: str) -> list[LinearMap]:
    """Return one map of all inputs, or one map of each column of the target, which read alike.

    Raises:
        InputError: If a column is to be forecast from its own past, and models don't see it.
    """
    leads = Lags(int(windows.ahead[0]), windows.geometry.horizon_step, len(windows.ahead))
    timesteps, columns = windows.shape
    seen = Lags(-windows.lookback, windows.step, timesteps)
    if inputs == "all":
        reference = np.zeros((timesteps * columns, len(windows.target.names)))
        for target, column in enumerate(windows.target.inputs):
            if column >= 0:
                reference[(timesteps - 1) * columns + column, target] = 1.0
        targets = Lagged(windows.target.values, leads)
        # Weights of columns that depend on each other cancel: float32 is too coarse for that.
        return [LinearMap((Lagged(windows.inputs, seen),), targets, reference, None, slice(None), np.float64)]
    check_seen([name for name, column in zip(windows.target.names, windows.target.inputs, strict=True) if column < 0])
    ahead = _known_ahead(windows)
    basis, reference = _normalised(timesteps, normalise)
    if ahead:
        reference = np.concatenate([reference, np.zeros((ahead[0].features, 1))])
    return [
        LinearMap(
            (Lagged(_column(windows.inputs, column), seen), *ahead),
            Lagged(_column(windows.target.values, target), leads),
            reference,
            basis,
            slice(target, target + 1),
            np.float32,
        )
        for target, column in enumerate(windows.target.inputs)
    ]


def check_seen(unseen: Sequence[str]) -> None:
    """Refuse columns that are to be forecast from their own past, and that models don't see.

    Raises:
        InputError: If there are any.
    """
    if unseen:
        raise refused(
            "dataset.inputs",
            "must hold dataset.target for a model that forecasts each column from its own past; model=linear sees all "
            f"inputs instead. Missing: {', '.join(map(repr, unseen))}.",
        )


def _column(values: NDArray[Any], column: int) -> NDArray[Any]:
    """Return a column alone, (rows, 1), in memory of its own: it is read once for each lag."""
    return np.ascontiguousarray(values[:, column])[:, None]


def _known_ahead(windows: Windows) -> tuple[Lagged, ...]:
    """Return what is known ahead, from the last row that is seen, or the first one after it that is shown, on."""
    if not windows.known:
        return ()
    # A window's last timestep shows what is known of the last row of the target.
    rows = int(windows.ahead[-1]) + windows.step
    count = min(rows // windows.step + 1, windows.shape[0])
    values = np.ascontiguousarray(windows.inputs[:, windows.known])
    return (Lagged(values, Lags(-count * windows.step, windows.step, count)),)


def _normalised(timesteps: int, normalise: str) -> tuple[Floats | None, Floats]:
    """Return the basis of a column's window, and the weights (timesteps, 1) of what its forecast is compared with."""
    last = np.eye(timesteps)[:, -1:]
    if normalise == "none":
        return None, last
    if normalise == "last":
        # The last value less itself is always 0, so it is left out.
        return np.eye(timesteps)[:, :-1] - last @ np.ones((1, timesteps - 1)), last
    return _zero_sums(timesteps), np.full((timesteps, 1), 1 / timesteps)


def _zero_sums(timesteps: int) -> Floats:
    """Return (timesteps, timesteps - 1) float64: orthonormal columns that each sum to 0 (Helmert's).

    Differences from a window's mean have one dimension less than there are timesteps: these are all of them.
    """
    from scipy.linalg import helmert

    found: Floats = helmert(timesteps).T
    return found

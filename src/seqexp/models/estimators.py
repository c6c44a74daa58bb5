"""Models that are not networks. They meet the same evaluator as the networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from seqexp.data.series import Floats
    from seqexp.data.splits import Rows
    from seqexp.data.windows import Windows


class Estimator(Protocol):
    """A model that is fitted at once, without epochs."""

    def fit(self, windows: Windows) -> None:
        """Learn from the training windows alone."""

    def predict(self, windows: Windows, rows: Rows) -> Floats:
        """Return (windows,) float64, the normalised forecast for each window row."""

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""


class Naive:
    """Persistence: the target stays as it is at the window's last timestep."""

    def fit(self, windows: Windows) -> None:
        """Nothing is learned."""

    def predict(self, windows: Windows, rows: Rows) -> Floats:
        """Return (windows,) float64: the last value seen, normalised."""
        return windows.last_seen(rows)

    @property
    def parameters(self) -> int:
        """None."""
        return 0

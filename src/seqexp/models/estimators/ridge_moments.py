"""What a linear map of windows is fitted from: sums over the training windows of products of what they see and are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqexp.models.estimators.lagged import Lagged, lagged_products, sums_of_lagged

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats, Rows


@dataclass(frozen=True)
class Moments:
    """Sums over windows: of x x', x d', x and d, where d = y - x'r is how the targets y differ from a reference.

    Attributes:
        windows: How many there are.
        gram: (features, features) float64.
        moment: (features, outputs) float64.
        total: (features,) float64.
        target_total: (outputs,) float64.
    """

    windows: int
    gram: Floats
    moment: Floats
    total: Floats
    target_total: Floats

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of both sets of windows together."""
        return Moments(
            self.windows + other.windows,
            self.gram + other.gram,
            self.moment + other.moment,
            self.total + other.total,
            self.target_total + other.target_total,
        )

    def of(self, basis: Floats) -> Moments:
        """Return the moments of other features: basis' x instead of the first of x, and the rest of x as it is.

        The basis is (first features, new features) float64.
        """
        first = len(basis)
        top = basis.T @ self.gram[:first]
        corner, side = top[:, :first] @ basis, top[:, first:]
        gram = np.block([[corner, side], [side.T, self.gram[first:, first:]]])
        moment = np.concatenate([basis.T @ self.moment[:first], self.moment[first:]])
        total = np.concatenate([basis.T @ self.total[:first], self.total[first:]])
        return Moments(self.windows, gram, moment, total, self.target_total)

    def centred(self) -> tuple[Floats, Floats]:
        """Return gram and moment of x and d less their means: what is left of a regression without its intercept."""
        mean = self.total / self.windows
        return self.gram - np.outer(self.total, mean), self.moment - np.outer(mean, self.target_total)


def moments_of(
    sources: Sequence[Lagged], targets: Lagged, reference: Floats, rows: Rows, last: Floats | None = None
) -> Moments:
    """Return the moments of the windows at (windows,) rows, rising, none twice.

    Args:
        sources: What a window sees; its features are those of the sources, one after the other.
        targets: The truth of a window: its outputs are those of all columns at the first lead, then at the second.
        reference: (features, columns) float64: the weights of what each column of the targets is compared with,
            whatever the lead.
        rows: The windows.
        last: The gram of the last source alone, if it is there already.
    """
    gram = gram_of(sources, rows, last)
    cross = np.concatenate([lagged_products(source, targets, rows) for source in sources])
    total = np.concatenate([sums_of_lagged(source, rows) for source in sources])
    leads = targets.lags.count
    return Moments(
        len(rows),
        gram,
        cross - np.tile(gram @ reference, leads),
        total,
        sums_of_lagged(targets, rows) - np.tile(total @ reference, leads),
    )


def gram_of(sources: Sequence[Lagged], rows: Rows, last: Floats | None = None) -> Floats:
    """Return X'X, (features, features) float64, of the sources' features, one source after the other."""
    if len(sources) == 1:
        return lagged_products(sources[0], sources[0], rows) if last is None else last
    first, others = sources[0], sources[1:]
    side = np.concatenate([lagged_products(first, other, rows) for other in others], axis=1)
    return np.block([[lagged_products(first, first, rows), side], [side.T, gram_of(others, rows, last)]])

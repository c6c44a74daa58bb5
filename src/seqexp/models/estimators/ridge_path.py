"""The solutions of a ridge regression for many penalties."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

import numpy as np

from seqexp.config.errors import InputError, refused

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats

# With more features than that a Cholesky decomposition for each penalty is quicker than one of the eigenvalues: of
# 2,352 features that takes 14 times as long.
_MOST_EIGENVALUES = 1_024


def threads_for(features: int) -> AbstractContextManager[object]:
    """Return a context in which as many threads compute as matrices of so many features keep busy.

    Small ones take one thread less time than several that wait for each other, above all beside other processes.
    """
    if features > _MOST_EIGENVALUES:
        return nullcontext()
    from threadpoolctl import threadpool_limits

    limit: AbstractContextManager[object] = threadpool_limits(1, "blas")
    return limit


class Path(Protocol):
    """The solutions of (G + alpha I) W = M, one for each penalty alpha."""

    def weights(self, alpha: float) -> Floats:
        """Return W, (features, outputs) float64.

        Raises:
            InputError: If the penalty is too small: up to rounding, the solution is not unique.
        """


def path_of(gram: Floats, moment: Floats) -> Path:
    """Return the solutions for G (features, features), symmetric and not negative, and M (features, outputs)."""
    return (_ByEigenvalues if len(gram) <= _MOST_EIGENVALUES else _ByCholesky)(gram, moment)


class _ByEigenvalues:
    """Of one decomposition G = V L V', which costs more than all that follows: W = V (L + alpha I)^-1 V' M."""

    def __init__(self, gram: Floats, moment: Floats) -> None:
        self._values, self._vectors = np.linalg.eigh(gram)
        self._projected = self._vectors.T @ moment

    def weights(self, alpha: float) -> Floats:
        penalised = self._values + alpha
        _check_unique(penalised, alpha)
        found: Floats = self._vectors @ (self._projected / penalised[:, None])
        return found


class _ByCholesky:
    """Of a Cholesky decomposition for each penalty."""

    def __init__(self, gram: Floats, moment: Floats) -> None:
        self._gram, self._moment = gram, moment

    def weights(self, alpha: float) -> Floats:
        from scipy.linalg import LinAlgError, cho_factor, cho_solve

        penalised = self._gram.copy()
        penalised[np.diag_indices_from(penalised)] += alpha
        try:
            factor = cho_factor(penalised, overwrite_a=True, check_finite=False)
        except LinAlgError:
            raise _not_unique(alpha) from None
        _check_unique(factor[0].diagonal() ** 2, alpha)
        found: Floats = cho_solve(factor, self._moment, check_finite=False)
        return found


def _check_unique(pivots: Floats, alpha: float) -> None:
    # Below that share one is what rounding left of zero.
    if len(pivots) and pivots.min() <= len(pivots) * np.finfo(np.float64).eps * pivots.max():
        raise _not_unique(alpha)


def _not_unique(alpha: float) -> InputError:
    return refused(
        "model.alpha",
        f"must be larger: columns of these windows depend on each other, and the solution is not unique. "
        f"Received: {alpha:g}.",
    )

"""How columns go together: at the same time, and one behind the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from seqexp.data.arrays import Floats, Mask, Rows
from seqexp.data.series.repair import Repaired


def correlations(repaired: Repaired, means: Floats) -> Floats:
    """Return (columns, columns): Pearson's r of each pair, over the rows where both were measured.

    Args:
        repaired: The series, read in one pass.
        means: (columns,) near the columns' means: subtracted first, so that nothing is lost to cancellation.

    Returns:
        NaN for a pair of which one never changes, or has values too large to be squared. The diagonal is 1, or NaN too.
    """
    width = len(means)
    count, products, squares, sums = np.zeros((4, width, width))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for _, values, bad in repaired.chunks():
            there = (~bad).astype(np.float64)
            centred = np.where(bad, 0.0, values - means)
            count += there.T @ there
            sums += centred.T @ there
            squares += np.square(centred).T @ there
            products += centred.T @ centred
        covariance = products - sums * sums.T / count
        variance = squares - sums * sums / count
        variance[~np.isfinite(variance)] = np.nan  # no correlation of 0 follows from an infinite one
        # What rounding leaves of a column that never changes is no variance.
        variance[variance <= 1e-12 * np.maximum(squares, np.finfo(float).tiny)] = np.nan
        found: Floats = np.clip(covariance / (np.sqrt(variance) * np.sqrt(variance.T)), -1.0, 1.0)
    return found


def autocorrelation(values: Floats, measured: Mask, lags: int, breaks: Rows) -> Floats:
    """Return (lags + 1,): the correlation of a series with itself so many rows later.

    r(k) = mean of (x[t] - m)(x[t + k] - m) over the pairs of which both were measured and that have no break
    between them, divided by the mean of (x[t] - m)^2. NaN where there is no such pair.

    Args:
        values: (rows,) in any unit.
        measured: (rows,) whether each value was measured.
        lags: The longest lag, in rows.
        breaks: Rows before which a gap lies.
    """
    mean = values[measured].mean()
    centred = np.where(measured, values - mean, 0.0)
    there = measured.astype(np.float64)
    pairs = np.rint(lagged_sums(_column(there), there, lags, breaks)[:, 0])
    products = lagged_sums(_column(centred), centred, lags, breaks)[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(pairs > 0, products / pairs, np.nan) / (np.square(centred).sum() / measured.sum())
    return found


def without_daily_cycle(values: Floats, measured: Mask, phase: Rows) -> Floats:
    """Return (rows,) values less the mean of all measured ones at the same time of the day.

    All arguments are (rows,); `phase` is the time of the day, numbered from 0.
    """
    sums = np.bincount(phase[measured], values[measured], minlength=phase.max() + 1)
    counts = np.bincount(phase[measured], minlength=phase.max() + 1)
    return values - (sums / np.maximum(counts, 1))[phase]


BlockReader = Callable[[int, int], Floats]


def lagged_sums(block: BlockReader, later: Floats, lags: int, breaks: Rows, rows: int = 1 << 15) -> Floats:
    """Return (lags + 1, columns): the sum of x[t] y[t + k] over all t, for each lag k and column of x.

    Pairs with a break between them don't count. By FFT, block by block: memory for a block, not for the series.

    Args:
        block: Returns the rows [first, end) of x, (rows, columns).
        later: (rows,) y.
        lags: The longest lag, in rows.
        breaks: Rows before which a gap lies.
        rows: Rows of a block, at least; 2 lags where that is more.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    size = max(rows, 2 * lags)
    total: Floats | None = None
    for begin, end in itertools.pairwise([0, *breaks.tolist(), len(later)]):
        for first in range(begin, end, size):
            x = block(first, min(first + size, end)).astype(np.float64)
            y = later[first : min(first + size + lags, end)]
            length = next_fast_len(len(y) + len(x), real=True)
            product = np.conj(rfft(x, length, axis=0)) * rfft(y, length)[:, None]
            sums = irfft(product, length, axis=0)[: lags + 1]
            if total is None:
                total = np.zeros((lags + 1, x.shape[1]))
            usable = min(lags + 1, len(y))  # from there on the sums are those of nothing
            total[:usable] += sums[:usable]
    assert total is not None  # a series has rows
    return total


def pearson(x: Floats, y: Floats) -> float:
    """Return Pearson's r of two columns; 0 where one doesn't change."""
    a, b = x - x.mean(), y - y.mean()
    norm = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0


def _column(values: Floats) -> BlockReader:
    return lambda first, end: values[first:end, None]

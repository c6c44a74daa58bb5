"""How sure a mean error, a skill or a difference is: intervals over windows that follow each other, and over seeds.

Errors of neighbouring windows are alike: windows overlap, and forecasts h rows ahead share the h rows before their
targets. To count them as independent would make every interval several times too short. So windows are resampled in
blocks: the circular block bootstrap of Politis and Romano (1992), after the moving blocks of Künsch (1989), with the
block length that Politis and White (2004) read off the series' own autocorrelation, as corrected by Patton, Politis and
White (2009). For a mean the bootstrap's variance has a closed form, so nothing is drawn and the same runs always give
the same interval. The loss differential of two forecasts is treated in the same way, which is the test of Diebold and
Mariano (1995) with blocks instead of a kernel.

Sources:
    Künsch, H. R. (1989). The jackknife and the bootstrap for general stationary observations. Annals of Statistics 17.
    Politis, D. N. and Romano, J. P. (1992). A circular block-resampling procedure for stationary data. In: Exploring
        the Limits of Bootstrap, Wiley.
    Politis, D. N. and White, H. (2004). Automatic block-length selection for the dependent bootstrap. Econometric
        Reviews 23.
    Patton, A., Politis, D. N. and White, H. (2009). Correction to the former. Econometric Reviews 28.
    Diebold, F. X. and Mariano, R. S. (1995). Comparing predictive accuracy. Journal of Business and Economic
        Statistics 13.
    Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics Bulletin 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats

LEVEL = 0.95
FEWEST_SEEDS = (
    3  # of two, Student's t has one degree of freedom: the interval is 12.7 standard errors wide to each side
)


@dataclass(frozen=True)
class Uncertain:
    """The variance of an estimate, and how well that variance itself is known."""

    variance: float  # of the estimate
    freedom: float  # degrees of freedom of the variance; infinite if it is known

    def __add__(self, other: Uncertain) -> Uncertain:
        """Return that of a sum of independent estimates; degrees of freedom by Satterthwaite (1946)."""
        total = self.variance + other.variance
        if total == 0:
            return Uncertain(0.0, math.inf)
        parts = sum(each.variance**2 / each.freedom for each in (self, other))
        return Uncertain(total, total**2 / parts if parts else math.inf)


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % confidence interval."""

    estimate: float
    half: float  # half the interval's width
    over: str  # what it was taken over: "windows", "texts", "seeds", or two of them
    block: int | None = None  # samples a block, where windows were resampled; 1: each for itself

    @property
    def low(self) -> float:
        """The lower end."""
        return self.estimate - self.half

    @property
    def high(self) -> float:
        """The upper end."""
        return self.estimate + self.half

    @property
    def holds_zero(self) -> bool:
        """Whether 0 is as possible as the estimate, as far as the data says."""
        return self.low <= 0 <= self.high


def interval(estimate: float, uncertain: Uncertain, over: str, block: int | None = None) -> Interval:
    """Return the interval of Student's t for an estimate."""
    from scipy.special import ndtri, stdtrit

    share = (1 + LEVEL) / 2
    quantile = stdtrit(uncertain.freedom, share) if math.isfinite(uncertain.freedom) else ndtri(share)
    return Interval(estimate, float(quantile) * math.sqrt(uncertain.variance), over, block)


def over_seeds(values: Sequence[float]) -> Uncertain | None:
    """Return how uncertain the mean of figures of independent runs is: s^2 / n; None of fewer than `FEWEST_SEEDS`."""
    if len(values) < FEWEST_SEEDS:
        return None
    return Uncertain(variance(values) / len(values), len(values) - 1)


def paired_over_seeds(differences: Sequence[float]) -> Interval | None:
    """Return the mean difference of two configurations over the seeds that both have; None of too few.

    Both runs of a pair have the seed, and with it the order of the samples, and the windows in common; what is left is
    the paired t interval.
    """
    uncertain = over_seeds(differences)
    return None if uncertain is None else interval(fmean(differences), uncertain, "seeds")


def over_windows(series: Floats, block: int) -> Uncertain | None:
    """Return how uncertain the mean of a series is, by the circular block bootstrap; None if two blocks don't fit in.

    The bootstrap glues n // block blocks, each beginning at any of the n samples with equal chance and going on at the
    series' begin where it passes the end, and a shorter one to fill up. Its variance is that of a sum of independent
    blocks. It is on average too small by the factor 1 - block / n, which is made good, and is known no better than that
    of n / block independent blocks: hence n / block - 1 degrees of freedom.

    Args:
        series: (n,) in the order of time.
        block: Neighbours that are kept together.
    """
    n = len(series)
    if n < 2 * block:
        return None
    whole, rest = divmod(n, block)
    total = whole * _variance_of_sums(series, block) + (_variance_of_sums(series, rest) if rest else 0.0)
    return Uncertain(total / n**2 / (1 - block / n), n / block - 1)


def _variance_of_sums(series: Floats, length: int) -> float:
    """Return the variance over all beginnings on a circle of the sum of `length` neighbours."""
    centred = series - series.mean()  # sums of large numbers would lose digits
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([centred, centred[:length]]))])
    return float(np.var(sums[length : length + len(series)] - sums[: len(series)]))


def block_length(series: Floats, least: int = 1) -> int:
    """Return how many neighbours are to be kept together, as Politis and White (2004, 2009) choose for circular blocks.

    The autocorrelation is followed up to the lag after which max(5, ceil(log10 n)) of them in a row lie within
    +-2 sqrt(log10 n / n). With the flat-top window h(x) = min(1, 2 (1 - |x|)) over twice that lag m,
    g = sum h(k / 2m) |k| r(k) and s = sum h(k / 2m) r(k), the block is (2 g^2 / (4/3 s^2) n)^(1/3), rounded up, and not
    more than min(3 sqrt(n), n / 3).

    Args:
        series: (n,) in the order of time.
        least: The block is no shorter: of forecasts their distance in samples, within which errors share what
            happened. It gives way where it would leave fewer than three blocks.
    """
    n = len(series)
    most = max(1, math.ceil(min(3 * math.sqrt(n), n / 3)))
    return max(min(_optimal(series), most), min(least, max(1, n // 3)))


def _optimal(series: Floats) -> int:
    n = len(series)
    if n < 8 or np.ptp(series) == 0:
        return 1
    covariances = _autocovariances(series)
    in_a_row = max(5, math.ceil(math.log10(n)))
    highest = min(math.ceil(math.sqrt(n)) + in_a_row, n - 1)
    small = np.abs(covariances[1:] / covariances[0]) < 2 * math.sqrt(math.log10(n) / n)
    last = next((lag for lag in range(highest) if small[lag : lag + in_a_row].all()), highest)
    bandwidth = min(2 * max(last, 1), highest)
    lags = np.arange(1, bandwidth + 1)
    window = np.minimum(1.0, 2 * (1 - lags / bandwidth))
    g = 2 * float(window @ (lags * covariances[lags]))
    s = float(covariances[0] + 2 * (window @ covariances[lags]))
    if s == 0:
        return 1
    return math.ceil((2 * g**2 / (4 / 3 * s**2) * n) ** (1 / 3)) or 1


def _autocovariances(series: Floats) -> Floats:
    """Return those of all lags, each a sum over the pairs there are divided by n."""
    n = len(series)
    spectrum = np.fft.rfft(series - series.mean(), 2 ** (2 * n - 1).bit_length())  # beyond 2n nothing wraps round
    found: Floats = np.fft.irfft(np.abs(spectrum) ** 2)[:n] / n
    return found

"""Urns that words are drawn from: how the simulated reviews are random, and the same on every machine.

An urn is an array of a power of two of tickets; the top bits of a random number pick one. All of it is integer
arithmetic on PCG64's own output, which numpy promises never to change.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from seqexp.data.series.splits import Rows
from seqexp.data.text.corpus import Words

Raw = NDArray[np.uint64]


def raw(bits: np.random.PCG64, count: int) -> Raw:
    """Return (count,) uint64, 64 random bits each."""
    found: Raw = np.asarray(bits.random_raw(count), dtype=np.uint64)
    return found


def below(numbers: Raw, bits: int) -> Rows:
    """Return the top bits of random numbers: integers below 2**bits, int64."""
    return (numbers >> np.uint64(64 - bits)).astype(np.int64)


def chance(bits: np.random.PCG64, of_1024: int | Rows, count: int) -> NDArray[np.bool_]:
    """Return (count,) bool, true in `of_1024` of 1,024 cases."""
    found: NDArray[np.bool_] = below(raw(bits, count), 10) < of_1024
    return found


def draw(bits: np.random.PCG64, urn: Words, count: int) -> Words:
    """Return (count,) int32, tickets from an urn of 2**k."""
    found: Words = urn[below(raw(bits, count), bits_of(urn))]
    return found


def bits_of(urn: Words) -> int:
    """Return k of an urn of 2**k tickets, its last axis."""
    return int(urn.shape[-1]).bit_length() - 1


def filled(tickets: Sequence[int], weights: Sequence[int], bits: int) -> Words:
    """Return (2**bits,) int32, an urn that holds each ticket as often as its weight says, to within one.

    Args:
        tickets: What to put in.
        weights: Non-negative integers. One much smaller than the sum may get no ticket.
        bits: How large the urn is.
    """
    sums = [0, *accumulate(weights)]
    bounds = np.array([(bound << bits) // sums[-1] for bound in sums], dtype=np.int64)
    return np.repeat(np.array(tickets, dtype=np.int32), np.diff(bounds))


def zipf(count: int, head: int, tail: int) -> list[int]:
    """Return (count,) weights of words by rank r from 1, in units of 2**-40: 1 / ((r + head) (1 + r / tail)).

    Zipf's law in Mandelbrot's form with the exponent 1, which goes over to 2 beyond the rank `tail`, as it does in
    collections of texts (Ferrer i Cancho and Sole, Two regimes in the frequency of words, 2001).
    """
    return [(tail << 40) // ((rank + head) * (rank + tail)) for rank in range(1, count + 1)]

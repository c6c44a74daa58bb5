"""The parts of a dataset, and the types of the arrays that data stands in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Part = Literal["train", "val", "test"]
ScoredPart = Literal["val", "test"]
PARTS: tuple[Part, ...] = ("train", "val", "test")
SCORED: tuple[ScoredPart, ...] = ("val", "test")
PART_WORDS: dict[Part, str] = {"train": "training", "val": "validation", "test": "test"}

Rows = NDArray[np.int64]  # each names one sample of its dataset
Codes = NDArray[np.int32]  # each names one text of a list
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Mask = NDArray[np.bool_]
Times = NDArray[np.datetime64]

_BLOCK = 1 << 22  # numbers that are reckoned with at once: 34 MB


class Values(Protocol):
    """Numbers for each of some samples: an array, or what is reckoned where it is asked for."""

    def __len__(self) -> int:
        """Return how many samples there are."""

    def __getitem__(self, at: Any, /) -> NDArray[Any]:
        """Return the numbers of some samples, (samples, ...), given a slice or an array of their positions."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(samples, ...)."""


def blocks_of(values: Values) -> Iterator[slice]:
    """Yield slices of the samples, in their order, whose numbers fit into memory many times."""
    size = max(1, _BLOCK // max(1, math.prod(values.shape[1:])))
    for first in range(0, len(values), size):
        yield slice(first, first + size)


def make_read_only(owner: object, *names: str) -> None:
    """Make arrays of a frozen dataclass read-only: models are given it, and must not change what they are scored on.

    Whoever made it keeps arrays that can be written.
    """
    for name in names:
        array: NDArray[Any] | None = getattr(owner, name)
        if array is not None:
            view = array.view()
            view.flags.writeable = False
            object.__setattr__(owner, name, view)

"""The parts of a dataset, and the types of the arrays that data stands in."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Part = Literal["train", "val", "test"]
PARTS: tuple[Part, ...] = ("train", "val", "test")
SCORED: tuple[Part, ...] = ("val", "test")
PART_WORDS: dict[Part, str] = {"train": "training", "val": "validation", "test": "test"}

Rows = NDArray[np.int64]  # each names one sample of its dataset
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Mask = NDArray[np.bool_]
Times = NDArray[np.datetime64]


def make_read_only(*arrays: NDArray[Any] | None) -> None:
    """Make arrays read-only: they are handed to models, a user's own among them, which must not change them."""
    for array in arrays:
        if array is not None:
            array.flags.writeable = False

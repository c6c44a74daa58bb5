"""The parts of a dataset, and the types of the arrays that data stands in."""

from __future__ import annotations

from typing import Any, Literal

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

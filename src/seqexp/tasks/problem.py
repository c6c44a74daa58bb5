"""What a network is built for: what it is given, and what it is to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Problem:
    """The task, as far as a network's first and last layers follow from it.

    Attributes:
        shape: (timesteps, columns) of a window, or (ids,) of a text; None for as many ids as a batch has.
        classes: How many classes there are to tell apart; 0: one number is forecast.
        vocabulary: How many ids there are; 0: samples are numbers.
        table: (vocabulary, dimensions) float32, the vectors that the Embedding starts with; None: random ones.
        shortest: How few ids a batch has at least, where that differs from batch to batch; 0: it doesn't.
    """

    shape: tuple[int | None, ...]
    classes: int = 0
    vocabulary: int = 0
    table: NDArray[np.float32] | None = None
    shortest: int = 0

    @property
    def outputs(self) -> int:
        """How many numbers the network gives for a sample: of two classes, the second one's probability."""
        return self.classes if self.classes > 2 else 1

    @property
    def sample(self) -> str:
        """What a sample is called."""
        return "text" if self.vocabulary else "window"

    @property
    def head(self) -> list[Any]:
        """The output layers where the YAML gives none."""
        if not self.classes:
            return [{"Dense": {"units": 1}}]
        activation = "sigmoid" if self.outputs == 1 else "softmax"
        return [{"Dense": {"units": self.outputs, "activation": activation}}]

    def stem(self, dim: int, mask_zero: bool, trainable: bool) -> list[Any]:
        """Return the input layers where the YAML gives none.

        Args:
            dim: Numbers a word.
            mask_zero: Whether layers pass over padding.
            trainable: Whether the vectors are learned.
        """
        if not self.vocabulary:
            return []
        size = self.table.shape[1] if self.table is not None else dim
        arguments = {"input_dim": self.vocabulary, "output_dim": size, "mask_zero": mask_zero, "trainable": trainable}
        return [{"Embedding": arguments}]

"""What is to be predicted for a sample, and what a network that predicts it is built for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from seqexp.config.schema import EmbeddingConfig
from seqexp.data.arrays import Floats32


@dataclass(frozen=True)
class Target:
    """What is to be predicted for each sample: values of a series, or the class of a text."""

    columns: tuple[str, ...] = ()  # the columns that are forecast; of a text, none
    leads: tuple[int, ...] = ()  # rows from the last one that is seen to each target, rising
    classes: tuple[str, ...] = ()  # the classes that are distinguished; of two the second is the positive one
    levels: tuple[float, ...] = ()  # the quantiles that are forecast of each value, rising; none: one value

    @property
    def truth_shape(self) -> tuple[int, ...]:
        """The shape of the truth of one sample: (leads, columns), or () for a class's number."""
        return () if self.classes else (len(self.leads), len(self.columns))

    @property
    def point_shape(self) -> tuple[int, ...]:
        """The shape of what is scored of one sample: (leads, columns), or (classes,) probabilities."""
        return (len(self.classes),) if self.classes else self.truth_shape

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of what a model says of one sample: (leads, columns[, levels]), or (classes,) probabilities."""
        return (*self.point_shape, *((len(self.levels),) if self.levels else ()))

    def point(self, said: NDArray[Any]) -> NDArray[Any]:
        """Return what is scored of (samples, ...) numbers in the target's shape: of levels, the median."""
        return said[..., len(self.levels) // 2] if self.levels else said


@dataclass(frozen=True)
class Problem:
    """What a network's first and last layers follow from.

    Attributes:
        shape: (timesteps, columns) of a window, or (ids,) of a text; None for as many ids as a batch has.
        classes: How many classes there are to distinguish; 0: numbers are forecast.
        vocabulary: How many ids there are; 0: samples are numbers.
        table: (vocabulary, dimensions) float32, the vectors that the Embedding starts with; None: random ones.
        shortest: How few ids a batch has at least, where that differs from batch to batch; 0: it doesn't.
        numbers: How many numbers are forecast of a sample: leads x target columns, in this order.
        leads: How many rows of each target column are forecast.
        targets: Where each target column stands among the window's columns; -1: it is none of them.
        levels: How many quantiles are forecast of each number, side by side.
        ahead: For each lead, how many timesteps it lies after the window's last one; None: 1, 2, 3 ...
    """

    shape: tuple[int | None, ...]
    classes: int = 0
    vocabulary: int = 0
    table: Floats32 | None = None
    shortest: int = 0
    numbers: int = 1
    leads: int = 1
    targets: tuple[int, ...] = (0,)
    ahead: tuple[float, ...] | None = None
    levels: int = 1

    @property
    def outputs(self) -> int:
        """How many numbers the network gives for a sample: of two classes, the second one's probability."""
        if not self.classes:
            return self.numbers * self.levels
        return self.classes if self.classes > 2 else 1

    @property
    def sample(self) -> str:
        """What a sample is called."""
        return "text" if self.vocabulary else "window"

    @property
    def head(self) -> list[Any]:
        """The output layers where the YAML gives none."""
        if not self.classes:
            return [{"Dense": {"units": self.outputs}}]
        activation = "sigmoid" if self.outputs == 1 else "softmax"
        return [{"Dense": {"units": self.outputs, "activation": activation}}]

    @property
    def of_one_column(self) -> Problem:
        """The problem that is left of a window's target columns when each is forecast from itself alone."""
        numbers = self.numbers // len(self.targets)
        return replace(self, shape=(*self.shape[:1], 1), numbers=numbers, targets=(0,))

    def stem(self, embedding: EmbeddingConfig) -> list[Any]:
        """Return the input layers where the YAML gives none."""
        if not self.vocabulary:
            return []
        arguments = {
            "input_dim": self.vocabulary,
            "output_dim": self.table.shape[1] if self.table is not None else embedding.dim,
            "mask_zero": embedding.mask_zero,
            "trainable": embedding.trainable,
        }
        return [{"Embedding": arguments}]

"""What training and evaluation need of samples, be they windows or texts, and the order of an epoch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats, Floats32, Part, Rows, make_read_only


@dataclass(frozen=True)
class PartRows:
    """The rows of each part, (samples,) int64: each names one sample."""

    train: Rows
    val: Rows
    test: Rows
    possible: Mapping[Part, int] = field(default_factory=dict, kw_only=True)  # how many there were to choose from

    def __post_init__(self) -> None:
        make_read_only(self, "train", "val", "test")

    def of(self, part: Part) -> Rows:
        """Return the rows of a part."""
        return {"train": self.train, "val": self.val, "test": self.test}[part]

    def all_of(self, part: Part) -> int:
        """Return how many samples a part has, scored or not."""
        return self.possible.get(part, len(self.of(part)))


FEWEST_SCORED = 5_000  # samples of a part that are scored whatever share is asked for, if there are so many
FEWEST_JUDGED = 30  # samples of a part: the mean of what fewer cost says too little
_SCORED_STREAM = 0x73636F726564  # keeps these random numbers apart from others


def spread_evenly(samples: int, every: int) -> Rows:
    """Return the positions of those of a part's samples that are scored, rising: one of each `every`, never few.

    The samples are cut into equal stretches, and one is drawn of each. So they lie evenly over the part; and where it
    has cycles, they meet all phases alike, as those at equal distances would not.
    """
    return one_of_each_stretch(samples, max(-(-samples // every), min(samples, FEWEST_SCORED)))


def one_of_each_stretch(samples: int, stretches: int) -> Rows:
    """Return so many positions, rising: one drawn of each of so many equal stretches of samples, always the same."""
    edges = np.arange(stretches + 1, dtype=np.int64) * samples // max(stretches, 1)
    generator = np.random.Generator(np.random.PCG64(_SCORED_STREAM))
    found: Rows = edges[:-1] + (generator.random(stretches) * np.diff(edges)).astype(np.int64)
    return found


class Data(Protocol):
    """What samples are cut from: a series or a corpus."""

    @property
    def name(self) -> str:
        """The dataset's name."""

    @property
    def source(self) -> str:
        """Such as "official" or "simulated"."""

    @property
    def origin(self) -> str:
        """Where the data came from, in words."""

    @property
    def digest(self) -> str:
        """SHA-256 of the data's content."""


class Samples(Protocol):
    """Samples, each named by its row, and their targets."""

    @property
    def data(self) -> Data:
        """What they are cut from."""

    def score_digest(self) -> str:
        """Return the SHA-256 of the rows of each part, of all targets and of their unit: what scores are taken with."""

    def contents(self) -> dict[str, object]:
        """Return what the store keeps of the data: counts and names, as JSON allows."""

    def documents(self) -> dict[str, str]:
        """Return what a saved model can't be used without, as texts by their file names."""

    @property
    def rows(self) -> PartRows:
        """The rows of each part."""

    @property
    def batch_size(self) -> int:
        """Samples a training batch."""

    def targets(self, rows: Rows) -> Floats | Rows:
        """Return (samples,): the target of each."""

    def arrange(self, rows: Rows, weights: Floats32, generator: np.random.Generator) -> tuple[Rows, Floats32]:
        """Return an epoch's (batches, batch) rows and weights, given as drawn, in the order of their training."""

    def scoring_order(self, rows: Rows) -> Rows:
        """Return the positions of (samples,) rows in the order in which they are scored."""

    def widths(self, batches: Rows) -> Rows:
        """Return (batches,) int64: how many timesteps of each batch's samples are needed; 0: all."""


def digest_of_arrays(arrays: Iterable[NDArray[Any]]) -> str:
    """Return the SHA-256 (hex) of arrays' kinds, shapes and content, in their order."""
    whole = hashlib.sha256()
    for array in arrays:
        whole.update(f"{array.dtype.str} {array.shape} ".encode())
        whole.update(np.ascontiguousarray(array).view(np.uint8).data)
    return whole.hexdigest()


# Keeps these streams of random numbers apart from others that are seeded with (seed, epoch).
_STREAM = 0x77696E646F7773
_ORDER_STREAM = 0x6F72646572


def order_generator(seed: int, epoch: int) -> np.random.Generator:
    """Return the generator that orders an epoch's batches, independent of the one that draws them."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, epoch, _ORDER_STREAM])))


def batches_per_epoch(
    samples: int, batch_size: int, steps_per_epoch: int | None, sampling: Literal["random", "epoch"] = "random"
) -> int:
    """Return the batches of an epoch: `steps_per_epoch`, else as many as hold every sample once.

    With sampling="epoch" there are never more than hold every sample once.
    """
    whole = -(-samples // batch_size)
    if steps_per_epoch is None:
        return whole
    return min(steps_per_epoch, whole) if sampling == "epoch" else steps_per_epoch


def epoch_rows(
    rows: Rows, sampling: Literal["random", "epoch"], *, seed: int, epoch: int, batches: int, batch_size: int
) -> tuple[Rows, NDArray[np.float32]]:
    """Draw one epoch's windows from (windows,) int64 rows, those of the training part.

    sampling="random" draws with replacement, as the lecture does; "epoch" takes each window once, in a new order each
    epoch; of fewer batches than that takes, as many as they hold. Any epoch can be drawn without those before it.

    Returns:
        (batches, batch_size) int64 rows and float32 weights. Weights are 1, but for the windows that fill
        up the last batch of sampling="epoch", which weigh 0: each window counts once, and all batches have
        one shape.
    """
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, epoch, _STREAM])))
    size = batches * batch_size
    if sampling == "random":
        drawn = rows[generator.integers(0, len(rows), size=size)]
        weights = np.ones(size, dtype=np.float32)
    else:
        order = rows[generator.permutation(len(rows))]
        drawn = np.resize(order, size)
        weights = (np.arange(size) < len(rows)).astype(np.float32)
    return drawn.reshape(batches, batch_size), weights.reshape(batches, batch_size)

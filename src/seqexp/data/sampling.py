"""The order in which training windows are drawn: a function of (seed, epoch) alone."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.data.series.splits import Rows

# Keeps this stream apart from others that may be seeded with (seed, epoch).
_STREAM = 0x77696E646F7773
_ORDER_STREAM = 0x6F72646572


def order_generator(seed: int, epoch: int) -> np.random.Generator:
    """Return what orders an epoch's batches: a function of (seed, epoch), apart from what draws them."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, epoch, _ORDER_STREAM])))


def batches_per_epoch(
    samples: int, batch_size: int, steps_per_epoch: int | None, sampling: Literal["random", "epoch"] = "random"
) -> int:
    """Return the batches of an epoch: as asked for, else as many as hold every sample once.

    More than hold every sample once are not to be had with sampling="epoch".
    """
    whole = -(-samples // batch_size)
    if steps_per_epoch is None:
        return whole
    return min(steps_per_epoch, whole) if sampling == "epoch" else steps_per_epoch


def epoch_rows(
    rows: Rows, sampling: Literal["random", "epoch"], *, seed: int, epoch: int, batches: int, batch_size: int
) -> tuple[Rows, NDArray[np.float32]]:
    """Draw one epoch's windows.

    Args:
        rows: (windows,) int64, the training windows' rows.
        sampling: "random": drawn with replacement, as the lecture does; "epoch": each window once, in a
            new order each epoch; of fewer batches than that takes, as many as they hold.
        seed: The experiment's seed.
        epoch: The epoch's number; any epoch can be drawn without those before it.
        batches: Batches of the epoch.
        batch_size: Windows a batch.

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

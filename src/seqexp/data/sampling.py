"""The order in which training windows are drawn: a function of (seed, epoch) alone."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.data.splits import Rows

# Keeps this stream apart from others that may be seeded with (seed, epoch).
_STREAM = 0x77696E646F7773


def batches_per_epoch(windows: int, batch_size: int, steps_per_epoch: int | None) -> int:
    """Return the batches of an epoch: as asked for, else as many as hold every window once."""
    return steps_per_epoch if steps_per_epoch is not None else -(-windows // batch_size)


def epoch_rows(
    rows: Rows, sampling: Literal["random", "epoch"], *, seed: int, epoch: int, batches: int, batch_size: int
) -> tuple[Rows, NDArray[np.float32]]:
    """Draw one epoch's windows.

    Args:
        rows: (windows,) int64, the training windows' rows.
        sampling: "random": drawn with replacement, as the lecture does; "epoch": each window once, in a
            new order each epoch.
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

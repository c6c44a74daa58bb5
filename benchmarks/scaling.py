"""How a training step of the GRU grows with its units, the windows' length and the batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks import crew
from benchmarks.headline import step_figures
from benchmarks.task import Task, task_of

UNITS, LENGTHS, BATCHES = (16, 32, 64, 128), (60, 240, 1000), (32, 128, 512)
SCALED_PEERS = ("lecture", "stock", "seqexp")
_STEP = 6
# Steps of 128 windows of 240 timesteps with 32 units; a measurement of a larger task takes fewer.
_STEPS, _FEWEST, _MOST = 20, 3, 60


def measure_scaling(
    names: Sequence[str], *, threads: int, rounds: int, steps: int | None, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Return for each size its units, timesteps and batch, and the figures of a training step in ms by peer.

    Args:
        names: The peers.
        threads: Of every peer.
        rounds: Rounds that count.
        steps: Training steps of a measurement; None: as the size suggests.
        say: Told how far it is.
    """
    found = []
    with crew.running([name for name in SCALED_PEERS if name in names], threads) as peers:
        for units, length, batch in sizes():
            task = _task(units, length, batch, steps)
            for peer in peers.values():
                peer.call("load", **asdict(task))
            figures = step_figures(peers, task, rounds)
            train = {name: figures[name]["train"] for name in peers}
            found.append({"units": units, "timesteps": length, "batch": batch, "train": train})
            shown = "   ".join(f"{name} {train[name]['median']:.2f}" for name in peers)
            say(f"GRU({units}), {length} timesteps, batch {batch}: {shown} ms a training step")
    return found


def sizes() -> list[tuple[int, int, int]]:
    """Return (units, timesteps, batch): one of the three varied at a time, each size once."""
    varied = [
        *((units, 240, 128) for units in UNITS),
        *((32, length, 128) for length in LENGTHS),
        *((32, 240, batch) for batch in BATCHES),
    ]
    return list(dict.fromkeys(varied))


def _task(units: int, length: int, batch: int, steps: int | None) -> Task:
    """Return the task; it evaluates hardly anything, for that is not looked at."""
    size = length / 240 * max(batch / 128, 0.5) * max(units / 32, 1)
    suggested = min(_MOST, max(_FEWEST, round(_STEPS / size)))
    return task_of(
        "gru", units=units, lookback=length * _STEP, batch=batch, train_steps=steps or suggested, eval_steps=1
    )

"""How long it takes to make a batch of windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.client import Client
from benchmarks.rounds import Figure, in_turn

# About half a second of the fastest way, and of the slowest one.
_BATCHES = {"seqexp": 400, "fancy index": 200}
_OTHERS = 50


def measure_windows(*, threads: int, rounds: int, say: Callable[[str], None]) -> dict[str, Figure]:
    """Return the milliseconds of a batch of 128 x 240 x 14 by way.

    Args:
        threads: Of TensorFlow.
        rounds: Rounds that count.
        say: Told how far it is.
    """
    with Client("benchmarks.windows_peer:WindowsPeer", threads, {"KERAS_BACKEND": "tensorflow"}) as peer:
        ways: dict[str, Any] = dict.fromkeys(peer.call("ways"), peer)

        def measure(way: str, client: Client) -> dict[str, float]:
            batches = _BATCHES.get(way, _OTHERS)
            return {"batch": 1000 * client.call("seconds", way=way, batches=batches) / batches}

        found = {way: figures["batch"] for way, figures in in_turn(ways, measure, rounds=rounds).items()}
    for way, figure in found.items():
        say(f"windows: {way:<30} {figure['median']:.2f} ms per batch")
    return found

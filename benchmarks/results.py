"""What is read from the results more than once: medians, epochs and ratios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.task import EPOCH_EVAL_STEPS, EPOCH_TRAIN_STEPS

Results = Mapping[str, Any]

OURS = "seqexp"
# A row of the headline's table for each: (key, what it is, its unit).
QUANTITIES = (("train", "training step", "ms"), ("evaluation", "evaluation step", "ms"), ("epoch", "epoch", "s"))


def headline_models(results: Results) -> list[str]:
    """Return the models that were measured, in order."""
    return list(results.get("headline", {}).get("models", {}))


def value(results: Results, model: str, peer: str, quantity: str) -> float | None:
    """Return a median of the headline, ms per step or seconds per epoch; None if it was not measured."""
    entry = results.get("headline", {}).get("models", {}).get(model, {}).get(peer)
    if entry is None:
        return None
    if quantity == "epoch":
        train, evaluation = entry["train"]["median"], entry["evaluation"]["median"]
        return float(EPOCH_TRAIN_STEPS * train + EPOCH_EVAL_STEPS * evaluation) / 1000
    return float(entry[quantity]["median"])


def ratio(results: Results, model: str, peer: str, quantity: str) -> float | None:
    """Return a peer's time by seqexp's; None if one of them was not measured."""
    other, own = value(results, model, peer, quantity), value(results, model, OURS, quantity)
    return None if other is None or own is None else other / own


def others(results: Results) -> list[str]:
    """Return the peers that seqexp is compared with, in order."""
    return [peer for peer in results["peers"] if peer != OURS]


def headline_rows(results: Results) -> Iterator[tuple[str, str]]:
    """Yield (model, quantity) of each row of the headline."""
    for model in headline_models(results):
        yield from ((model, key) for key, _, _ in QUANTITIES)

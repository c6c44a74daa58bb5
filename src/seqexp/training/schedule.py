"""The learning rate of every step: a function of the step and of the epochs that are done, so nothing else is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from seqexp.config.schema import TrainingConfig
from seqexp.data.arrays import Floats32
from seqexp.models.events import Epoch
from seqexp.tasks.metric import better_of, is_better


def learning_rates(training: TrainingConfig, steps: int, done: Sequence[Epoch]) -> Floats32 | None:
    """Return the learning rate of each step of an epoch, (steps,) float32; None: it is the same in all of the training.

    Args:
        training: The schedule, complete: none of its keys is left open.
        steps: How many steps an epoch has.
        done: The epochs before it.
    """
    if training.schedule == "constant" and training.warmup is None:
        return None
    total, first = steps * training.epochs, steps * len(done)
    warm = 0 if training.warmup is None else max(1, round(training.warmup * total))
    of_epoch = training.learning_rate * _share_of_epoch(training, done)
    shares = []
    for step in range(first, first + steps):
        rising = min(1.0, (step + 1) / warm) if warm else 1.0
        shares.append(rising * (_cosine(step - warm, total - warm) if training.schedule == "cosine" else 1.0))
    return np.array([of_epoch * share for share in shares], np.float32)


def _share_of_epoch(training: TrainingConfig, done: Sequence[Epoch]) -> float:
    """Return the share of the learning rate that an epoch has as a whole, given those before it."""
    factor, patience = training.schedule_factor or 1.0, training.schedule_patience or 0
    if training.schedule == "exponential":
        return float(factor ** max(0, len(done) + 1 - patience))
    if training.schedule == "plateau":
        return float(factor ** _falls([epoch.metrics[training.monitor] for epoch in done], training.monitor, patience))
    return 1.0


def _falls(figures: Sequence[float], monitor: str, patience: int) -> int:
    """Return how often the learning rate has fallen: each time that so many epochs in a row had no better figure.

    It is Keras's ReduceLROnPlateau with a min_delta of 0, as `training.patience` has none.
    """
    falls, waited, best, better = 0, 0, math.nan, better_of(monitor)
    for figure in figures:
        if math.isfinite(figure) and (math.isnan(best) or is_better(better, figure, best)):
            best, waited = figure, 0
        elif waited + 1 == patience:
            falls, waited = falls + 1, 0
        else:
            waited += 1
    return falls


def _cosine(step: int, steps: int) -> float:
    """Return the share of the learning rate at a step, from 0, of so many: 1 at the first, 0 where they have ended.

    Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017), equation 5, without
    restarts.
    """
    return 0.5 * (1 + math.cos(math.pi * max(0, step) / max(1, steps)))

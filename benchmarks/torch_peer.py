"""Peer "torch": torch.nn's layers and a training loop by hand, as its users write it."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.task import (
    DELAY,
    EPOCH_EVAL_STEPS,
    EPOCH_TRAIN_STEPS,
    EVALUATION_BATCH,
    TARGET,
    Loaded,
    Task,
    Times,
    random_series,
    training_bounds,
    validation_rows,
)
from benchmarks.torch_networks import network


class TorchPeer:
    """Batches by indexing a tensor, RMSprop with Keras's constants, L1Loss."""

    def __init__(self, threads: int) -> None:
        torch.set_num_threads(threads)
        self._series = torch.from_numpy(random_series())

    def load(self, **values: Any) -> Loaded:
        """Build a model.

        Args:
            values: Those of the task.
        """
        torch.manual_seed(0)
        self._task = Task(**values)
        self._offsets = torch.from_numpy(self._task.offsets)
        self._network = network(self._task.model, self._task.shape, self._task.units)
        self._optimizer = torch.optim.RMSprop(self._network.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
        self._loss = nn.L1Loss()
        return {"parameters": sum(weights.numel() for weights in self._network.parameters()), "note": ""}

    def epoch(self) -> Times:
        """Train and evaluate for as many steps as the task says."""
        return self._times(self._task.train_steps, self._task.eval_windows)

    def whole_epoch(self) -> Times:
        """Train and evaluate for a whole epoch of the lecture's."""
        return self._times(EPOCH_TRAIN_STEPS, EPOCH_EVAL_STEPS * self._task.batch)

    def _times(self, train_steps: int, eval_windows: int) -> Times:
        begin = time.perf_counter()
        self._train(train_steps)
        trained = time.perf_counter()
        self._evaluate(eval_windows)
        return {"train": trained - begin, "evaluation": time.perf_counter() - trained}

    def _train(self, steps: int) -> float:
        self._network.train()
        total = torch.zeros(())
        for _ in range(steps):
            rows = torch.randint(*training_bounds(self._task), (self._task.batch,))
            samples, targets = self._batch(rows)
            self._optimizer.zero_grad(set_to_none=True)
            loss = self._loss(self._network(samples), targets)
            loss.backward()
            self._optimizer.step()
            total += loss.detach()
        return float(total) / steps

    def _evaluate(self, windows: int) -> float:
        self._network.eval()
        total, batches = torch.zeros(()), -(-windows // EVALUATION_BATCH)
        with torch.inference_mode():
            for index in range(batches):
                samples, targets = self._batch(torch.from_numpy(validation_rows(self._task, EVALUATION_BATCH, index)))
                total += self._loss(self._network(samples), targets)
        return float(total) / batches

    def _batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        return self._series[rows[:, None] + self._offsets], self._series[rows + DELAY, TARGET][:, None]

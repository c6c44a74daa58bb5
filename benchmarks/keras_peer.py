"""What the peers that train through Keras's `fit` share: one `fit` a model, held up between its epochs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Literal

import keras

from benchmarks.epochs import Clock, EpochByEpoch
from benchmarks.task import (
    EPOCH_EVAL_STEPS,
    EPOCH_TRAIN_STEPS,
    EVALUATION_BATCH,
    Loaded,
    Task,
    Times,
)

# More than any measurement asks for.
_ENDLESS = 1_000_000

Part = Literal["train", "validation"]


class KerasPeer(ABC):
    """A peer that calls `model.fit(batches, validation_data=...)`, as the lecture does."""

    evaluation_batch = EVALUATION_BATCH

    def __init__(self) -> None:
        self._running: EpochByEpoch | None = None
        self._task: Task | None = None
        self._model: Any = None

    @abstractmethod
    def compiled(self, task: Task) -> tuple[Any, str]:
        """Return a compiled model, and a note on how it runs."""

    @abstractmethod
    def batches(self, task: Task, part: Part) -> Any:
        """Return endless batches that `fit` accepts, of `task.batch` or of `evaluation_batch` windows."""

    def wait_for(self, model: Any) -> None:  # noqa: B027 - only what returns before it has computed must wait
        """Wait until the training steps that were called are done."""

    def load(self, **values: Any) -> Loaded:
        """Build a model; its first epoch will compile it.

        Args:
            values: Those of the task.
        """
        self._end()
        keras.utils.clear_session(free_memory=True)
        keras.utils.set_random_seed(0)
        self._task = Task(**values)
        self._model, note = self.compiled(self._task)
        self._running = self.running(self._model, self._task)
        return {"parameters": self._model.count_params(), "note": note}

    def epoch(self) -> Times:
        """Train and evaluate for as many steps as the task says."""
        assert self._running is not None
        return self._running.next()

    def whole_epoch(self) -> Times:
        """Train and evaluate for a whole epoch of the lecture's; the model is compiled already."""
        assert self._task is not None
        self._end()
        whole = self.running(self._model, self._task, EPOCH_TRAIN_STEPS, EPOCH_EVAL_STEPS)
        times = whole.next()
        whole.end()
        return times

    def running(
        self, model: Any, task: Task, train_steps: int | None = None, eval_steps: int | None = None
    ) -> EpochByEpoch:
        """Return the model's training, not begun yet."""
        validation_windows = (eval_steps or task.eval_steps) * task.batch

        def train(clock: Clock) -> None:
            model.fit(
                self.batches(task, "train"),
                steps_per_epoch=train_steps or task.train_steps,
                epochs=_ENDLESS,
                validation_data=self.batches(task, "validation"),
                validation_steps=-(-validation_windows // self.evaluation_batch),
                verbose=0,
                callbacks=[_HeldUp(clock, self.wait_for)],
            )

        return EpochByEpoch(train)

    def _end(self) -> None:
        if self._running is not None:
            self._running.end()
            self._running = None


class _HeldUp(keras.callbacks.Callback):  # type: ignore[misc]
    """Holds a training up after each epoch."""

    def __init__(self, clock: Clock, wait_for: Callable[[Any], None]) -> None:
        super().__init__()
        self._clock, self._wait_for = clock, wait_for

    def on_test_begin(self, logs: Any = None) -> None:
        self._wait_for(self.model)
        self._clock.evaluation_begins()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._clock.epoch_ends()
        self._clock.epoch_begins()

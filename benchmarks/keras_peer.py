"""What the peers that train through Keras's `fit` share: one `fit` a model, held up between its epochs."""

from __future__ import annotations

import time
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
    """A peer that calls `model.fit(batches, steps_per_epoch=...)` and `model.evaluate(batches, steps=...)`."""

    evaluation_batch = EVALUATION_BATCH

    def __init__(self) -> None:
        self._training: Training | None = None

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
        if self._training is not None:
            self._training.end()
        keras.utils.clear_session(free_memory=True)
        keras.utils.set_random_seed(0)
        task = Task(**values)
        model, note = self.compiled(task)
        self._training = Training(self, model, task)
        return {"parameters": model.count_params(), "note": note}

    def epoch(self) -> Times:
        """Train and evaluate for as many steps as the task says."""
        assert self._training is not None
        return self._training.epoch()

    def whole_epoch(self) -> Times:
        """Train and evaluate for a whole epoch of the lecture's; the model is compiled already."""
        assert self._training is not None
        return self._training.whole_epoch()


class Training:
    """The training of one model, not begun yet.

    Args:
        peer: Whose batches it reads.
        model: The compiled model.
        task: What a measurement is.
    """

    def __init__(self, peer: KerasPeer, model: Any, task: Task) -> None:
        self._peer, self._model, self._task = peer, model, task
        self._epochs = EpochByEpoch(self._fit)

    def epoch(self) -> Times:
        """Train and evaluate for as many steps as the task says.

        Evaluation is a call of its own: as a part of `fit`, Keras's TensorFlow trainer makes a new iterator each
        time, and to give up the old one may take as long as that lived, which is no step's time.
        """
        train = self._epochs.next()["train"]
        clock = _EvaluationClock()
        batches = self._peer.batches(self._task, "validation")
        steps = self._evaluation_steps(self._task.eval_windows)
        self._model.evaluate(batches, steps=steps, verbose=0, callbacks=[clock])
        return {"train": train, "evaluation": clock.seconds}

    def whole_epoch(self) -> Times:
        """Train and evaluate for a whole epoch in one `fit`, as the lecture does."""
        self.end()

        def fit(clock: Clock) -> None:
            self._model.fit(
                self._peer.batches(self._task, "train"),
                steps_per_epoch=EPOCH_TRAIN_STEPS,
                epochs=_ENDLESS,
                validation_data=self._peer.batches(self._task, "validation"),
                validation_steps=self._evaluation_steps(EPOCH_EVAL_STEPS * self._task.batch),
                verbose=0,
                callbacks=[_HeldUp(clock, self._peer.wait_for)],
            )

        whole = EpochByEpoch(fit)
        times = whole.next()
        whole.end()
        return times

    def end(self) -> None:
        """End the training."""
        self._epochs.end()

    def _fit(self, clock: Clock) -> None:
        self._model.fit(
            self._peer.batches(self._task, "train"),
            steps_per_epoch=self._task.train_steps,
            epochs=_ENDLESS,
            verbose=0,
            callbacks=[_HeldUp(clock, self._peer.wait_for)],
        )

    def _evaluation_steps(self, windows: int) -> int:
        return -(-windows // self._peer.evaluation_batch)


class _HeldUp(keras.callbacks.Callback):  # type: ignore[misc]
    """Holds a training up after each epoch."""

    def __init__(self, clock: Clock, wait_for: Callable[[Any], None]) -> None:
        super().__init__()
        self._clock, self._wait_for = clock, wait_for

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._wait_for(self.model)
        self._clock.epoch_ends()
        self._clock.epoch_begins()


class _EvaluationClock(keras.callbacks.Callback):  # type: ignore[misc]
    """Times an evaluation from its first step to its last."""

    def on_test_begin(self, logs: Any = None) -> None:
        self._begin = time.perf_counter()

    def on_test_end(self, logs: Any = None) -> None:
        self.seconds = time.perf_counter() - self._begin

"""Fit a network on training windows, scoring the validation part after each epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from seqexp.config.schema import Experiment, TrainingConfig
from seqexp.data.batches import Gather, training_batches
from seqexp.data.sampling import batches_per_epoch
from seqexp.data.series import Floats
from seqexp.data.splits import Rows
from seqexp.data.windows import Windows
from seqexp.evaluation.epoch import Epoch
from seqexp.training.reached import Reached, TrainingDiverged
from seqexp.training.trainee import trainee_class


class Listener(Protocol):
    """Told how a training goes on."""

    def on_step(self, epoch: int, step: int, steps: int) -> None:
        """After each training step; epoch and step count from 1."""

    def on_validation(self, epoch: int) -> None:
        """Before the validation part is scored."""

    def on_epoch(self, epoch: Epoch, is_best: bool) -> None:
        """After each completed epoch."""


def fit(
    network: Any,
    windows: Windows,
    experiment: Experiment,
    *,
    gather: Gather,
    predict: Callable[[Rows], Floats],
    jit_compile: bool,
    reached: Reached,
    listener: Listener,
) -> None:
    """Train until the last epoch, or until patience runs out; `reached` holds what has been reached.

    Args:
        network: A Keras model from samples to (batch, 1). Its weights are those of the last step at the
            end; the best ones are in `reached`.
        windows: The data.
        experiment: Seed, sampling and training.
        gather: From window rows to samples; see `make_gather`.
        predict: From window rows to normalised forecasts by the network's present weights.
        jit_compile: Whether XLA compiles the step.
        reached: Filled epoch by epoch, also when an exception cuts the training short.
        listener: Told of every step and epoch.

    Raises:
        TrainingDiverged: If loss or gradient is not finite. The network then holds the weights before that
            step; if those had overflowed, the last finite ones at an epoch's begin.
    """
    training, dataset = experiment.training, experiment.dataset
    steps = batches_per_epoch(len(windows.rows.train), windows.batch_size, training.steps_per_epoch)
    batches = training_batches(windows, gather, dataset.sampling, seed=experiment.seed, batches=steps)
    trainee = compiled(network, training, jit_compile)
    trainee.fit(
        batches,
        epochs=training.epochs,
        steps_per_epoch=steps,
        shuffle=False,  # drawn in order already; Keras would only warn
        verbose=0,
        callbacks=[_make_callback(network, windows, training, steps, predict, reached, listener)],
    )


def compiled(network: Any, training: TrainingConfig, jit_compile: bool) -> Any:
    """Return the network wrapped for `fit`, with its optimizer's variables made."""
    trainee = trainee_class()(network)
    trainee.compile(
        optimizer=make_optimizer(training),
        loss=training.loss,
        weighted_metrics=["mae"],
        jit_compile=jit_compile,
    )
    # Before the first step: its variables can't be made inside the step's condition.
    trainee.optimizer.build(network.trainable_variables)
    return trainee


def make_optimizer(training: TrainingConfig) -> Any:
    """Return the Keras optimizer with the configured learning rate and clipping."""
    import keras

    classes = {
        "rmsprop": keras.optimizers.RMSprop,
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "nadam": keras.optimizers.Nadam,
        "sgd": keras.optimizers.SGD,
    }
    return classes[training.optimizer](learning_rate=training.learning_rate, clipnorm=training.clipnorm)


def _make_callback(
    network: Any,
    windows: Windows,
    training: TrainingConfig,
    steps: int,
    predict: Callable[[Rows], Floats],
    reached: Reached,
    listener: Listener,
) -> Any:
    import keras

    targets = windows.targets(windows.rows.val)

    class AfterEachEpoch(keras.callbacks.Callback):  # type: ignore[misc]
        """Watches each step, scores each epoch, stops when patience runs out."""

        def on_train_begin(self, logs: Any = None) -> None:
            self.last_norm, self.good = math.nan, network.get_weights()

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.epoch, self.started = epoch + 1, time.perf_counter()
            weights = network.get_weights()
            if _all_finite(weights):
                self.good = weights

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            loss, norm = float(logs["step_loss"]), float(logs["gradient_norm"])
            if not (math.isfinite(loss) and math.isfinite(norm)):
                # The step before may have overflowed, or the forward pass spoilt a moving average.
                if not _all_finite(network.get_weights()):
                    network.set_weights(self.good)
                raise TrainingDiverged(
                    epoch=self.epoch,
                    step=batch + 1,
                    loss=loss,
                    learning_rate=_learning_rate(self.model),
                    gradient_norm=norm,
                    last_norm=self.last_norm,
                )
            self.last_norm = norm
            listener.on_step(self.epoch, batch + 1, steps)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            listener.on_validation(self.epoch)
            predictions = predict(windows.rows.val)
            metrics = {
                "loss": float(logs["loss"]),
                "mae": float(logs["mae"]),
                "val_loss": mean_loss(training.loss, predictions, targets),
                "val_mae": mean_loss("mae", predictions, targets),
                "learning_rate": _learning_rate(self.model),
                "gradient_norm": float(logs["gradient_norm"]),
                "epoch_seconds": time.perf_counter() - self.started,
            }
            completed = Epoch(self.epoch, metrics)
            listener.on_epoch(completed, reached.add(completed, network.get_weights(), predictions))
            if training.patience is not None and reached.epochs_since_best >= training.patience:
                self.model.stop_training = True

    return AfterEachEpoch()


def mean_loss(name: str, predictions: Floats, targets: Floats) -> float:
    """Return the mean of Keras's loss of that name, in float64: "mae", "mse" or "huber" (delta 1)."""
    errors = np.abs(predictions - targets)
    if name == "mae":
        return float(errors.mean())
    if name == "mse":
        return float((errors**2).mean())
    return float(np.where(errors <= 1, 0.5 * errors**2, errors - 0.5).mean())


def _all_finite(weights: list[Any]) -> bool:
    return all(np.isfinite(weight).all() for weight in weights)


def _learning_rate(model: Any) -> float:
    return float(model.optimizer.learning_rate.numpy())

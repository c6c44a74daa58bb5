"""An encoder that reads the window and a decoder that writes the forecasts one lead after the other.

Sutskever, Vinyals, Le: Sequence to Sequence Learning with Neural Networks, NeurIPS 2014, arXiv:1409.3215; with the
GRU of Cho et al., EMNLP 2014, arXiv:1406.1078.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqexp.models.layers.checks import (
    OwnLayer,
    check_count,
    check_sequence,
    check_targets,
    check_within,
)
from seqexp.models.layers.recurrent import GRU


@keras.saving.register_keras_serializable(package="seqexp")
class Seq2Seq(OwnLayer):
    """A GRU reads the window; from its last state a second one forecasts lead after lead.

    The decoder's input is what it forecast at the lead before, in training as well (no teacher forcing), and at the
    first lead the targets' last values.

    Args:
        targets: The position of each target among the window's columns. In a model's YAML this and `leads` may be
            left out: they are the task's.
        leads: At how many leads values are forecast.
        units: Units of both GRUs.
        levels: How many quantiles are forecast of each value, side by side, of which the decoder reads the one in the
            middle, the median; the task's, too.

    Example:
        >>> Seq2Seq(targets=[0, 2], leads=3, units=16)(np.zeros((8, 240, 14))).shape
        (8, 6)
    """

    gives_forecasts = True

    def __init__(self, targets: Sequence[int], leads: int = 1, units: int = 32, levels: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.targets, self.leads = check_targets(targets), check_count("leads", leads)
        self.units = check_count("units", units)
        self.levels = check_count("levels", levels)
        policy = self.dtype_policy
        self.encoder = GRU(self.units, dtype=policy, name="encoder")
        cell = FeedbackCell(self.units, len(self.targets), self.levels, dtype=policy, name="cell")
        self.decoder = keras.layers.RNN(cell, return_sequences=True, dtype=policy, name="decoder")

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        _, columns = check_sequence("Seq2Seq", input_shape)
        check_within(self.targets, columns)
        self.encoder.build(input_shape)
        self.decoder.build((input_shape[0], self.leads, 1))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the forecasts, (batch, leads x targets x levels), from (batch, timesteps, columns)."""
        state = self.encoder(inputs, training=training)
        last = ops.take(inputs[:, -1], self.targets, axis=1)
        leads = ops.tile(ops.zeros_like(last)[:, :1, None], (1, self.leads, 1))  # how many there are, nothing else
        forecasts = self.decoder(leads, initial_state=[state, last], training=training)
        return ops.reshape(forecasts, (-1, self.leads * len(self.targets) * self.levels))

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, leads x targets x levels)."""
        return (input_shape[0], self.leads * len(self.targets) * self.levels)


@keras.saving.register_keras_serializable(package="seqexp")
class FeedbackCell(OwnLayer):
    """A GRU cell and Dense(targets x levels) behind it: its states are the GRU's, and the medians, its next input."""

    def __init__(self, units: int, targets: int, levels: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.targets = check_count("units", units), check_count("targets", targets)
        self.levels = check_count("levels", levels)
        self.gru = keras.layers.GRUCell(self.units, dtype=self.dtype_policy, name="gru")
        self.out = keras.layers.Dense(self.targets * self.levels, dtype=self.dtype_policy, name="out")

    @property
    def state_size(self) -> list[int]:
        """The lengths of the states: the GRU's, and what was forecast last."""
        return [self.units, self.targets]

    @property
    def output_size(self) -> int:
        """The length of the output."""
        return self.targets * self.levels

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        self.gru.build((input_shape[0], self.targets))
        self.out.build((input_shape[0], self.units))

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        """Return the next lead's forecasts, (batch, targets x levels), and the states behind it; inputs say nothing."""
        state, forecast = states
        _, (state, *_) = self.gru(forecast, [state], training=training)
        forecasts = self.out(state)
        medians = ops.reshape(forecasts, (-1, self.targets, self.levels))[:, :, self.levels // 2]
        return forecasts, [state, medians]

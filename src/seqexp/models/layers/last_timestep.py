"""The newest timestep of a sequence."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="seqexp")
class LastTimestep(keras.layers.Layer):  # type: ignore[misc]
    """Passes on a sequence's last timestep, as recurrent layers do without `return_sequences`."""

    def call(self, inputs: Any) -> Any:
        """Return the last timestep of (batch, timesteps, columns): (batch, columns)."""
        return inputs[:, -1]

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, columns)."""
        return (input_shape[0], *input_shape[2:])

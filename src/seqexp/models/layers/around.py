"""Layers around others: what is taken from a window before they see it, and given back to their forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqexp.models.layers.checks import (
    OwnLayer,
    check_count,
    check_flag,
    check_multiple,
    check_positive,
    check_sequence,
    check_targets,
    check_within,
)


class Around(OwnLayer):
    """What the layers of this file share: they hold others, which end in the forecasts.

    These are (batch, leads x targets) in C order: all targets at the first lead come first. Of quantiles there are
    several for each target, side by side.

    Args:
        layers: The layers within, applied one after the other.
        targets: The position of each target among the window's columns. In a model's YAML this and `leads` may be
            left out: they are the task's.
        leads: At how many leads values are forecast.
    """

    holds_layers = True  # what `layers` names becomes layers; see seqexp.models.stack
    gives_forecasts = True  # no head is put behind it

    def __init__(self, layers: Sequence[Any] = (), targets: Sequence[int] = (), leads: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layers = _check_layers(layers)
        self.targets, self.leads = check_targets(targets), check_count("leads", leads)

    def build(self, input_shape: Any) -> None:
        """Build the layers within."""
        _, columns = check_sequence(type(self).__name__, input_shape)
        check_within(self.targets, columns)
        self.levels = self._check_end(_built(self.layers, self._shape_within(input_shape), self.compute_dtype))

    def _shape_within(self, input_shape: Any) -> tuple[Any, ...]:
        """Return the shape of what the first layer within is given."""
        return tuple(input_shape)

    def _check_end(self, shape: tuple[Any, ...]) -> int:
        """Return how many numbers the layers within give for each lead and target, from the shape of what they give."""
        if len(shape) != 2 or shape[1] is None:
            raise ValueError(
                f"the layers within must end in outputs, shape (batch, {self.leads * len(self.targets)}). "
                f"Received: {shape}"
            )
        return check_multiple(type(self).__name__, shape[1], self.leads, len(self.targets))

    def _forecasts(self, inputs: Any) -> Any:
        """Return what the layers within give for inputs: (batch, leads, targets, levels)."""
        numbers = _applied(self.layers, inputs, self.compute_dtype)
        return ops.reshape(numbers, (-1, self.leads, len(self.targets), self.levels))

    def _flat(self, forecasts: Any) -> Any:
        return ops.reshape(forecasts, (-1, self.leads * len(self.targets) * self.levels))

    def _of_targets(self, of_columns: Any) -> Any:
        """Return (batch or 1, 1, targets, 1) of the target columns from (batch or 1, 1, columns)."""
        return ops.take(of_columns, self.targets, axis=2)[..., None]

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """Return (batch, leads x targets x levels)."""
        if not self.built:
            self.build(input_shape)
        return (input_shape[0], self.leads * len(self.targets) * self.levels)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, the layers within as Keras saves them."""
        own = {
            "layers": [keras.saving.serialize_keras_object(layer) for layer in self.layers],
            "targets": list(self.targets),
        }
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return the layer of what `get_config` gave."""
        layers = [keras.saving.deserialize_keras_object(layer) for layer in config["layers"]]
        return cls(**{**config, "layers": layers})


@keras.saving.register_keras_serializable(package="seqexp")
class LastValue(Around):
    """Subtracts each column's last value from the window, and gives the targets' back to the forecasts.

    What the layers within forecast is then how far a value moves from the last one seen: the normalisation of NLinear
    (Zeng, Chen, Zhang, Xu: Are Transformers Effective for Time Series Forecasting? AAAI 2023, arXiv:2205.13504).

    Args:
        layers: The layers within; they end in (batch, leads x targets).
        targets: The position of each target among the window's columns.
        leads: At how many leads values are forecast.

    Example:
        >>> within = [keras.layers.GRU(8), keras.layers.Dense(6)]
        >>> LastValue(layers=within, targets=[0, 2], leads=3)(np.zeros((8, 240, 14))).shape
        (8, 6)
    """

    def call(self, inputs: Any) -> Any:
        """Return the forecasts, (batch, leads x targets), from (batch, timesteps, columns)."""
        last = inputs[:, -1:]
        return self._flat(self._forecasts(inputs - last) + self._of_targets(last))


@keras.saving.register_keras_serializable(package="seqexp")
class RevIN(Around):
    """Reversible instance normalisation: each column of a window by its own mean and standard deviation.

    The layers within see weight * (x - mean) / std + bias; their forecasts y come back as
    (y - bias) / weight * std + mean of their target's column.

    Kim, Kim, Tae, Park, Choi, Choo: Reversible Instance Normalization for Accurate Time-Series Forecasting against
    Distribution Shift, ICLR 2022.

    Args:
        layers: The layers within; they end in (batch, leads x targets).
        targets: The position of each target among the window's columns.
        leads: At how many leads values are forecast.
        affine: Whether each column has a weight and a bias, which are learned.
        scale: Whether to divide by the standard deviation, or to subtract the mean alone.
        epsilon: What is added to the variance, and, squared, to the weight that is divided by.

    Example:
        >>> within = [keras.layers.GRU(8), keras.layers.Dense(6)]
        >>> RevIN(layers=within, targets=[0, 2], leads=3)(np.zeros((8, 240, 14))).shape
        (8, 6)
    """

    def __init__(
        self,
        layers: Sequence[Any] = (),
        targets: Sequence[int] = (),
        leads: int = 1,
        affine: bool = True,
        scale: bool = True,
        epsilon: float = 1e-5,
        **kwargs: Any,
    ) -> None:
        super().__init__(layers, targets, leads, **kwargs)
        self.affine, self.scale = check_flag("affine", affine), check_flag("scale", scale)
        self.epsilon = check_positive("epsilon", epsilon)

    def build(self, input_shape: Any) -> None:
        """Make the weights and build the layers within."""
        super().build(input_shape)
        if self.affine:
            shape = (1, 1, input_shape[2])
            self.weight = self.add_weight(shape=shape, initializer="ones", name="weight")
            self.bias = self.add_weight(shape=shape, initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """Return the forecasts, (batch, leads x targets), from (batch, timesteps, columns)."""
        mean, std = ops.mean(inputs, axis=1, keepdims=True), None
        x = inputs - mean
        if self.scale:
            std = ops.sqrt(ops.mean(ops.square(x), axis=1, keepdims=True) + self.epsilon)
            x = x / std
        y = self._forecasts(x * self.weight + self.bias if self.affine else x)
        if self.affine:
            y = (y - self._of_targets(self.bias)) / (self._of_targets(self.weight) + self.epsilon**2)
        if std is not None:
            y = y * self._of_targets(std)
        return self._flat(y + self._of_targets(mean))


@keras.saving.register_keras_serializable(package="seqexp")
class PerColumn(Around):
    """Forecasts each target column from itself alone, all by the same layers with the same weights.

    They are given (batch x targets, timesteps, 1), each column as a window of its own; the window's other columns are
    not seen. Within them the task is that of one column: `outputs` are the numbers of one, and its position is 0.

    Args:
        layers: The layers within; they end in one number for each lead.
        targets: The position of each target among the window's columns.
        leads: At how many leads values are forecast.

    Example:
        >>> within = [keras.layers.Flatten(), keras.layers.Dense(3)]
        >>> PerColumn(layers=within, targets=[0, 2], leads=3)(np.zeros((8, 240, 14))).shape
        (8, 6)
    """

    one_column = True  # what the words in the YAML of the layers within stand for

    def _shape_within(self, input_shape: Any) -> tuple[Any, ...]:
        return (None, input_shape[1], 1)

    def _check_end(self, shape: tuple[Any, ...]) -> int:
        if len(shape) != 2 or shape[1] is None:
            what = f"must end in one number for each of {self.leads} leads, shape (batch, {self.leads})"
            raise ValueError(f"the layers within {what}. Received: {shape}")
        return check_multiple(type(self).__name__, shape[1], self.leads, 1)

    def call(self, inputs: Any) -> Any:
        """Return the forecasts, (batch, leads x targets), from (batch, timesteps, columns)."""
        timesteps = inputs.shape[1]
        columns = ops.transpose(ops.take(inputs, self.targets, axis=2), (0, 2, 1))
        numbers = _applied(self.layers, ops.reshape(columns, (-1, timesteps, 1)), self.compute_dtype)
        by_column = ops.reshape(numbers, (-1, len(self.targets), self.leads, self.levels))
        return self._flat(ops.transpose(by_column, (0, 2, 1, 3)))


def _check_layers(layers: Any) -> list[Any]:
    """Return the layers within; raise a ValueError if they are not a list of at least one."""
    found = list(layers) if isinstance(layers, list | tuple) else []
    if not found or not all(isinstance(layer, keras.layers.Layer) for layer in found):
        raise ValueError(f"`layers` must be a list of at least one layer. Received: {layers!r}")
    return found


def _built(layers: Sequence[Any], shape: tuple[Any, ...], dtype: str) -> tuple[Any, ...]:
    """Build layers that follow each other and return the shape of the last one's output.

    Raises:
        ValueError: If one doesn't fit its input; it says which.
    """
    tensor = keras.KerasTensor(shape, dtype=dtype)
    for index, layer in enumerate(layers):
        try:
            tensor = layer(tensor)
        except Exception as error:
            what = f"`layers.{index}` ({type(layer).__name__}) doesn't fit its input of shape {tuple(tensor.shape)}"
            raise ValueError(f"{what}: {str(error).partition(chr(10))[0]}") from error
    return tuple(tensor.shape)


def _applied(layers: Sequence[Any], tensor: Any, dtype: str) -> Any:
    for layer in layers:
        tensor = layer(tensor)
    return ops.cast(tensor, dtype)

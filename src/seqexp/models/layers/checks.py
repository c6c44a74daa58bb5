"""What seqexp's own layers share: how they are saved, and checks of their arguments in Keras's words."""

from __future__ import annotations

import inspect
from typing import Any

import keras

from seqexp.config.model_section import is_integer, is_number


class OwnLayer(keras.layers.Layer):  # type: ignore[misc]
    """A layer that is saved with its arguments, which are attributes of the same names."""

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        names = inspect.signature(type(self).__init__).parameters
        own = {name: getattr(self, name) for name in names if name not in ("self", "kwargs")}
        return {**super().get_config(), **own}


def check_count(name: str, value: Any, least: int = 1) -> int:
    """Return a number of something; raise a ValueError if it is not an integer, or less than `least`."""
    if not is_integer(value) or value < least:
        raise ValueError(f"`{name}` must be an integer >= {least}. Received: {value!r}")
    return value


def check_rate(name: str, value: Any) -> float:
    """Return a share of units to drop; raise a ValueError if it is not a number in [0, 1)."""
    if not is_number(value) or not 0 <= value < 1:
        raise ValueError(f"`{name}` must be in [0, 1). Received: {value!r}")
    return float(value)


def check_positive(name: str, value: Any) -> float:
    """Return a number above 0; raise a ValueError if it is none."""
    if not is_number(value) or value <= 0:
        raise ValueError(f"`{name}` must be a number above 0. Received: {value!r}")
    return float(value)


def check_flag(name: str, value: Any) -> bool:
    """Return whether something is so; raise a ValueError if it is neither true nor false."""
    if not isinstance(value, bool):
        raise ValueError(f"`{name}` must be true or false. Received: {value!r}")
    return value


def check_sequence(layer: str, shape: Any) -> tuple[int, int]:
    """Return (timesteps, columns) of a layer's input; raise a ValueError if it has other dimensions, or one is open."""
    if len(shape) != 3 or None in shape[1:]:
        raise ValueError(f"{layer} needs inputs (batch, timesteps, columns). Received: {tuple(shape)}")
    return int(shape[1]), int(shape[2])


def check_targets(targets: Any) -> list[int]:
    """Return the positions of target columns; raise a ValueError if one is not among the columns that are seen."""
    positions = list(targets) if isinstance(targets, list | tuple) else []
    if not positions or not all(is_integer(position) and position >= -1 for position in positions):
        raise ValueError(f"`targets` must be a list of positions of columns, from 0. Received: {targets!r}")
    if -1 in positions:
        raise ValueError(
            "it forecasts a column from its own past, so every column of dataset.target must be among dataset.inputs; "
            f"target {positions.index(-1) + 1} of {len(positions)} isn't"
        )
    return positions


def check_within(targets: list[int], columns: int) -> None:
    """Raise a ValueError if the inputs have fewer columns than the positions of targets need."""
    if max(targets) >= columns:
        raise ValueError(f"`targets` must be positions in the input's {columns} columns. Received: {targets!r}")


def check_multiple(layer: str, numbers: int, leads: int, targets: int) -> int:
    """Return how many of `numbers` there are for each lead and target; raise a ValueError if that is no whole number.

    More than one are a lead's quantiles.
    """
    if numbers % (leads * targets):
        raise ValueError(
            f"the layers within {layer} must end in outputs, {leads * targets} numbers: {leads} leads x {targets} "
            f"targets, such as those of Dense with units: outputs. Received: {numbers}"
        )
    return numbers // (leads * targets)

"""Checks of the layers' arguments, in Keras's words."""

from __future__ import annotations

from typing import Any

from seqexp.config.model_section import is_integer, is_number


def check_count(name: str, value: Any, least: int = 1) -> int:
    """Return a number of something.

    Raises:
        ValueError: It is not an integer, or less than `least`.
    """
    if not is_integer(value) or value < least:
        raise ValueError(f"`{name}` must be an integer >= {least}. Received: {value!r}")
    return value


def check_rate(name: str, value: Any) -> float:
    """Return a share of units to drop.

    Raises:
        ValueError: It is not a number in [0, 1).
    """
    if not is_number(value) or not 0 <= value < 1:
        raise ValueError(f"`{name}` must be in [0, 1). Received: {value!r}")
    return float(value)


def check_sequence(layer: str, shape: Any) -> tuple[int, int]:
    """Return (timesteps, columns) of a layer's input.

    Raises:
        ValueError: It is not (batch, timesteps, columns) with both known.
    """
    if len(shape) != 3 or None in shape[1:]:
        raise ValueError(f"{layer} needs inputs (batch, timesteps, columns). Received: {tuple(shape)}")
    return int(shape[1]), int(shape[2])

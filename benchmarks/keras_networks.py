"""The models of conf/model/ in Keras's own layers, for the peers that are Keras without seqexp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers


def network(
    model: str, shape: tuple[int | None, int], *, units: int | None = None, recurrent: dict[str, Any] | None = None
) -> Any:
    """Return a model from (batch, timesteps, columns) to (batch, 1), not compiled.

    Args:
        model: Its name.
        shape: (timesteps, columns); None where the graph is not to know the timesteps.
        units: Of the recurrent layer; None: 32.
        recurrent: Further arguments of every recurrent layer.
    """
    hidden = _HIDDEN[model](units or 32, recurrent or {})
    return keras.Sequential([keras.Input(shape=shape), *hidden, layers.Dense(1)], name=model)


def _mlp(_units: int, _recurrent: dict[str, Any]) -> list[Any]:
    return [layers.Flatten(), layers.Dense(32, activation="relu")]


def _conv1d(_units: int, _recurrent: dict[str, Any]) -> list[Any]:
    return [
        layers.Conv1D(32, 5, activation="relu"),
        layers.MaxPooling1D(3),
        layers.Conv1D(32, 5, activation="relu"),
        layers.MaxPooling1D(3),
        layers.Conv1D(32, 5, activation="relu"),
        layers.GlobalMaxPooling1D(),
    ]


def _gru(units: int, recurrent: dict[str, Any]) -> list[Any]:
    return [layers.GRU(units, **recurrent)]


def _gru_dropout(units: int, recurrent: dict[str, Any]) -> list[Any]:
    return [layers.GRU(units, dropout=0.2, recurrent_dropout=0.2, **recurrent)]


def _gru_stacked(units: int, recurrent: dict[str, Any]) -> list[Any]:
    arguments = {"dropout": 0.1, "recurrent_dropout": 0.5, **recurrent}
    return [layers.GRU(units, return_sequences=True, **arguments), layers.GRU(64, activation="relu", **arguments)]


def _gru_bidirectional(units: int, recurrent: dict[str, Any]) -> list[Any]:
    return [layers.Bidirectional(layers.GRU(units, **recurrent))]


def _lstm(units: int, recurrent: dict[str, Any]) -> list[Any]:
    return [layers.LSTM(units, **recurrent)]


def _conv_gru(units: int, recurrent: dict[str, Any]) -> list[Any]:
    return [
        layers.Conv1D(32, 5, activation="relu"),
        layers.MaxPooling1D(3),
        layers.Conv1D(32, 5, activation="relu"),
        layers.GRU(units, dropout=0.1, recurrent_dropout=0.5, **recurrent),
    ]


_HIDDEN: dict[str, Callable[[int, dict[str, Any]], list[Any]]] = {
    "mlp": _mlp,
    "conv1d": _conv1d,
    "gru": _gru,
    "gru_dropout": _gru_dropout,
    "gru_stacked": _gru_stacked,
    "gru_bidirectional": _gru_bidirectional,
    "lstm": _lstm,
    "conv_gru": _conv_gru,
}

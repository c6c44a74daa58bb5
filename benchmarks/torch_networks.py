"""The models of conf/model/ in torch.nn's layers, as near as these come to Keras's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from benchmarks.task import COLUMNS


def network(model: str, shape: tuple[int, int], units: int | None = None) -> nn.Module:
    """Return a module from (batch, timesteps, columns) to (batch, 1).

    Args:
        model: Its name.
        shape: (timesteps, columns).
        units: Of the recurrent layer; None: 32.
    """
    if model == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(shape[0] * shape[1], 32), nn.ReLU(), nn.Linear(32, 1))
    return nn.Sequential(*_LAYERS[model](units or 32))


def _conv1d(_units: int) -> Sequence[nn.Module]:
    return [
        TimeLast(),
        *_convolution(COLUMNS),
        nn.MaxPool1d(3),
        *_convolution(32),
        nn.MaxPool1d(3),
        *_convolution(32),
        nn.AdaptiveMaxPool1d(1),
        nn.Flatten(),
        nn.Linear(32, 1),
    ]


def _gru(units: int) -> Sequence[nn.Module]:
    return [nn.GRU(COLUMNS, units, batch_first=True), LastOutput(), nn.Linear(units, 1)]


def _gru_dropout(units: int) -> Sequence[nn.Module]:
    return [nn.Dropout(0.2), *_gru(units)]


def _gru_stacked(units: int) -> Sequence[nn.Module]:
    return [
        nn.Dropout(0.1),
        nn.GRU(COLUMNS, units, batch_first=True),
        AllOutputs(),
        nn.Dropout(0.1),
        nn.GRU(units, 64, batch_first=True),
        LastOutput(),
        nn.Linear(64, 1),
    ]


def _gru_bidirectional(units: int) -> Sequence[nn.Module]:
    layer = nn.GRU(COLUMNS, units, batch_first=True, bidirectional=True)
    return [layer, LastOutput(), nn.Linear(2 * units, 1)]


def _lstm(units: int) -> Sequence[nn.Module]:
    return [nn.LSTM(COLUMNS, units, batch_first=True), LastOutput(), nn.Linear(units, 1)]


def _conv_gru(units: int) -> Sequence[nn.Module]:
    return [
        TimeLast(),
        *_convolution(COLUMNS),
        nn.MaxPool1d(3),
        *_convolution(32),
        TimeLast(),
        nn.Dropout(0.1),
        nn.GRU(32, units, batch_first=True),
        LastOutput(),
        nn.Linear(units, 1),
    ]


def _convolution(columns: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv1d(columns, 32, 5), nn.ReLU()


class TimeLast(nn.Module):  # type: ignore[misc]
    """Swaps time and columns: convolutions of torch.nn want time last, everything else wants it first."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Return (batch, columns, timesteps) for (batch, timesteps, columns), and back."""
        return inputs.transpose(1, 2)


class AllOutputs(nn.Module):  # type: ignore[misc]
    """Takes the outputs at every timestep of what a recurrent layer returns."""

    def forward(self, returned: tuple[Tensor, object]) -> Tensor:
        """Return (batch, timesteps, units)."""
        return returned[0]


class LastOutput(nn.Module):  # type: ignore[misc]
    """Takes the last output of what a recurrent layer returns: of each direction the one that has read everything."""

    def forward(self, returned: tuple[Tensor, Tensor | tuple[Tensor, Tensor]]) -> Tensor:
        """Return (batch, directions * units)."""
        state = returned[1][0] if isinstance(returned[1], tuple) else returned[1]
        return torch.cat(tuple(state), dim=1)


_LAYERS: dict[str, Callable[[int], Sequence[nn.Module]]] = {
    "conv1d": _conv1d,
    "gru": _gru,
    "gru_dropout": _gru_dropout,
    "gru_stacked": _gru_stacked,
    "gru_bidirectional": _gru_bidirectional,
    "lstm": _lstm,
    "conv_gru": _conv_gru,
}

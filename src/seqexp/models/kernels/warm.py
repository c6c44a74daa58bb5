"""Compile the kernels ahead of their first use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from seqexp.models.kernels.compiling import sources_digest
from seqexp.models.kernels.numbers import SIGMOID, SIMPLE, TANH
from seqexp.models.kernels.recurrent import backward, forward


def are_compiled() -> bool:
    """Return whether an earlier process has left the machine code of both kernels."""
    return all(any(Path(kernel.stats.cache_path).glob(f"*{sources_digest()}*.nbi")) for kernel in (forward, backward))


def compile_kernels() -> None:
    """Compile both kernels, about ten seconds, or load the machine code that is there."""
    none, nothing = np.zeros((0, 0), np.float32), np.zeros((0, 0, 0), np.float32)
    settings = (SIMPLE, TANH, SIGMOID, False)
    x, weight, state = _ones(1, 1, 1), _ones(1, 1), _ones(1, 1)
    given: tuple[Any, ...] = (x, nothing, weight, _ones(1, 1), state, none, nothing, weight, np.zeros((0, 0), bool))
    states = _ones(1, 1, 1)
    forward(*settings, *given, states, nothing)
    written = (nothing, _ones(1, 1), none, _ones(1, 1), _ones(1, 1), _ones(1, 1))
    backward(*settings, *given, states, nothing, nothing, state, none, *written)


def _ones(*shape: int) -> Any:
    return np.ones(shape, np.float32)

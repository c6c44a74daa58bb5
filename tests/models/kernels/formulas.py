"""The recurrent cells as their papers and Keras's documentation write them, in NumPy's float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqexp.models.kernels.numbers import GRU_AFTER, GRU_BEFORE, HARD_SIGMOID, LINEAR, LSTM, RELU, SIGMOID, SIMPLE, TANH

Array = np.ndarray[Any, Any]

FUNCTIONS: dict[int, Callable[[Array], Array]] = {
    LINEAR: lambda x: x,
    TANH: np.tanh,
    SIGMOID: lambda x: 1 / (1 + np.exp(-x)),
    RELU: lambda x: np.maximum(x, 0),
    HARD_SIGMOID: lambda x: np.clip(x / 6 + 0.5, 0, 1),
}
# Products by w and u have as many gates; GRU_AFTER has a bias more, of the recurrent part of its candidate.
GATES = {SIMPLE: 1, LSTM: 4, GRU_AFTER: 3, GRU_BEFORE: 3}


@dataclass
class Case:
    """What the kernels are given, but for the arrays that they write to; arrays are named as in `forward`."""

    cell: int
    act: int
    rec: int
    backwards: bool
    arrays: dict[str, Array]

    def given(self) -> tuple[Any, ...]:
        """Return the arguments of both kernels, in their order."""
        return self.cell, self.act, self.rec, self.backwards, *self.arrays.values()


def make_case(
    cell: int,
    *,
    act: int = TANH,
    rec: int = SIGMOID,
    backwards: bool = False,
    batch: int = 18,
    timesteps: int = 3,
    columns: int = 2,
    units: int = 3,
    dropped: bool = False,
    masked: bool = False,
) -> Case:
    """Return arrays of random numbers."""
    random, gates = np.random.default_rng([cell, batch, timesteps, columns, units]), GATES[cell]

    def normal(*shape: int) -> Array:
        return random.normal(0, 0.7, shape).astype(np.float32)

    def weights(*shape: int) -> Array:  # of a size that lets no unbounded activation grow out of float32's accuracy
        return normal(*shape) / np.float32(shape[0] ** 0.5)

    def mask(*shape: int) -> Array:
        return (random.random(shape) < 0.6).astype(np.float32) / np.float32(0.6)

    none, nothing = np.zeros((0, 0), np.float32), np.zeros((0, 0, 0), np.float32)
    arrays = {
        "x": normal(batch, timesteps, columns),
        "x_masks": mask(gates, batch, columns) if dropped else nothing,
        "w": weights(columns, gates * units),
        "start": normal(gates + (cell == GRU_AFTER), units),
        "h0": normal(batch, units),
        "c0": normal(batch, units) if cell == LSTM else none,
        "h_masks": mask(gates, batch, units) if dropped else nothing,
        "u": weights(units, gates * units),
        "keep": random.random((batch, timesteps)) < 0.6 if masked else np.zeros((0, 0), bool),
    }
    return Case(cell, act, rec, backwards, arrays)


def states(case: Case, **changed: Array) -> tuple[Array, Array]:
    """Return the states and the carries (LSTM's; else zeros) after each timestep, in the order they are run through."""
    given = {name: a if a.dtype == bool else a.astype(np.float64) for name, a in {**case.arrays, **changed}.items()}
    x, w, start, u, keep = (given[name] for name in ("x", "w", "start", "u", "keep"))
    x_masks, h_masks = given["x_masks"], given["h_masks"]
    act, rec, units = FUNCTIONS[case.act], FUNCTIONS[case.rec], len(u)
    h = given["h0"]
    c = given["c0"] if case.cell == LSTM else np.zeros_like(h)
    hs, cs = [], []
    timesteps = range(x.shape[1])
    for t in reversed(timesteps) if case.backwards else timesteps:

        def of_x(gate: int, t: int = t) -> Array:
            seen = x[:, t] * x_masks[gate] if len(x_masks) else x[:, t]
            return seen @ w[:, gate * units : (gate + 1) * units]

        def seen_of_h(gate: int, h: Array = h) -> Array:
            return h * h_masks[gate] if len(h_masks) else h

        def of_h(gate: int, seen: Callable[[int], Array] = seen_of_h) -> Array:
            return seen(gate) @ u[:, gate * units : (gate + 1) * units]

        new_c = c
        if case.cell == SIMPLE:
            new_h = act(of_x(0) + of_h(0) + start[0])
        elif case.cell == LSTM:
            i, f, o = (rec(of_x(gate) + of_h(gate) + start[gate]) for gate in (0, 1, 3))
            new_c = f * c + i * act(of_x(2) + of_h(2) + start[2])
            new_h = o * act(new_c)
        else:
            z, r = (rec(of_x(gate) + of_h(gate) + start[gate]) for gate in (0, 1))
            if case.cell == GRU_AFTER:
                candidate = act(of_x(2) + start[2] + r * (of_h(2) + start[3]))
            else:
                candidate = act(of_x(2) + start[2] + (r * seen_of_h(2)) @ u[:, 2 * units :])
            new_h = z * h + (1 - z) * candidate
        kept = keep[:, t, None] if len(keep) else np.ones((len(h), 1), bool)
        h, c = np.where(kept, new_h, h), np.where(kept, new_c, c)
        hs.append(h)
        cs.append(c)
    return np.stack(hs, axis=1), np.stack(cs, axis=1)

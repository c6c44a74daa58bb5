"""One timestep of each recurrent cell, and its derivative, on a block of rows.

A block's gates are the rows of `a`, each (rows * units,) float32; its states are vectors of that length. Gates are in
Keras's order: LSTM i, f, g, o; GRU z, r, c, and for GRU_AFTER a fourth, q: the candidate's recurrent part, which the
reset gate multiplies after its product (Keras's reset_after=True). GRU_BEFORE's candidate sees the states only
through r * h, by a product of its own between the gates.

Each loop writes one vector: LLVM then vectorises it, after few checks for overlap.
Formulas: Keras's SimpleRNNCell, LSTMCell and GRUCell.
"""

from __future__ import annotations

from typing import Any

from seqexp.models.kernels.activations import ONE, F, activate, times_slope
from seqexp.models.kernels.compiling import part
from seqexp.models.kernels.numbers import GRU_AFTER, LSTM, SIMPLE
from seqexp.models.kernels.products import add_product


@part
def state_gates(cell: int) -> int:
    """Return how many gates the states reach by the product that all cells share: the first ones."""
    if cell == SIMPLE:
        return 1
    return 4 if cell == LSTM else 3 if cell == GRU_AFTER else 2


@part
def slot(cell: int, gate: int) -> int:
    """Return the row of `a` that the states' gate adds to."""
    return 3 if cell == GRU_AFTER and gate == 2 else gate


@part
def copy(out: Any, a: Any) -> None:
    """Write a vector to another."""
    for j in range(len(out)):
        out[j] = a[j]


@part
def fill(out: Any, value: Any) -> None:
    """Set all values."""
    for j in range(len(out)):
        out[j] = value


@part
def _add(out: Any, a: Any, b: Any) -> None:
    for j in range(len(out)):
        out[j] = out[j] + a[j] * b[j]


@part
def _multiply(out: Any, a: Any, b: Any) -> None:
    for j in range(len(out)):
        out[j] = a[j] * b[j]


@part
def _blend(out: Any, z: Any, h: Any, c: Any) -> None:
    for j in range(len(out)):
        out[j] = z[j] * h[j] + (ONE - z[j]) * c[j]


@part
def step(
    cell: int, act: int, rec: int, a: Any, h: Any, c: Any, seen: Any, u: Any, spare: Any, new_h: Any, new_c: Any
) -> None:
    """Activate the gates in `a` and write the new states; LSTM's activated new_c stays in `spare`.

    `seen` is what GRU_BEFORE's candidate sees of h; r * seen stays in `spare`.
    """
    if cell == SIMPLE:
        activate(a[0], act)
        copy(new_h, a[0])
    elif cell == LSTM:
        activate(a[0], rec)
        activate(a[1], rec)
        activate(a[2], act)
        activate(a[3], rec)
        _multiply(new_c, a[1], c)
        _add(new_c, a[0], a[2])
        copy(spare, new_c)
        activate(spare, act)
        _multiply(new_h, a[3], spare)
    else:
        activate(a[0], rec)
        activate(a[1], rec)
        if cell == GRU_AFTER:
            _add(a[2], a[1], a[3])
        else:
            n = u.shape[0]
            _multiply(spare, a[1], seen)
            add_product(
                a[2].ctypes.data, 4 * n, spare.ctypes.data, 4 * n, 4, u[:, 2 * n :].ctypes.data, 12 * n,
                len(h) // n, n, n,
            )  # fmt: skip
        activate(a[2], act)
        _blend(new_h, a[0], h, a[2])


@part
def _lstm_back(act: int, rec: int, a: Any, c: Any, spare: Any, more: Any, d: Any, dh: Any, dc: Any) -> None:
    _multiply(d[3], dh, spare)
    _multiply(more, dh, a[3])
    fill(dh, F(0))
    times_slope(more, spare, act)
    for j in range(len(more)):
        more[j] = more[j] + dc[j]
    _multiply(d[0], more, a[2])
    _multiply(d[1], more, c)
    _multiply(d[2], more, a[0])
    _multiply(dc, more, a[1])
    times_slope(d[0], a[0], rec)
    times_slope(d[1], a[1], rec)
    times_slope(d[2], a[2], act)
    times_slope(d[3], a[3], rec)


@part
def _gru_back(
    cell: int, act: int, rec: int, a: Any, h: Any, seen: Any, mask: Any, ut: Any, spare: Any, d: Any, dh: Any, du: Any
) -> None:
    for j in range(len(h)):
        d[0, j] = dh[j] * (h[j] - a[2, j])
    for j in range(len(h)):
        d[2, j] = dh[j] * (ONE - a[0, j])
    for j in range(len(h)):
        dh[j] = dh[j] * a[0, j]
    times_slope(d[0], a[0], rec)
    times_slope(d[2], a[2], act)
    if cell == GRU_AFTER:
        _multiply(d[1], d[2], a[3])
        _multiply(d[3], d[2], a[1])
    else:
        n = du.shape[0]
        rows, candidate = len(h) // n, d[2].ctypes.data
        # spare holds r * seen, from the step that was computed again.
        add_product(du[:, 2 * n :].ctypes.data, 12 * n, spare.ctypes.data, 4, 4 * n, candidate, 4 * n, n, rows, n)
        fill(spare, F(0))
        add_product(spare.ctypes.data, 4 * n, candidate, 4 * n, 4, ut[2 * n :].ctypes.data, 4 * n, rows, n, n)
        _multiply(d[1], spare, seen)
        _multiply(spare, spare, a[1])
        _add(dh, spare, mask)
    times_slope(d[1], a[1], rec)


@part
def step_back(
    cell: int,
    act: int,
    rec: int,
    a: Any,
    h: Any,
    c: Any,
    seen: Any,
    mask: Any,
    ut: Any,
    spare: Any,
    more: Any,
    d: Any,
    dh: Any,
    dc: Any,
    du: Any,
) -> None:
    """Write the gates' derivatives to `d`, and leave in dh and dc what goes past the gates to the states before.

    `a` and `spare` are as `step` left them. `mask` is by what GRU_BEFORE's candidate sees h; what that candidate
    adds to du is added here.
    """
    if cell == SIMPLE:
        copy(d[0], dh)
        fill(dh, F(0))
        times_slope(d[0], a[0], act)
    elif cell == LSTM:
        _lstm_back(act, rec, a, c, spare, more, d, dh, dc)
    else:
        _gru_back(cell, act, rec, a, h, seen, mask, ut, spare, d, dh, du)

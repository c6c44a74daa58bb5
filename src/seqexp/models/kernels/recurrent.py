"""A recurrent layer's forward and backward pass over whole sequences, compiled by Numba.

A batch is taken in blocks of rows, each from the first timestep to the last. The backward pass keeps nothing of the
forward pass but the states: computing the gates again costs less than writing them to memory and reading them back.
One call uses one thread; calls on parts of a batch run side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seqexp.models.kernels.activations import F
from seqexp.models.kernels.blocks import (
    add_rows_of,
    hold,
    load,
    load_at,
    plus,
    pre_activate,
    project_back,
    see,
    set_aside,
    store,
    store_at,
)
from seqexp.models.kernels.cells import copy, fill, step, step_back
from seqexp.models.kernels.compiling import kernel
from seqexp.models.kernels.numbers import LSTM

# Rows of a batch that are computed together: their gates and states, and small weights, stay in the nearest cache.
ROWS = 16


@kernel
def forward(
    cell: int,
    act: int,
    rec: int,
    backwards: bool,
    x: Any,
    x_masks: Any,
    w: Any,
    start: Any,
    h0: Any,
    c0: Any,
    h_masks: Any,
    u: Any,
    keep: Any,
    hs: Any,
    cs: Any,
) -> None:
    """Write the states after each timestep, or after the last one alone.

    All arrays are float32 and C-contiguous, but for keep. Gates are in the order of `cells`.

    Args:
        cell, act, rec: Which cell, and its activations by number.
        backwards: Whether the last timestep comes first.
        x: (batch, timesteps, columns) inputs.
        x_masks: (gates, batch, columns) dropout masks, or of length 0.
        w: (columns, gates * units).
        start: (gates, units), the biases; GRU_AFTER has four gates here and three in w and u.
        h0, c0: (batch, units) states before; c0 of length 0 but for LSTM.
        h_masks: (gates, batch, units) recurrent dropout masks, or of length 0.
        u: (units, gates * units).
        keep: (batch, timesteps) bool, False where a timestep is passed over; or of length 0.
        hs, cs: (batch, timesteps, units) or (batch, 1, units) to write to; cs of length 0 but for LSTM.
    """
    batch, timesteps, columns = x.shape
    units, whole = u.shape[0], hs.shape[1] == timesteps
    for first in range(0, batch, ROWS):
        rows = min(ROWS, batch - first)
        size = rows * units
        a, xt, spare_x = np.empty((start.shape[0], size), F), np.empty(rows * columns, F), np.empty(rows * columns, F)
        h, new_h, spare_h, spare = np.empty(size, F), np.empty(size, F), np.empty(size, F), np.empty(size, F)
        c, new_c, seen, mask = np.zeros(size, F), np.zeros(size, F), np.empty(size, F), np.empty(size, F)
        load(h, h0, first, rows)
        if cell == LSTM:
            load(c, c0, first, rows)
        for t in range(timesteps):
            now = timesteps - 1 - t if backwards else t
            load_at(xt, x, now, first, rows)
            pre_activate(a, start, cell, xt, x_masks, w, h, h_masks, u, spare_x, spare_h, first, rows)
            see(seen, mask, cell, h, h_masks, first, rows)
            step(cell, act, rec, a, h, c, seen, u, spare, new_h, new_c)
            if keep.shape[0] > 0:
                hold(new_h, h, keep, now, first, rows)
                hold(new_c, c, keep, now, first, rows)
            copy(h, new_h)
            copy(c, new_c)
            if whole or t == timesteps - 1:
                store_at(hs, h, t if whole else 0, first, rows)
                if cell == LSTM:
                    store_at(cs, c, t if whole else 0, first, rows)


@kernel
def backward(
    cell: int,
    act: int,
    rec: int,
    backwards: bool,
    x: Any,
    x_masks: Any,
    w: Any,
    start: Any,
    h0: Any,
    c0: Any,
    h_masks: Any,
    u: Any,
    keep: Any,
    hs: Any,
    cs: Any,
    d_hs: Any,
    d_last: Any,
    d_c: Any,
    dx: Any,
    dh0: Any,
    dc0: Any,
    dw: Any,
    d_start: Any,
    du: Any,
) -> None:
    """Write the derivatives by the inputs, the first states and the weights.

    Args:
        cell, act, rec, backwards, x, x_masks, w, start, h0, c0, h_masks, u, keep: As `forward` was given them.
        hs, cs: (batch, timesteps, units), as `forward` wrote them.
        d_hs: (batch, timesteps, units), the loss by each state; or of length 0.
        d_last, d_c: (batch, units), the loss by the last states; d_c of length 0 but for LSTM.
        dx: (batch, timesteps, columns) to write to; of length 0: not wanted.
        dh0, dc0: (batch, units) to write to; dc0 of length 0 but for LSTM.
        dw, d_start, du: To add to, shaped as w, start and u.
    """
    batch, timesteps, columns = x.shape
    units, wanted = u.shape[0], dx.shape[0] > 0
    wt, ut = np.ascontiguousarray(w.T), np.ascontiguousarray(u.T)
    for first in range(0, batch, ROWS):
        rows = min(ROWS, batch - first)
        size = rows * units
        a, xt, spare_x = np.empty((start.shape[0], size), F), np.empty(rows * columns, F), np.empty(rows * columns, F)
        d, dxt = np.zeros((start.shape[0], size), F), np.empty(rows * columns, F)
        h, new_h, spare_h, spare = np.empty(size, F), np.empty(size, F), np.empty(size, F), np.empty(size, F)
        c, new_c, seen, mask = np.zeros(size, F), np.zeros(size, F), np.empty(size, F), np.empty(size, F)
        dh, dc, held_h, held_c, more = (
            np.empty(size, F),
            np.zeros(size, F),
            np.zeros(size, F),
            np.zeros(size, F),
            np.empty(size, F),
        )
        load(dh, d_last, first, rows)
        if cell == LSTM:
            load(dc, d_c, first, rows)
        for t in range(timesteps - 1, -1, -1):
            now = timesteps - 1 - t if backwards else t
            if d_hs.shape[0] > 0:
                load_at(more, d_hs, t, first, rows)
                plus(dh, more)
            if keep.shape[0] > 0:
                set_aside(dh, held_h, keep, now, first, rows)
                set_aside(dc, held_c, keep, now, first, rows)
            load_at(xt, x, now, first, rows)
            if t > 0:
                load_at(h, hs, t - 1, first, rows)
            else:
                load(h, h0, first, rows)
            if cell == LSTM and t > 0:
                load_at(c, cs, t - 1, first, rows)
            elif cell == LSTM:
                load(c, c0, first, rows)
            pre_activate(a, start, cell, xt, x_masks, w, h, h_masks, u, spare_x, spare_h, first, rows)
            see(seen, mask, cell, h, h_masks, first, rows)
            step(cell, act, rec, a, h, c, seen, u, spare, new_h, new_c)
            step_back(cell, act, rec, a, h, c, seen, mask, ut, spare, more, d, dh, dc, du)
            add_rows_of(d_start, d, rows)
            project_back(d, cell, True, h, h_masks, ut, spare_h, first, rows, units, du, dh, True)
            fill(dxt, F(0))
            project_back(d, cell, False, xt, x_masks, wt, spare_x, first, rows, units, dw, dxt, wanted)
            if wanted:
                store_at(dx, dxt, now, first, rows)
            if keep.shape[0] > 0:
                plus(dh, held_h)
                plus(dc, held_c)
        store(dh0, dh, first, rows)
        if cell == LSTM:
            store(dc0, dc, first, rows)

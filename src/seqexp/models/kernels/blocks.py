"""What the kernels do with a block of rows besides its gates: load, store, mask, project by the weights."""

from __future__ import annotations

from typing import Any

from seqexp.models.kernels.activations import F
from seqexp.models.kernels.cells import copy, fill, slot, state_gates
from seqexp.models.kernels.compiling import part
from seqexp.models.kernels.numbers import GRU_BEFORE
from seqexp.models.kernels.products import add_product


@part
def load(block: Any, source: Any, first: int, rows: int) -> None:
    """Copy rows of (batch, units) to a block."""
    units = source.shape[1]
    for i in range(rows):
        for j in range(units):
            block[i * units + j] = source[first + i, j]


@part
def load_at(block: Any, source: Any, t: int, first: int, rows: int) -> None:
    """Copy rows of one timestep of (batch, timesteps, units) to a block."""
    units = source.shape[2]
    for i in range(rows):
        for j in range(units):
            block[i * units + j] = source[first + i, t, j]


@part
def store(target: Any, block: Any, first: int, rows: int) -> None:
    """Copy a block to rows of (batch, units)."""
    units = target.shape[1]
    for i in range(rows):
        for j in range(units):
            target[first + i, j] = block[i * units + j]


@part
def store_at(target: Any, block: Any, t: int, first: int, rows: int) -> None:
    """Copy a block to rows of one timestep of (batch, timesteps, units)."""
    units = target.shape[2]
    for i in range(rows):
        for j in range(units):
            target[first + i, t, j] = block[i * units + j]


@part
def times_mask(out: Any, block: Any, masks: Any, gate: int, first: int, rows: int) -> None:
    """Write to `out` what a gate sees of a block."""
    width = masks.shape[2]
    for i in range(rows):
        mask, at = masks[gate, first + i], i * width
        for j in range(width):
            out[at + j] = block[at + j] * mask[j]


@part
def project(
    a: Any,
    cell: int,
    of_states: bool,
    block: Any,
    masks: Any,
    weights: Any,
    spare: Any,
    first: int,
    rows: int,
    units: int,
) -> None:
    """Add block @ weights to the gates in `a`; with masks, each gate sees the block through its own."""
    inner, columns = weights.shape
    gates = state_gates(cell) if of_states else columns // units
    for gate in range(gates):
        seen = block.ctypes.data
        if masks.shape[0] > 0:
            times_mask(spare, block, masks, gate, first, rows)
            seen = spare.ctypes.data
        to = a[slot(cell, gate) if of_states else gate].ctypes.data
        add_product(
            to, 4 * units, seen, 4 * inner, 4, weights.ctypes.data + 4 * gate * units, 4 * columns, rows, inner, units
        )


@part
def project_back(
    d: Any,
    cell: int,
    of_states: bool,
    block: Any,
    masks: Any,
    turned: Any,
    spare: Any,
    first: int,
    rows: int,
    units: int,
    d_weights: Any,
    d_block: Any,
    wanted: bool,
) -> None:
    """Add to d_weights, and if wanted to d_block, what d says through `project`. `turned` is weights.T."""
    inner, columns = d_weights.shape
    gates = state_gates(cell) if of_states else columns // units
    masked = masks.shape[0] > 0
    for gate in range(gates):
        seen = block.ctypes.data
        if masked:
            times_mask(spare, block, masks, gate, first, rows)
            seen = spare.ctypes.data
        of = d[slot(cell, gate) if of_states else gate].ctypes.data
        add_product(
            d_weights.ctypes.data + 4 * gate * units, 4 * columns, seen, 4, 4 * inner, of, 4 * units, inner, rows, units
        )
        if wanted:
            to = d_block.ctypes.data
            if masked:
                fill(spare, F(0))
                to = spare.ctypes.data
            add_product(
                to, 4 * inner, of, 4 * units, 4, turned[gate * units :].ctypes.data, 4 * inner, rows, units, inner
            )
            if masked:
                times_mask(spare, spare, masks, gate, first, rows)
                plus(d_block, spare)


@part
def pre_activate(
    a: Any,
    start: Any,
    cell: int,
    x: Any,
    x_masks: Any,
    w: Any,
    h: Any,
    h_masks: Any,
    u: Any,
    spare_x: Any,
    spare_h: Any,
    first: int,
    rows: int,
) -> None:
    """Write the gates' pre-activations."""
    units = u.shape[0]
    for gate in range(a.shape[0]):
        for i in range(rows):
            for j in range(units):
                a[gate, i * units + j] = start[gate, j]
    project(a, cell, False, x, x_masks, w, spare_x, first, rows, units)
    project(a, cell, True, h, h_masks, u, spare_h, first, rows, units)


@part
def see(seen: Any, mask: Any, cell: int, h: Any, h_masks: Any, first: int, rows: int) -> None:
    """Write what GRU_BEFORE's candidate sees of h, and through which mask."""
    if cell != GRU_BEFORE:
        return
    if h_masks.shape[0] == 0:
        copy(seen, h)
        fill(mask, F(1))
        return
    units = h_masks.shape[2]
    for i in range(rows):
        for j in range(units):
            mask[i * units + j] = h_masks[2, first + i, j]
    times_mask(seen, h, h_masks, 2, first, rows)


@part
def hold(new: Any, old: Any, keep: Any, now: int, first: int, rows: int) -> None:
    """Where a timestep is passed over, the state stays."""
    units = len(new) // rows
    for i in range(rows):
        if not keep[first + i, now]:
            for j in range(i * units, (i + 1) * units):
                new[j] = old[j]


@part
def set_aside(d: Any, held: Any, keep: Any, now: int, first: int, rows: int) -> None:
    """Move the derivatives of rows that are passed over from `d` to `held`: all of them go to the states before."""
    units = len(d) // rows
    for i in range(rows):
        kept = keep[first + i, now]
        for j in range(i * units, (i + 1) * units):
            held[j] = F(0) if kept else d[j]
            d[j] = d[j] if kept else F(0)


@part
def add_rows_of(sums: Any, d: Any, rows: int) -> None:
    """Add a block's rows to sums of one row a gate."""
    units = sums.shape[1]
    for gate in range(sums.shape[0]):
        for i in range(rows):
            for j in range(units):
                sums[gate, j] = sums[gate, j] + d[gate, i * units + j]


@part
def plus(out: Any, a: Any) -> None:
    """Add a vector to another."""
    for j in range(len(out)):
        out[j] = out[j] + a[j]

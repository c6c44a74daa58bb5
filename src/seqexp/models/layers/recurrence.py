"""The compiled recurrence as TensorFlow sees it: one function of tensors, with its derivative."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from seqexp.models.compat_tensorflow import is_watched
from seqexp.models.kernels.numbers import LSTM

# Rows of a batch that are worth a thread of their own.
_LEAST_ROWS = 16
_ALIGNMENT = 64  # bytes; TensorFlow takes over a NumPy array that is aligned so, and copies any other

Array = NDArray[Any]


@dataclass(frozen=True)
class Recurrence:
    """A recurrence but for its tensors.

    Attributes:
        cell, activation, recurrent_activation: By number; see `seqexp.models.kernels.numbers`.
        backwards: Whether the last timestep comes first.
        sequences: Whether the state after each timestep is wanted, or the last one alone.
        training: Whether derivatives are expected; they can be had in either case.
        threads: Into how many parts a batch is divided, to run side by side.
    """

    cell: int
    activation: int
    recurrent_activation: int
    backwards: bool
    sequences: bool
    training: bool
    threads: int

    def __call__(
        self,
        x: Any,
        w: Any,
        start: Any,
        u: Any,
        h0: Any,
        c0: Any | None,
        *,
        x_masks: Any | None,
        h_masks: Any | None,
        keep: Any | None,
    ) -> tuple[Any | None, Any, Any | None]:
        """Return the states.

        Args:
            x: (batch, timesteps, columns) float32.
            w: (columns, gates * units).
            start: (gates, units), the biases; see `seqexp.models.kernels.recurrent`.
            u: (units, gates * units).
            h0: (batch, units), the states before.
            c0: (batch, units), LSTM's carries before.
            x_masks: (gates, batch, columns), what each gate sees of x.
            h_masks: (gates, batch, units), what each gate sees of the states.
            keep: (batch, timesteps) bool, False where a timestep is passed over.

        Returns:
            With `sequences` the states, (batch, timesteps, units); the last states, (batch, units); and LSTM's last
            carries.
        """
        fixed = (
            tf.zeros((0, 0, 0)) if x_masks is None else x_masks,
            tf.zeros((0, 0, 0)) if h_masks is None else h_masks,
            tf.zeros((0, 0), tf.bool) if keep is None else keep,
        )
        lstm = self.cell == LSTM
        whole = self.sequences or self.training
        dx_is_expected = is_watched(x)

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def states(*inputs: Any) -> Any:
            parts = self._forward(inputs, fixed, whole)
            last = [_joined([part[which][:, -1] for part in parts]) for which in range(1 + lstm)]

            def gradient(*upstream: Any) -> list[Any]:
                known = parts if whole else self._forward(inputs, fixed, True)
                dx, *others = self._backward(inputs, fixed, known, upstream, dx_is_expected)
                # Apart, so that dx can still be left out of a graph.
                return [*_last_derivative([dx], inputs, upstream), *_last_derivative(others, inputs, upstream)]

            return [*([_joined([hs for hs, _ in parts])] if self.sequences else []), *last], gradient

        outputs = states(x, w, start, u, h0, c0 if lstm else tf.zeros((0, 0)))
        sequence = outputs.pop(0) if self.sequences else None
        return sequence, outputs[0], outputs[1] if lstm else None

    def _forward(self, inputs: tuple[Any, ...], fixed: tuple[Any, ...], whole: bool) -> list[tuple[Any, Any]]:
        """Return the states and the carries of each part of the batch, after each timestep or after the last."""
        x, units = inputs[0], inputs[3].shape[0]
        parts = self._parts(x.shape[0])
        results = []
        for part in parts:
            run = partial(_run_forward, self, part, whole)
            hs, cs = tf.numpy_function(run, [*inputs, *fixed], [tf.float32, tf.float32], stateful=False)
            hs.set_shape((part.rows(x.shape[0]), x.shape[1] if whole else 1, units))
            cs.set_shape(hs.shape if self.cell == LSTM else (0, 0, 0))
            results.append((hs, cs))
        return results

    def _backward(
        self,
        inputs: tuple[Any, ...],
        fixed: tuple[Any, ...],
        known: list[tuple[Any, Any]],
        upstream: tuple[Any, ...],
        dx_is_expected: bool,
    ) -> list[Any]:
        """Return the derivatives by the inputs."""
        x, w, start, u, h0, c0 = inputs
        d_hs = upstream[0] if self.sequences else tf.zeros((0, 0, 0))
        d_last = upstream[1 if self.sequences else 0]
        d_c = upstream[-1] if self.cell == LSTM else tf.zeros((0, 0))

        def run(wanted: bool) -> list[list[Any]]:
            return [
                tf.numpy_function(
                    partial(_run_backward, self, part, wanted),
                    [*inputs, *fixed, hs, cs, d_hs, d_last, d_c],
                    [tf.float32] * 6,
                    stateful=False,
                )
                for part, (hs, cs) in zip(self._parts(x.shape[0]), known, strict=True)
            ]

        parts = run(dx_is_expected)
        if dx_is_expected:
            dx = _joined([part[0] for part in parts])
        elif tf.executing_eagerly():
            dx = tf.zeros_like(x)  # no tape watches x: nothing asks for it
        else:
            # A graph may be differentiated by its inputs later. Until then TensorFlow leaves this out.
            dx = _joined([part[0] for part in run(True)])
        dw, d_start, du = (_sum([part[which] for part in parts]) for which in (1, 2, 3))
        dh0, dc0 = (_joined([part[which] for part in parts]) for which in (4, 5))
        gradients = [dx, dw, d_start, du, dh0, dc0]
        for gradient, source in zip(gradients, (x, w, start, u, h0, c0), strict=True):
            gradient.set_shape(source.shape)
        return gradients

    def _parts(self, batch: int | None) -> list[_Part]:
        count = 1 if batch is None else max(1, min(self.threads, batch // _LEAST_ROWS))
        return [_Part(number, count) for number in range(count)]


@dataclass(frozen=True)
class _Part:
    """A part of a batch."""

    number: int
    count: int

    def of(self, batch: int) -> slice:
        """Return its rows."""
        return slice(batch * self.number // self.count, batch * (self.number + 1) // self.count)

    def rows(self, batch: int | None) -> int | None:
        """Return how many rows it has, if that is known."""
        if batch is None:
            return None
        rows = self.of(batch)
        return int(rows.stop - rows.start)


def _run_forward(recurrence: Recurrence, part: _Part, whole: bool, *arrays: Array) -> tuple[Array, Array]:
    from seqexp.models.kernels.recurrent import forward

    given = _cut(part, arrays)
    batch, timesteps, _ = given.x.shape
    shape = (batch, timesteps if whole else 1, len(given.u))
    hs = _aligned(shape)
    cs = _aligned(shape if recurrence.cell == LSTM else (0, 0, 0))
    forward(*_settings(recurrence), *given, hs, cs)
    return hs, cs


def _run_backward(recurrence: Recurrence, part: _Part, wanted: bool, *arrays: Array) -> tuple[Array, ...]:
    from seqexp.models.kernels.recurrent import backward

    *whole, hs, cs, d_hs, d_last, d_c = arrays
    rows = part.of(len(d_last))
    given = _cut(part, whole)
    dx = _aligned(given.x.shape if wanted else (0, 0, 0))
    dw, d_start, du = (np.zeros(like.shape, np.float32) for like in (given.w, given.start, given.u))
    dh0, dc0 = _aligned(given.h0.shape), _aligned(given.c0.shape)
    backward(*_settings(recurrence), *given, hs, cs, d_hs[rows], d_last[rows], d_c[rows], dx, dh0, dc0, dw, d_start, du)
    return dx, dw, d_start, du, dh0, dc0


def _settings(recurrence: Recurrence) -> tuple[int, int, int, bool]:
    return recurrence.cell, recurrence.activation, recurrence.recurrent_activation, recurrence.backwards


class _Given(NamedTuple):
    """What both kernels read, in their order; see `seqexp.models.kernels.recurrent`."""

    x: Array
    x_masks: Array
    w: Array
    start: Array
    h0: Array
    c0: Array
    h_masks: Array
    u: Array
    keep: Array


def _cut(part: _Part, arrays: Any) -> _Given:
    """Return a part of the batch of each array that has one."""
    x, w, start, u, h0, c0, x_masks, h_masks, keep = arrays
    rows = part.of(len(x))
    x_masks, h_masks = (np.ascontiguousarray(masks[:, rows]) for masks in (x_masks, h_masks))
    return _Given(x[rows], x_masks, w, start, h0[rows], c0[rows], h_masks, u, keep[rows])


def _aligned(shape: tuple[int, ...]) -> Array:
    """Return an array that TensorFlow needn't copy, its values not set."""
    size = int(np.prod(shape)) * 4
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    first = -memory.ctypes.data % _ALIGNMENT
    return memory[first : first + size].view(np.float32).reshape(shape)


def _last_derivative(gradients: list[Any], *sources: tuple[Any, ...]) -> list[Any]:
    """Return derivatives that can't be differentiated again: TensorFlow would take them for constants."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def known(*tensors: Any) -> Any:
        def refuse(*_: Any) -> Any:
            raise NotImplementedError(
                "The compiled recurrent layers have no second derivatives; Keras's own (keras.layers.GRU, ...) do."
            )

        return list(tensors[: len(gradients)]), refuse

    return list(known(*gradients, *(tensor for of_one in sources for tensor in of_one)))


def _joined(tensors: list[Any]) -> Any:
    return tensors[0] if len(tensors) == 1 else tf.concat(tensors, axis=0)


def _sum(tensors: list[Any]) -> Any:
    return tensors[0] if len(tensors) == 1 else tf.add_n(tensors)

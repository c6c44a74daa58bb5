"""SimpleRNN, LSTM and GRU as Keras has them, several times as fast on a CPU.

The same arguments, weights, initial values and results: these are Keras's own layers with another inner loop, and
they are saved under Keras's own names, so that a model made of them loads where seqexp is not installed.
"""

from __future__ import annotations

import warnings
from typing import Any

import keras
import tensorflow as tf

from seqexp.config.limits.machine import cores
from seqexp.models.compat_keras import flat_layers, save_under
from seqexp.models.compat_tensorflow import is_compiled_by_xla
from seqexp.models.kernels.numbers import ACTIVATIONS, GRU_AFTER, GRU_BEFORE, LINEAR, SIMPLE
from seqexp.models.kernels.numbers import LSTM as LSTM_CELL
from seqexp.models.layers.recurrence import Recurrence


class _Compiled(keras.layers.RNN):  # type: ignore[misc]
    """What the three layers share: the compiled inner loop, where it serves; `cell_number` is the kernels' cell."""

    _has_said = False

    def why_stock(self) -> str | None:
        """Return why the layer runs Keras's own loop; None if it runs the compiled one."""
        if tf.config.list_physical_devices("GPU"):
            return "it is faster on a GPU"
        if self.compute_dtype != "float32" or self.variable_dtype != "float32":
            return f"the compiled one computes in float32, not {self.compute_dtype}"
        if self.unroll:
            return "unroll=True asks for it"
        unknown = [name for name in self._activations() if name not in ACTIVATIONS]
        if unknown:
            return f"the compiled one doesn't support {unknown[0]}, only {', '.join(ACTIVATIONS)}"
        return None

    def say_why_stock(self) -> str | None:
        """Return the reason as a sentence, the first time that there is one to give."""
        reason = self.why_stock()
        if reason is None or self._has_said or tf.config.list_physical_devices("GPU"):
            return None
        self._has_said = True
        return f"layer {self.name} runs Keras's own loop: {reason}"

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Run over all timesteps; as in Keras, return the last output, all outputs and the last states."""
        if self.why_stock() is not None or is_compiled_by_xla():
            if line := self.say_why_stock():
                warnings.warn(line, stacklevel=2)
            return super().inner_loop(sequences, initial_state, mask=mask, training=training)
        given = initial_state if isinstance(initial_state, list | tuple) else [initial_state]
        h0, *more = [tf.convert_to_tensor(state) for state in given]  # those of a stateful layer are variables
        keep = _two_dimensional(mask)
        sequences, x_masks = self._dropped(sequences, training)
        activation, *recurrent = [ACTIVATIONS[name] for name in self._activations()]
        recurrence = Recurrence(
            self.cell_number,
            activation,
            recurrent[0] if recurrent else LINEAR,
            backwards=self.go_backwards,
            sequences=self.return_sequences,
            training=bool(training),
            threads=_threads(),
        )
        outputs, last, carry = recurrence(
            sequences,
            tf.convert_to_tensor(self.cell.kernel),
            self._start(),
            tf.convert_to_tensor(self.cell.recurrent_kernel),
            h0,
            more[0] if more else None,
            x_masks=x_masks,
            h_masks=self._recurrent_masks(h0, training),
            keep=keep,
        )
        states = [last] if carry is None else [last, carry]
        if keep is not None:
            outputs, last = self._outputs_under_mask(outputs, last, keep)
        return last, last[:, None] if outputs is None else outputs, states

    def _activations(self) -> list[str]:
        """Return the names of the activation and, where there is one, of the recurrent one."""
        cell = self.cell
        functions = [cell.activation, *([cell.recurrent_activation] if hasattr(cell, "recurrent_activation") else [])]
        return [_name(function) for function in functions]

    def _start(self) -> Any:
        """Return the biases, (gates, units)."""
        gates = self.cell.kernel.shape[1] // self.units
        if not self.use_bias:
            return tf.zeros((gates, self.units))
        return tf.reshape(tf.convert_to_tensor(self.cell.bias), (gates, self.units))

    def _dropped(self, sequences: Any, training: bool) -> tuple[Any, Any | None]:
        """Return the inputs, and the masks through which each gate sees them if they aren't the same for all."""
        if not training or not self._drops(self.cell.dropout):
            return sequences, None
        masks = self.cell.get_dropout_mask(sequences[:, 0, :])
        if isinstance(masks, list | tuple):
            return sequences, tf.stack(masks)
        return sequences * masks[:, None, :], None

    def _drops(self, rate: float) -> bool:
        # At a rate of 1 Keras's SimpleRNN drops everything, its GRU and LSTM nothing.
        return 0 < rate < 1 or (rate == 1 and self.cell_number == SIMPLE)

    def _recurrent_masks(self, h0: Any, training: bool) -> Any | None:
        if not training or not self._drops(self.cell.recurrent_dropout):
            return None
        masks = self.cell.get_recurrent_dropout_mask(h0)
        return tf.stack(masks if isinstance(masks, list | tuple) else [masks])

    def _outputs_under_mask(self, outputs: Any | None, last: Any, keep: Any) -> tuple[Any | None, Any]:
        """Where a timestep is passed over the output stays, as the state does; but it begins as zeros."""
        order = keep[:, ::-1] if self.go_backwards else keep
        shown = order if self.zero_output_for_mask else tf.cumsum(tf.cast(order, tf.int32), axis=1) > 0
        if outputs is not None:
            outputs = tf.where(shown[:, :, None], outputs, tf.zeros_like(outputs))
        return outputs, tf.where(shown[:, -1:], last, tf.zeros_like(last))


class SimpleRNN(_Compiled, keras.layers.SimpleRNN):  # type: ignore[misc]
    """Keras's SimpleRNN with a compiled inner loop; see keras.layers.SimpleRNN for its arguments."""

    cell_number = SIMPLE


class LSTM(_Compiled, keras.layers.LSTM):  # type: ignore[misc]
    """Keras's LSTM with a compiled inner loop; see keras.layers.LSTM for its arguments."""

    cell_number = LSTM_CELL


class GRU(_Compiled, keras.layers.GRU):  # type: ignore[misc]
    """Keras's GRU with a compiled inner loop; see keras.layers.GRU for its arguments."""

    @property
    def cell_number(self) -> int:
        """Which cell the kernels run."""
        return GRU_AFTER if self.reset_after else GRU_BEFORE

    def _start(self) -> Any:
        if not self.reset_after:
            return super()._start()
        if not self.use_bias:
            return tf.zeros((4, self.units))
        biases = tf.reshape(tf.convert_to_tensor(self.cell.bias), (2, 3, self.units))
        of_inputs, of_states = biases[0], biases[1]
        return tf.concat([of_inputs[:2] + of_states[:2], of_inputs[2:], of_states[2:]], axis=0)


class Bidirectional(keras.layers.Bidirectional):  # type: ignore[misc]
    """Keras's Bidirectional, whose two directions stay of the class of the layer that it is given."""

    def __init__(
        self, layer: Any, merge_mode: Any = "concat", weights: Any = None, backward_layer: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(layer, merge_mode, weights, backward_layer, **kwargs)
        # Keras makes both anew from the layer's configuration, which names Keras's own class.
        if isinstance(layer, _Compiled):
            _become(self.forward_layer, type(layer))
            if backward_layer is None:
                _become(self.backward_layer, type(layer))

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any | None = None) -> Any:
        """Return the layer of what `get_config` gave, in which both directions are of Keras's own class."""
        return use_compiled(super().from_config(config, custom_objects))


_COUNTERPARTS = {
    keras.layers.SimpleRNN: SimpleRNN,
    keras.layers.LSTM: LSTM,
    keras.layers.GRU: GRU,
    keras.layers.Bidirectional: Bidirectional,
}
for _stock, _ours in _COUNTERPARTS.items():
    save_under(_ours, f"keras.layers.{_stock.__name__}")


def use_compiled(model: Any) -> Any:
    """Let a Keras model's recurrent layers of Keras's own run the compiled loop; a model loaded from disk, say.

    It is changed in place, keeps its weights, and is returned.
    """
    for layer in flat_layers(model):
        if type(layer) in _COUNTERPARTS:
            _become(layer, _COUNTERPARTS[type(layer)])
    for function in ("train_function", "test_function", "predict_function"):
        if hasattr(model, function):
            setattr(model, function, None)  # else what was traced before runs on
    return model


def _become(layer: Any, cls: type) -> None:
    object.__setattr__(layer, "__class__", cls)


def _name(function: Any) -> str:
    name = "linear" if function is None else str(getattr(function, "__name__", function))
    if name in ACTIVATIONS and function not in (None, keras.activations.get(name)):
        return f"{name} of your own"
    return name


def _two_dimensional(mask: Any) -> Any | None:
    """Return a mask of timesteps as (batch, timesteps) bool."""
    if isinstance(mask, list | tuple):
        mask = mask[0]
    if mask is None:
        return None
    mask = tf.cast(mask, tf.bool)
    return mask[:, :, 0] if len(mask.shape) == 3 else mask


def _threads() -> int:
    """Return how many threads TensorFlow runs operations on."""
    return tf.config.threading.get_inter_op_parallelism_threads() or cores()

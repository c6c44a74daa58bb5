"""How much memory a network takes at the least: what the machine can't hold is refused before it is there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from seqexp.config.errors import InputError, refused
from seqexp.config.limits.machine import in_bytes, machine_memory
from seqexp.config.schema import Experiment

_NUMBER = 4  # bytes of a float32
# Of each weight there are at once: itself, its gradient, the finite ones before an epoch, those of the best epoch.
_COPIES = 4
_MOMENTS = {"sgd": 0, "rmsprop": 1, "adam": 2, "adamw": 2, "nadam": 2}  # what the optimizer keeps of each weight
_SCORED_AT_ONCE = 512  # samples; training batches may be larger
_GATES = 3  # numbers that a recurrent layer keeps of each unit and timestep, for the way back
_LARGE = 1000  # a hyperparameter below is not what makes a network too large


class TooLargeError(Exception):
    """The weights of a network would take more memory than there is."""

    def __init__(self, numbers: int, shape: tuple[int, ...]) -> None:
        super().__init__(f"weights of shape {shape}")
        self.numbers, self.shape = numbers, shape
        self.where = "model"  # what makes them, as messages say it: "model.layers.1 (Dense)"


@contextmanager
def weights_in_memory(experiment: Experiment) -> Iterator[None]:
    """Refuse a network made in the block once its weights can't be trained in the memory of this machine.

    Keras's layers make each weight by `add_weight`, which says its shape before anything of it is there.

    Raises:
        InputError: In place of a TooLargeError; it names the hyperparameter that is too large, else the layer.
    """
    import keras

    memory, copies = machine_memory(), _COPIES + _MOMENTS[experiment.training.optimizer]
    add_weight, made = keras.layers.Layer.add_weight, 0

    def within(layer: Any, *given: Any, **named: Any) -> Any:
        nonlocal made
        shape = named.get("shape", given[0] if given else ()) or ()
        lengths = (shape,) if isinstance(shape, int) else tuple(shape)
        if all(isinstance(length, int) for length in lengths):  # else Keras says what is wrong
            made += math.prod(lengths)
            if memory is not None and made * _NUMBER * copies > memory:
                raise TooLargeError(made, lengths)
        return add_weight(layer, *given, **named)

    keras.layers.Layer.add_weight = within
    try:
        yield
    except TooLargeError as error:
        raise _too_large(error, experiment.model.hyperparameters, copies, memory or 0) from error
    finally:
        keras.layers.Layer.add_weight = add_weight


def _too_large(error: TooLargeError, hyperparameters: Mapping[str, Any], copies: int, memory: int) -> InputError:
    """Return the error that names the hyperparameter that makes the weights large, else what has them."""
    large = {name: value for name, value in hyperparameters.items() if isinstance(value, int) and value >= _LARGE}
    culprits = [name for name, value in large.items() if any(length % value == 0 for length in error.shape if length)]
    takes = f"takes {in_bytes(error.numbers * _NUMBER * copies)}, and this machine has {in_bytes(memory)} of memory"
    how = f"{error.where} has {error}, {error.numbers:,} numbers so far, of which training holds {copies} copies"
    if not culprits:
        key = error.where.partition(" ")[0]
        return refused(key, f"must make a smaller network: this one {takes}. {how}.")
    name = max(culprits, key=large.__getitem__)
    return refused(f"model.{name}", f"must be smaller: {large[name]} {takes}. {how}.")


def check_batches(network: Any, experiment: Experiment, length: int) -> None:
    """Refuse a network whose layers' outputs for one batch can't be held in the memory of this machine.

    `length` stands for lengths that the network leaves open.

    Raises:
        InputError: It names dataset.batch_size where a smaller one helps, else the layer with the largest output.
    """
    memory = machine_memory()
    sizes = {layer: _numbers(layer, length) * _NUMBER for layer in network.layers}
    if memory is None or not sizes:
        return
    batch, each = experiment.dataset.batch_size, sum(sizes.values())
    largest = max(sizes, key=sizes.__getitem__)
    if sizes[largest] * _SCORED_AT_ONCE > memory:
        what = f"gives {in_bytes(sizes[largest])} a sample, and {_SCORED_AT_ONCE} are scored at once"
        name = type(largest).__name__
        raise refused("model.layers", f"must fit into memory: {name} {what}. This machine has {in_bytes(memory)}.")
    if batch * each > memory:
        what = f"must be at most {memory // each}: a sample's outputs of all layers take {in_bytes(each)}"
        raise refused("dataset.batch_size", f"{what}, and this machine has {in_bytes(memory)}. Received: {batch}.")


def _numbers(layer: Any, length: int) -> int:
    """Return how many numbers a layer keeps of one sample: its output, and what is between two of its timesteps."""
    import keras

    found = 0
    for tensor in keras.tree.flatten(layer.output):
        found += math.prod(length if size is None else size for size in tensor.shape[1:])
    shape: tuple[int | None, ...] = next((tensor.shape for tensor in keras.tree.flatten(layer.input)), ())
    steps = (length if shape[1] is None else shape[1]) if len(shape) > 2 else 0
    if isinstance(layer, keras.layers.RNN):
        found += _GATES * steps * int(getattr(layer, "units", 0) or 0)
    if isinstance(layer, keras.layers.MultiHeadAttention):
        found += steps * steps * layer.num_heads
    return found

"""Build the Keras network that a model's layer list describes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

from seqexp.config.errors import Fault, InputError, refused, shown
from seqexp.config.schema import ModelConfig
from seqexp.models.plugins import where_in
from seqexp.models.registry import NO_PLUGINS, Registry
from seqexp.models.stack import SCOPE, LayerMaker, refusing, shape_in_words
from seqexp.tasks.target import Problem


def build_network(model: ModelConfig, problem: Problem, *, seed: int, registry: Registry = NO_PLUGINS) -> Any:
    """Return a Keras model from a batch of samples to (batch, outputs).

    It follows from the layer list, with its stem and its head if it gives them, or from the builder that makes it. The
    seed is that of the initial weights and of every dropout mask; the samples' shape is known to the graph.

    Raises:
        InputError: If a layer doesn't exist, refuses an argument, or doesn't fit the one before it; if a builder
            doesn't return such a model; if a plugin's layer can't be saved; if the shortest batch is too short.
    """
    import keras

    keras.utils.clear_session(free_memory=True)
    keras.utils.set_random_seed(seed)
    if model.builder is not None:
        network = _from_builder(model.builder, problem, registry)
        subject = "model.builder makes a network that holds"
    else:
        network = _from_layers(model, problem, registry)
        subject = "model.layers and model.head hold"
    if not network.trainable_variables:
        raise InputError(Fault("model", f"{subject} nothing to learn: give a layer that has weights."))
    if problem.shortest:
        _check_shortest(network, problem.shortest, registry)
    if registry.plugins:
        _check_saving(network, registry)
    return network


def _from_layers(model: ModelConfig, problem: Problem, registry: Registry) -> Any:
    import keras

    inputs = _input(problem)
    stem = model.stem
    if stem is None:
        stem = problem.stem(model.embedding) if model.embedding is not None else []
    maker = LayerMaker(registry, problem)
    outputs = maker.stack(inputs, stem, "model.stem")
    outputs = maker.stack(outputs, model.layers or [], "model.layers")
    outputs = maker.stack(outputs, _head(model, problem, outputs), "model.head")
    if tuple(outputs.shape) != (None, problem.outputs):
        what = "one number" if problem.outputs == 1 else f"{problem.outputs} numbers"
        raise refused(
            "model.layers",
            f"must end in {what} per {problem.sample}, shape (batch, {problem.outputs}). "
            f"Received: {shape_in_words(outputs.shape)}. "
            f"The last recurrent layer must not return sequences; a convolution wants a pooling layer after it.",
        )
    name = as_scope(model.name)
    with refusing("model.layers: the network is refused", registry):
        network = keras.Model(inputs, outputs, name=name)
    if model.stem is None and problem.table is not None:
        embedding = next(layer for layer in network.layers if isinstance(layer, keras.layers.Embedding))
        embedding.set_weights([problem.table])
    return network


def _head(model: ModelConfig, problem: Problem, outputs: Any) -> list[Any]:
    """Return the output layers: those of the YAML, else the task's; none behind a layer that gives the forecasts."""
    from seqexp.models.compat_keras import operation_of

    if model.head is not None:
        return model.head
    return [] if getattr(operation_of(outputs), "gives_forecasts", False) else problem.head


def as_scope(name: str) -> str:
    """Return a model's name with what TensorFlow takes for no name of a scope as underscores, and cut if it is long."""
    plain = re.sub(r"[^A-Za-z0-9_.\-]", "_", name)[:100]
    return plain if SCOPE.fullmatch(plain) else f"model{plain}"


def _check_shortest(network: Any, length: int, registry: Registry) -> None:
    """Refuse a network that the shortest texts would stop in the middle of a training."""
    import keras

    what = f"dataset.bucket=true makes batches of as few as {length} ids, too short for this model: set it to false, or"
    with refusing(f"{what} shorten its kernels and pools", registry):
        network.compute_output_spec(keras.KerasTensor((None, length), dtype="int32"))


def _input(problem: Problem) -> Any:
    import keras

    kind = "int32" if problem.vocabulary else "float32"
    return keras.Input(shape=problem.shape, dtype=kind, name="ids" if problem.vocabulary else "window")


def _from_builder(entry: Mapping[str, Any], problem: Problem, registry: Registry) -> Any:
    """Return the model that a plugin's function makes, as a graph whose input has exactly the samples' shape."""
    import keras

    shape = problem.shape
    network = registry.run_builder(entry, problem)
    where = f"model.builder.{next(iter(entry))}"
    wanted = f"must return a keras.Model from {shape_in_words((None, *shape))} to (batch, {problem.outputs})"
    if not isinstance(network, keras.Model):
        raise refused(where, f"{wanted}. Received: {shown(network)}.")
    shapes = [tuple(tensor.shape) for tensor in getattr(network, "inputs", None) or []]
    if shapes != [(None, *shape)]:  # a subclass of keras.Model, or one of any number of timesteps
        inputs = _input(problem)
        with refusing(f"{where} {wanted}", registry):
            network = keras.Model(inputs, network(inputs))
    outputs = [tuple(output.shape) for output in network.outputs]
    if outputs != [(None, problem.outputs)]:
        raise refused(where, f"{wanted}. Received: one to {', '.join(map(shape_in_words, outputs))}.")
    return network


def gives_logits(network: Any) -> bool:
    """Return whether a classifier's outputs are logits: the activation of its last layer is None or linear.

    Raises:
        InputError: If they are neither logits nor probabilities, or the last layer doesn't say which.
    """
    import keras

    from seqexp.models.compat_keras import operation_of

    last = network
    while isinstance(last, keras.Model):  # a builder's may be models within models
        last = operation_of(last.outputs[0]) if getattr(last, "outputs", None) else last.layers[-1]
    due = "sigmoid" if network.output_shape[-1] == 1 else "softmax"
    activation = _activation_of(last)
    if activation is None:  # such as a dropout, or a plugin's own layer: it may follow a softmax or do one itself
        raise refused(
            "model.head",
            f"must end in a layer that has an activation: {due} gives probabilities, linear gives logits. Received: "
            f"{type(last).__name__}, which has none. A keras.layers.Activation behind it says which they are.",
        )
    if activation not in (due, "linear"):
        raise refused(
            "model.head",
            f"must end in probabilities ({due}), or in logits (no activation). Received: {activation} "
            f"in {type(last).__name__}.",
        )
    return activation == "linear"


def _activation_of(last: Any) -> str | None:
    """Return the name of a layer's or operation's activation, "linear" if it does nothing; None if it says none."""
    import keras

    layers, cls = keras.layers, type(last).__name__
    # What is an activation itself: a layer, or a function such as keras.ops.softmax.
    if isinstance(last, layers.Softmax | layers.ReLU | layers.LeakyReLU | layers.PReLU | layers.ELU):
        return "softmax" if isinstance(last, layers.Softmax) else cls
    if not isinstance(last, layers.Layer) and cls in ("Softmax", "Sigmoid"):
        return cls.lower()
    if not hasattr(last, "activation"):
        return None
    activation = last.activation
    return "linear" if activation is None else str(getattr(activation, "__name__", activation))


def _check_saving(network: Any, registry: Registry) -> None:
    """Refuse what would be trained for hours and then couldn't be saved: a layer without a configuration, say."""
    import keras

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            config = keras.saving.serialize_keras_object(network)
            keras.saving.deserialize_keras_object(config, custom_objects=dict(registry.custom_objects))
    except Exception as error:
        first = error
        while isinstance(first.__context__, Exception):  # Keras wraps what went wrong in what it was doing
            first = first.__context__
        said = re.split(r"Example:|Full object config", " ".join(str(first).split()))[0].rstrip()
        why = where_in(registry.plugins, first) or said or type(first).__name__
        raise InputError(Fault("model", f"model: the network can't be saved and loaded again: {why}")) from error


def recurrent_layers(network: Any) -> list[Any]:
    """Return the recurrent layers, those inside wrappers included."""
    import keras

    from seqexp.models.compat_keras import flat_layers

    return [layer for layer in flat_layers(network) if isinstance(layer, keras.layers.RNN)]


def runs_stock(layer: Any) -> bool:
    """Return whether a recurrent layer runs Keras's own loop, be it Keras's or one of ours that falls back to it."""
    return not hasattr(layer, "why_stock") or layer.why_stock() is not None


def say_fallbacks(network: Any) -> list[str]:
    """Return a line for each of our recurrent layers that runs Keras's own loop; the layers then say it no more."""
    ours = [layer for layer in recurrent_layers(network) if hasattr(layer, "why_stock")]
    return [line for layer in ours if (line := layer.say_why_stock()) is not None]


def use_plain_recurrence(network: Any) -> None:
    """Keep recurrent layers off cuDNN kernels, which XLA has none of."""
    for layer in recurrent_layers(network):
        if hasattr(layer, "use_cudnn"):
            layer.use_cudnn = False

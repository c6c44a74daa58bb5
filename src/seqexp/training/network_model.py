"""A Keras network as a model of one task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats, Rows
from seqexp.data.samples import Samples
from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts
from seqexp.models.events import Arrays, Event, Notice, Snapshot, TrainingBegins
from seqexp.models.kernels.warm import are_compiled, compile_kernels
from seqexp.models.model import Compute, LayerFacts
from seqexp.models.network import say_fallbacks
from seqexp.models.saved_models import save_network, save_text_network
from seqexp.models.stack import shape_in_words
from seqexp.models.training_state import TrainingState
from seqexp.tasks.task import Task
from seqexp.training.feed import feed_of
from seqexp.training.objective import Objective, objective_of
from seqexp.training.predict import make_predictor
from seqexp.training.train import PORTION_SECONDS, figures_of_epoch, train
from seqexp.training.train_step import TrainStep, make_optimizer


class NetworkModel:
    """A Keras model from samples to (batch, outputs), with the task that it is for; see `Model` for what it can do.

    The steps that go to the graph at once take about `portion_seconds`; 0: each step goes alone.

    Raises:
        InputError: If its outputs are of no use for the task.
    """

    def __init__(
        self,
        network: Any,
        task: Task,
        compute: Compute,
        portion_seconds: float = PORTION_SECONDS,
        subject: str = "the network",
    ) -> None:
        self.network, self.compute, self.subject, self._portion_seconds = network, compute, subject, portion_seconds
        self.objective: Objective = objective_of(task, network)
        self.notes = tuple(say_fallbacks(network))
        self._predictor: tuple[Samples, int | None, Callable[[Rows], Floats]] | None = None

    @property
    def parameters(self) -> int:
        """How many numbers it learns."""
        return int(sum(variable.shape.num_elements() for variable in self.network.trainable_variables))

    @property
    def about(self) -> str:
        """How many numbers it learns and how it is computed, in words."""
        compute = self.compute
        by = "XLA, " if compute.jit_compile else "compiled recurrence, " if compute.layers == "seqexp" else ""
        return f"{self.parameters:,} parameters, {by}{compute.threads} threads"

    def layers(self) -> list[LayerFacts]:
        """Return its layers from the first to the last."""
        return [
            LayerFacts(_layer_name(layer), _shapes(layer.output), layer.count_params()) for layer in self.network.layers
        ]

    def train(self, task: Task, state: TrainingState, begin: Snapshot | None = None) -> Iterator[Event]:
        """Take training steps, epoch after epoch; the weights are those of the last one at the end."""
        if self.compute.layers == "seqexp":
            if not are_compiled():
                yield Notice("compiling the recurrent layers: about ten seconds, once")
            compile_kernels()
        samples, training = task.samples, task.experiment.training
        state.has_begun = True
        yield TrainingBegins()
        step = TrainStep(
            self.network,
            training,
            feed_of(samples).batch,
            self.objective,
            batch_size=samples.batch_size,
            jit_compile=self.compute.jit_compile,
        )

        def predict(rows: Rows) -> Floats:
            return task.shaped(self.predict(samples, rows), rows, self.subject)

        yield from train(step, task, predict, state, begin, self._portion_seconds)

    def check_snapshot(self, task: Task, state: TrainingState, begin: Snapshot) -> None:
        """Check that the arrays are of the shapes and types that this network has, and the epochs' figures its own."""
        if state.monitor != task.experiment.training.monitor:
            raise ValueError(f"its best epoch was picked by {state.monitor}")
        for epoch in state.epochs:
            if missing := set(figures_of_epoch(self.objective, task)) - set(epoch.metrics):
                raise ValueError(f"epoch {epoch.number} has no {', '.join(sorted(missing))}")
        optimizer = make_optimizer(task.experiment.training)
        optimizer.build(self.network.trainable_variables)
        weights = self.network.get_weights()
        _check_alike("the network's variables", begin.variables, self.network.variables)
        _check_alike("the optimizer's variables", begin.optimizer, optimizer.variables)
        _check_alike("the last finite weights", begin.good or weights, weights)
        if state.best is not None:
            _check_alike("the best weights", state.best_weights or [], weights)
            found, due = np.asarray(state.best_predictions), (len(task.samples.rows.val), *task.target.shape)
            if found.shape != due or found.dtype.kind != "f":
                raise ValueError(f"the best predictions are {_kind(found)}, and must be numbers of shape {due}")

    def use_best(self, state: TrainingState) -> None:
        """Take the weights of the best epoch, if there is one."""
        if state.best_weights is not None:
            self.network.set_weights(state.best_weights)

    def predict(self, samples: Samples, rows: Rows, batch: int | None = None) -> Floats:
        """Return (samples, outputs) float64; of texts probabilities."""
        known = self._predictor
        if known is None or known[0] is not samples or known[1] != batch:
            jit, outputs = self.compute.jit_compile, self.objective.outputs
            predictor = make_predictor(self.network, samples, jit_compile=jit, outputs=outputs, batch=batch)
            self._predictor = known = samples, batch, predictor
        return known[2](rows)

    def learned(self) -> list[NDArray[Any]]:
        """Return the weights of all layers."""
        return list(self.network.get_weights())

    def save(self, folder: Path, samples: Samples) -> None:
        """Write the network as MLflow loads it; one of texts takes raw texts, and Keras's own file lies beside it."""
        if isinstance(samples, Windows):
            save_network(self.network, folder / "model", samples.shape)
        elif isinstance(samples, Texts):
            save_text_network(self.network, folder, samples.tokeniser, self.objective.outputs)


def _check_alike(what: str, found: Arrays, due: Sequence[Any]) -> None:
    """Check that arrays are as many as the variables or arrays due, and of their shapes and types.

    Raises:
        ValueError: They are not.
    """
    if len(found) != len(due):
        raise ValueError(f"{what} are {len(found)} arrays, and must be {len(due)}")
    for number, (array, wanted) in enumerate(zip(found, due, strict=True), 1):
        has, wants = _kind(array), _kind(wanted)
        if has != wants:
            raise ValueError(f"{what}: array {number} is {has}, and must be {wants}")


def _kind(array: Any) -> str:
    return f"{np.dtype(str(array.dtype))} of shape {tuple(array.shape)}"


def _shapes(outputs: Any) -> str:
    """Return the shape of a layer's output; of several, such as a recurrent layer's state, all of them."""
    if isinstance(outputs, list | tuple):
        return ", ".join(map(_shapes, outputs))
    return shape_in_words(outputs.shape)


def _layer_name(layer: object) -> str:
    """Return a layer's class; of a wrapper also what it wraps."""
    inner = getattr(layer, "forward_layer", None) or getattr(layer, "layer", None)
    within = getattr(layer, "layers", []) if getattr(layer, "holds_layers", False) else [inner] if inner else []
    names = ", ".join(map(_layer_name, within))
    return f"{type(layer).__name__}({names})" if names else type(layer).__name__

"""Make the model that an experiment describes, or load one that was saved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqexp.config.schema import Experiment
from seqexp.models.estimators.model import Estimator, EstimatorModel, restore, saved_entry
from seqexp.models.model import Compute, Model
from seqexp.models.registry import Registry
from seqexp.tasks.target import Problem
from seqexp.tasks.task import Task


def make_model(task: Task, registry: Registry, threads: int | None = None) -> Model:
    """Return the model of a task's experiment, not trained.

    The CPU threads are those of an experiment that names no number itself; None: as many as there are cores.

    Raises:
        InputError: If a name doesn't exist, refuses an argument, or doesn't fit.
    """
    entry = task.experiment.model.estimator
    if entry is not None:
        return _estimator_model(registry.make_estimator(entry, task.kind.task), entry, registry)
    from seqexp.training.network_model import NetworkModel

    network, compute = build(task.experiment, task.problem, registry, threads)
    return NetworkModel(network, task, compute, subject=_subject(registry))


def _estimator_model(estimator: Estimator, entry: Mapping[str, Any], registry: Registry) -> EstimatorModel:
    return EstimatorModel(estimator, entry, f"{registry.with_file(next(iter(entry)))}.predict")


def _subject(registry: Registry) -> str:
    """Return what messages call a network: with the files that its layers or its builder may be from."""
    return "".join(f"{plugin.given}, " for plugin in registry.plugins) + "the network"


def build(
    experiment: Experiment, problem: Problem, registry: Registry, threads: int | None = None
) -> tuple[Any, Compute]:
    """Return the network, and how it will be computed.

    Raises:
        InputError: If a layer doesn't exist, refuses an argument, or doesn't fit.
    """
    from seqexp.models.memory import check_batches, weights_in_memory
    from seqexp.models.network import build_network, use_plain_recurrence
    from seqexp.training.compute import import_tensorflow, set_threads

    import_tensorflow()
    threads = set_threads(experiment.training.threads or threads)
    with weights_in_memory(experiment):
        network = build_network(experiment.model, problem, seed=experiment.seed, registry=registry)
    check_batches(network, experiment, max(size or experiment.text.maxlen for size in problem.shape))
    compute = _compute(network, experiment, threads)
    if compute.jit_compile or compute.device == "cpu":
        use_plain_recurrence(network)
    return network, compute


def _compute(network: Any, experiment: Experiment, threads: int) -> Compute:
    from seqexp.training.compute import device, layers_of, resolve_jit

    kind = device()
    jit = resolve_jit(experiment.training.jit_compile, network, kind)
    return Compute(jit, threads, layers_of(network, jit), kind)


def load_model(folder: Path, task: Task, registry: Registry) -> Model:
    """Return the model that `Model.save` wrote to a folder: it predicts what it did then.

    Raises:
        InputError: If it was made with a plugin that the registry lacks, or is a user's own that can't be loaded.
        OSError: If there is none.
    """
    entry = saved_entry(folder)
    if entry is not None:
        estimator = registry.make_estimator(entry, task.kind.task)
        restore(estimator, folder)
        return _estimator_model(estimator, entry, registry)
    from seqexp.models.saved_models import load_network
    from seqexp.training.compute import import_tensorflow, set_threads
    from seqexp.training.network_model import NetworkModel

    import_tensorflow()
    threads = set_threads(task.experiment.training.threads)
    network = load_network(folder, registry.custom_objects)
    return NetworkModel(network, task, _compute(network, task.experiment, threads), subject=_subject(registry))

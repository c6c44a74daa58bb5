"""All that can go wrong because of the input goes wrong here, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqexp.config.digests import config_digest
from seqexp.config.errors import Fault, InputError, collecting
from seqexp.config.plugins import Plugin
from seqexp.config.schema import DatasetConfig, Experiment, SeriesConfig
from seqexp.data.files.cache import Progress
from seqexp.data.series.series import Series
from seqexp.data.series.windows import make_windows
from seqexp.data.sources import ResolvedSource, resolve_series
from seqexp.data.text.corpus import Corpus
from seqexp.models.estimators import Estimator
from seqexp.models.registry import NO_PLUGINS, Registry, make_registry
from seqexp.models.text_estimators import TextEstimator
from seqexp.runs.classification import Classification
from seqexp.runs.forecast import Forecast, in_rows
from seqexp.runs.task import Task
from seqexp.tasks.problem import Problem
from seqexp.training.compute import Compute


class Sources:
    """Resolves where data comes from once for all jobs of a sweep: they must not differ by the hour."""

    def __init__(self) -> None:
        self._resolved: dict[str, ResolvedSource] = {}

    def resolve(self, dataset: DatasetConfig) -> ResolvedSource:
        """Return the source of a dataset; the same one each time it is asked for."""
        key = _origin(dataset)
        if key not in self._resolved:
            self._resolved[key] = _resolve(dataset)
        return self._resolved[key]


def _resolve(dataset: DatasetConfig) -> ResolvedSource:
    from seqexp.data.text.load import resolve_text

    return resolve_series(dataset) if isinstance(dataset, SeriesConfig) else resolve_text(dataset)


_WHERE_FROM = {"kind", "name", "source", "path", "url", "official", "package", "format", "memory"}


def _origin(dataset: DatasetConfig) -> str:
    """Return what tells one dataset from another: where it comes from, and how it is read."""
    split = {} if isinstance(dataset, SeriesConfig) else {"column": dataset.split.column}
    return f"{dataset.model_dump_json(include=_WHERE_FROM)}{split}"


@dataclass(frozen=True)
class Prepared:
    """An experiment whose data and model are there: nothing of the input is left to be refused.

    Attributes:
        source: Where the data came from, and why.
        task: The data, with what is to be learned from it.
        network: The Keras network, or None.
        estimator: The model that is not a network, or None.
        compute: How it will be computed.
        config_digest: Fingerprint of all that changes a number.
        plugins: The user's own Python, which the model may be made of.
        notes: What is to be known of the network: which layers fall back to Keras's own loop, and why.
    """

    source: ResolvedSource
    task: Task
    network: Any
    estimator: Estimator | TextEstimator | None
    compute: Compute
    config_digest: str
    plugins: tuple[Plugin, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def experiment(self) -> Experiment:
        """What is run, with whatever only the data tells filled in."""
        return self.task.experiment

    @property
    def data_digest(self) -> str:
        """SHA-256 of the data's content."""
        return self.task.data_digest

    @property
    def task_digest(self) -> str:
        """Runs may be ranked together only where it is equal."""
        return self.task.task_digest

    @property
    def parameters(self) -> int:
        """How many numbers the model learns."""
        if self.estimator is not None:
            return self.estimator.parameters
        return int(sum(variable.shape.num_elements() for variable in self.network.trainable_variables))


def load_task(experiment: Experiment, source: ResolvedSource, progress: Progress) -> Task:
    """Read the experiment's data and make samples of it.

    Raises:
        InputError: If the data can't be had, or the splits don't fit it.
    """
    return _task(read_data(experiment.dataset, source, progress), experiment, progress)


def read_data(dataset: DatasetConfig, source: ResolvedSource, progress: Progress) -> Series | Corpus:
    """Return the series, or the texts, of a dataset.

    Raises:
        InputError: If the data can't be had, or is not what it should be.
    """
    from seqexp.data.series.load import load_series
    from seqexp.data.text.load import load_corpus

    if isinstance(dataset, SeriesConfig):
        return load_series(dataset, source.source, progress)
    return load_corpus(dataset, source.source, progress)


def _task(data: Series | Corpus, experiment: Experiment, progress: Progress) -> Task:
    from seqexp.data.text.prepare import make_texts

    if isinstance(data, Series):
        return Forecast.of(experiment, make_windows(data, experiment))
    texts = make_texts(data, experiment.text, experiment.training.score_every)
    embedding = experiment.model.embedding
    if embedding is None or embedding.source == "learned":
        return Classification(experiment, texts, None)
    from seqexp.models.vectors import load_vectors

    words = texts.tokeniser.words
    rows = texts.rows.train
    ids = np.concatenate([texts.ids(row) for row in rows]) if len(rows) else np.empty(0, np.int32)
    counts = np.bincount(ids, minlength=texts.tokeniser.size)[-len(words) :] if words else np.empty(0, np.int64)
    vectors = load_vectors(
        embedding.source, words, counts.astype(np.int64), embedding.missing, experiment.seed, progress
    )
    return Classification(experiment, texts, vectors)


@dataclass(frozen=True)
class Checked:
    """An experiment whose data is known.

    Attributes:
        experiment: What is run, with whatever only the data tells filled in.
        data_digest: SHA-256 of the data's content.
        others: Digests of what else changes a number, such as pretrained vectors.
    """

    experiment: Experiment
    data_digest: str
    others: Mapping[str, str]


def check_data(experiments: Sequence[Experiment], sources: Sources, progress: Progress) -> list[Checked]:
    """Check that every experiment's splits and target fit its data; each series or corpus is read once.

    Returns:
        The experiments, in their order.

    Raises:
        InputError: With the faults of all experiments.
    """
    from seqexp.data.series.windows import check_fit

    read: dict[str, Series | Corpus] = {}
    checked: list[Checked] = []
    faults: list[Fault] = []
    for experiment in experiments:
        source, key = sources.resolve(experiment.dataset), _origin(experiment.dataset)
        with collecting(faults):
            known = read.get(key)
            if isinstance(known, Series):
                target, geometry, _ = check_fit(known, experiment.series)
                checked.append(Checked(in_rows(experiment, target, geometry), known.digest, {}))
                continue
            if known is None:
                progress(source.reason)
                read[key] = read_data(experiment.dataset, source, progress)
            task = _task(read[key], experiment, progress)
            checked.append(Checked(task.experiment, task.data_digest, task.digests))
    if faults:
        raise InputError(*faults)
    return checked


def of_different_data(experiments: Sequence[Experiment]) -> list[Experiment]:
    """Return one experiment for each way in which experiments read their data: the others need no check of it."""
    found: dict[str, Experiment] = {}
    for experiment in experiments:
        found.setdefault(f"{experiment.dataset!r} {experiment.model.embedding!r}", experiment)
    return list(found.values())


def load_registry(plugins: Sequence[Plugin]) -> Registry:
    """Execute the user's own Python and return what names in a model's YAML mean with it.

    Raises:
        InputError: If a plugin raises, or takes a name that is there already.
    """
    from seqexp.training.compute import import_tensorflow

    if plugins:
        import_tensorflow()
    return make_registry(plugins)


def prepare(
    experiment: Experiment,
    source: ResolvedSource,
    progress: Progress,
    registry: Registry = NO_PLUGINS,
    threads: int | None = None,
) -> Prepared:
    """Read the data and build the model.

    Args:
        experiment: What to run.
        source: Where the data comes from.
        progress: Told what takes long.
        registry: What names in the model's YAML mean.
        threads: CPU threads, where the experiment names no number; None: as many as there are cores.

    Raises:
        InputError: If the data can't be had, the splits don't fit it, or a layer is refused.
    """
    task = load_task(experiment, source, progress)
    experiment = task.experiment
    network, estimator, compute = None, None, Compute(False, 1, "none", "cpu")
    if experiment.model.estimator is not None:
        estimator = registry.make_estimator(experiment.model.estimator, task.kind)
    else:
        network, compute = build(experiment, task.problem, registry, threads)
        task.objective(network)  # refuses outputs that mean nothing
    return Prepared(
        source=source,
        task=task,
        network=network,
        estimator=estimator,
        compute=compute,
        config_digest=config_digest(
            experiment,
            data_digest=task.data_digest,
            compute=vars(compute),
            plugins=[plugin.digest for plugin in registry.plugins],
            others=task.digests,
        ),
        plugins=registry.plugins,
        notes=_notes(network),
    )


def _notes(network: Any) -> tuple[str, ...]:
    from seqexp.models.network import say_fallbacks

    return () if network is None else tuple(say_fallbacks(network))


def build(
    experiment: Experiment, problem: Problem, registry: Registry, threads: int | None = None
) -> tuple[Any, Compute]:
    """Return the network, and how it will be computed.

    Raises:
        InputError: If a layer doesn't exist, refuses an argument, or doesn't fit.
    """
    from seqexp.models.network import build_network, use_plain_recurrence
    from seqexp.training.compute import device, import_tensorflow, layers_of, resolve_jit, set_threads

    import_tensorflow()
    threads = set_threads(experiment.training.threads or threads)
    network = build_network(experiment.model, problem, seed=experiment.seed, registry=registry)
    kind = device()
    jit = resolve_jit(experiment.training.jit_compile, network, kind)
    if jit or kind == "cpu":
        use_plain_recurrence(network)
    return network, Compute(jit, threads, layers_of(network, jit), kind)

"""All that can go wrong because of the input goes wrong here, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from seqexp.config.digests import config_digest
from seqexp.config.errors import Fault, collecting, raise_any
from seqexp.config.plugins import Plugin
from seqexp.config.schema import DatasetConfig, Experiment, SeriesConfig
from seqexp.data.files.cache import Progress
from seqexp.data.findings import CheckResult
from seqexp.data.samples import Data
from seqexp.data.series.column_names import experiment_in_full
from seqexp.data.series.cutting import check_fit, make_windows
from seqexp.data.series.geometry import Geometry
from seqexp.data.series.load import load_series
from seqexp.data.series.series import Series
from seqexp.data.series.windows import Windows
from seqexp.data.sources import ResolvedSource, resolve, users_file
from seqexp.data.survey.telling import telling_findings
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.load import load_corpus
from seqexp.data.text.prepare import make_texts
from seqexp.models.model import Model
from seqexp.models.registry import ESTIMATORS, NO_PLUGINS, Registry, make_registry
from seqexp.models.vectors import Pretrained, load_vectors
from seqexp.runs.models import make_model
from seqexp.tasks.task import Task, classifying_task, forecasting_task, in_rows

Tell = Callable[[CheckResult], None]  # takes a finding


class Sources:
    """Resolves where data comes from once for all jobs of a sweep: they must not differ by the hour."""

    def __init__(self) -> None:
        self._resolved: dict[str, ResolvedSource] = {}

    def resolve(self, dataset: DatasetConfig) -> ResolvedSource:
        """Return the source of a dataset; the same one each time it is asked for.

        Raises:
            InputError: It is a file of the user's that is not there: so nothing is said of it before it is refused.
        """
        key = _origin(dataset)
        if key not in self._resolved:
            if dataset.path is not None:
                users_file(dataset)
            self._resolved[key] = resolve(dataset)
        return self._resolved[key]


_FILE = {"name", "source", "path", "url", "official", "package"}
_WHERE_FROM = {"kind", *_FILE, "format", "labels", "where", "categories", "memory"}


def _origin(dataset: DatasetConfig) -> str:
    """Return what distinguishes one dataset from another: where it comes from, and how it is read."""
    split = {} if isinstance(dataset, SeriesConfig) else {"column": dataset.split.column}
    return f"{dataset.model_dump_json(include=_WHERE_FROM)}{split}"


@dataclass(frozen=True)
class Prepared:
    """An experiment whose data and model are there: nothing of the input is left to be refused."""

    source: ResolvedSource  # where the data came from, and why
    task: Task  # the data, with what is to be learned from it
    vectors: Pretrained | None  # the pretrained ones that the model's Embedding starts with, or None
    model: Model
    config_digest: str  # fingerprint of all that changes a number
    plugins: tuple[Plugin, ...] = ()  # the user's own Python, which the model may be made of

    @property
    def experiment(self) -> Experiment:
        """What is run, with whatever only the data determines filled in."""
        return self.task.experiment

    @cached_property
    def findings(self) -> list[CheckResult]:
        """What is found in the data that changes the meaning of a result."""
        return telling_findings(self.task.samples, self.experiment)


def digests_of(vectors: Pretrained | None, data: Data) -> dict[str, str]:
    """Return digests of what else changes a number: of pretrained vectors, and of texts that are inputs of a series.

    These are no part of the data's digest, which is the task's: what inputs there are is compared.
    """
    found = {"vectors": vectors.digest} if vectors else {}
    return {**found, "categories": data.codes_digest} if isinstance(data, Series) and data.codes_digest else found


def read_data(dataset: DatasetConfig, source: ResolvedSource, progress: Progress) -> Series | Corpus:
    """Return the series, or the texts, of a dataset.

    Raises:
        InputError: If the data can't be had, or is not what it should be.
    """
    if isinstance(dataset, SeriesConfig):
        return load_series(dataset, source.source, progress)
    return load_corpus(dataset, source.source, progress)


def make_task(data: Series | Corpus, experiment: Experiment, progress: Progress) -> tuple[Task, Pretrained | None]:
    """Make samples of data, and say what is to be learned of them.

    Returns:
        The task, and the pretrained vectors that its Embedding starts with, if it does.

    Raises:
        InputError: If the splits don't fit the data, or vectors can't be had.
    """
    if isinstance(data, Series):
        experiment = experiment_in_full(experiment, data.named)
        return forecasting_task(experiment, make_windows(data, experiment)), None
    texts = make_texts(data, experiment.text, experiment.training.share_of_texts)
    embedding = experiment.model.embedding
    if embedding is None or embedding.source == "learned":
        return classifying_task(experiment, texts), None
    words = texts.tokeniser.words
    rows = texts.rows.train
    ids = np.concatenate([texts.ids(row) for row in rows]) if len(rows) else np.empty(0, np.int32)
    counts = np.bincount(ids, minlength=texts.tokeniser.size)[-len(words) :] if words else np.empty(0, np.int64)
    vectors = load_vectors(
        embedding.source, words, counts.astype(np.int64), embedding.missing, experiment.seed, progress
    )
    return classifying_task(experiment, texts, vectors.table), vectors


@dataclass(frozen=True)
class Checked:
    """An experiment whose data is known."""

    experiment: Experiment  # what is run, with whatever only the data determines filled in
    data_digest: str  # SHA-256 of the data's content
    others: Mapping[str, str]  # digests of what else changes a number, such as pretrained vectors


def check_data(
    experiments: Sequence[Experiment], sources: Sources, progress: Progress, tell: Tell | None = None
) -> list[Checked]:
    """Return the experiments, in their order, once each is checked: its splits and its target must fit its data.

    Each series or corpus is read once. `tell` receives what is found in them that changes the meaning of a result, each
    finding once: of a series by the first experiment that uses it.

    Raises:
        InputError: With the faults of all experiments.
    """
    read: dict[str, Series | Corpus] = {}
    checked: list[Checked] = []
    faults: list[Fault] = []
    refused = set[str]()
    told = set[CheckResult]()
    for experiment in experiments:
        key = _origin(experiment.dataset)
        if key in refused:  # its faults are those of all experiments that use it
            continue
        with collecting(faults):
            source = sources.resolve(experiment.dataset)
            known = read.get(key)
            if isinstance(known, Series):
                named = experiment_in_full(experiment, known.named)
                columns, geometry, order = check_fit(known, named.series)
                _check_estimator(named, known, geometry)
                filled = in_rows(named, columns, geometry, len(order))
                checked.append(Checked(filled, known.digest, digests_of(None, known)))
                continue
            if known is None:
                progress(source.reason)
                refused.add(key)
                read[key] = read_data(experiment.dataset, source, progress)
                refused.remove(key)
            task, vectors = make_task(read[key], experiment, progress)
            if isinstance(task.samples, Windows):
                _check_estimator(experiment, task.samples.series, task.samples.geometry)
            checked.append(Checked(task.experiment, task.samples.data.digest, digests_of(vectors, task.samples.data)))
            for item in telling_findings(task.samples, task.experiment) if tell else ():
                if tell and item not in told:
                    told.add(item)
                    tell(item)
    raise_any(faults)
    return checked


def _check_estimator(experiment: Experiment, series: Series, geometry: Geometry) -> None:
    """Check that an estimator of seqexp's own can forecast from such windows, where it says what it needs.

    Raises:
        InputError: If it can't.
    """
    entry = experiment.model.estimator
    if entry is not None and hasattr(ESTIMATORS.get(next(iter(entry))), "check"):
        estimator: Any = NO_PLUGINS.make_estimator(entry)
        estimator.check(series, geometry, experiment.series)


def of_different_data(experiments: Sequence[Experiment]) -> list[Experiment]:
    """Return one experiment for each way in which experiments use their data: the others need no check of it."""
    found: dict[str, Experiment] = {}
    for experiment in experiments:
        model = experiment.model
        found.setdefault(f"{experiment.dataset!r} {model.embedding!r} {model.estimator!r}", experiment)
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
    """Read the data and build the model; `progress` receives a line about what takes long.

    The CPU threads are those of an experiment that names no number itself; None: as many as there are cores.

    Raises:
        InputError: If the data can't be had, the splits don't fit it, or a layer is refused.
    """
    task, vectors = make_task(read_data(experiment.dataset, source, progress), experiment, progress)
    model = make_model(task, registry, threads)
    if isinstance(task.samples, Windows):
        _check_estimator(task.experiment, task.samples.series, task.samples.geometry)
    return Prepared(
        source=source,
        task=task,
        vectors=vectors,
        model=model,
        config_digest=config_digest(
            task.experiment,
            data_digest=task.samples.data.digest,
            compute=vars(model.compute),
            plugins=[plugin.digest for plugin in registry.plugins],
            others=digests_of(vectors, task.samples.data),
        ),
        plugins=registry.plugins,
    )

"""All that can go wrong because of the input goes wrong here, before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from seqexp.config.digests import config_digest, task_digest
from seqexp.config.errors import InputError
from seqexp.config.plugins import Plugin
from seqexp.config.schema import Experiment, SeriesConfig
from seqexp.data.series import Series
from seqexp.data.source import Resolved, resolve
from seqexp.data.windows import Windows, make_windows
from seqexp.models.estimators import Estimator
from seqexp.models.registry import NO_PLUGINS, Registry, make_registry
from seqexp.training.compute import Compute


class Sources:
    """Resolves where data comes from once for all jobs of a sweep: they must not differ by the hour."""

    def __init__(self) -> None:
        self._resolved: dict[str, Resolved] = {}

    def resolve(self, dataset: SeriesConfig) -> Resolved:
        """Return the source of a dataset; the same one each time it is asked for."""
        key = _origin(dataset)
        if key not in self._resolved:
            self._resolved[key] = resolve(dataset)
        return self._resolved[key]


def _origin(dataset: SeriesConfig) -> str:
    """Return what tells one series from another: where it comes from, and how it is read."""
    return dataset.model_dump_json(include={"name", "source", "path", "url", "official", "format", "memory"})


@dataclass(frozen=True)
class Prepared:
    """An experiment whose data and model are there: nothing of the input is left to be refused.

    Attributes:
        experiment: What is run, with every measure of the windows in rows.
        source: Where the data came from, and why.
        windows: The data.
        network: The Keras network, or None.
        estimator: The model that is not a network, or None.
        compute: How it will be computed.
        data_digest, task_digest, config_digest: Fingerprints; see `seqexp.config.digests`.
        plugins: The user's own Python, which the model may be made of.
        notes: What is to be known of the network: which layers fall back to Keras's own loop, and why.
    """

    experiment: Experiment
    source: Resolved
    windows: Windows
    network: Any
    estimator: Estimator | None
    compute: Compute
    data_digest: str
    task_digest: str
    config_digest: str
    plugins: tuple[Plugin, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """How many numbers the model learns."""
        if self.estimator is not None:
            return self.estimator.parameters
        return int(sum(variable.shape.num_elements() for variable in self.network.trainable_variables))


def load_windows(experiment: Experiment, source: Resolved, progress: Callable[[str], None]) -> Windows:
    """Read the experiment's series and cut it into windows.

    Raises:
        InputError: If the data can't be had, or the splits don't fit it.
    """
    from seqexp.data.load import load

    return make_windows(load(experiment.dataset, source.source, progress), experiment)


def check_data(experiments: Sequence[Experiment], sources: Sources, progress: Callable[[str], None]) -> None:
    """Check that every experiment's splits and target fit its data; each series is read once.

    Raises:
        InputError: With the faults of all experiments.
    """
    from seqexp.data.load import load
    from seqexp.data.windows import check_fit

    read: dict[str, Series] = {}
    faults: list[str] = []
    for experiment in experiments:
        source, key = sources.resolve(experiment.dataset), _origin(experiment.dataset)
        try:
            if key in read:
                check_fit(read[key], experiment.dataset)
            else:
                progress(source.reason)
                read[key] = load(experiment.dataset, source.source, progress)
                make_windows(read[key], experiment)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(dict.fromkeys(faults))


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
    experiment: Experiment, source: Resolved, progress: Callable[[str], None], registry: Registry = NO_PLUGINS
) -> Prepared:
    """Read the data and build the model.

    Args:
        experiment: What to run.
        source: Where the data comes from.
        progress: Told what takes long.
        registry: What names in the model's YAML mean.

    Raises:
        InputError: If the data can't be had, the splits don't fit it, or a layer is refused.
    """
    windows = load_windows(experiment, source, progress)
    experiment = in_rows(experiment, windows)
    network, estimator, compute = None, None, Compute(False, 1, "none", "cpu")
    if experiment.model.estimator is not None:
        estimator = registry.make_estimator(experiment.model.estimator)
    else:
        network, compute = build(experiment, windows, registry)
    digest = windows.series.digest
    return Prepared(
        experiment=experiment,
        source=source,
        windows=windows,
        network=network,
        estimator=estimator,
        compute=compute,
        data_digest=digest,
        task_digest=task_digest(
            experiment,
            data_digest=digest,
            target=windows.target_name,
            delay=windows.delay,
            max_gap=windows.geometry.max_gap if experiment.dataset.boundary == "strict" else None,
            total_rows=len(windows),
        ),
        config_digest=config_digest(
            experiment,
            data_digest=digest,
            compute=vars(compute),
            plugins=[plugin.digest for plugin in registry.plugins],
        ),
        plugins=registry.plugins,
        notes=_notes(network),
    )


def _notes(network: Any) -> tuple[str, ...]:
    from seqexp.models.network import say_fallbacks

    return () if network is None else tuple(say_fallbacks(network))


def in_rows(experiment: Experiment, windows: Windows) -> Experiment:
    """Return the experiment with the target named and every measure in rows: "24h" and 144 are one experiment."""
    measures = {**vars(windows.geometry), "target": windows.target_name}
    return experiment.model_copy(update={"dataset": experiment.dataset.model_copy(update=measures)})


def build(experiment: Experiment, windows: Windows, registry: Registry) -> tuple[Any, Compute]:
    """Return the network, and how it will be computed.

    Raises:
        InputError: If a layer doesn't exist, refuses an argument, or doesn't fit.
    """
    from seqexp.models.network import build_network, use_plain_recurrence
    from seqexp.training.compute import device, import_tensorflow, layers_of, resolve_jit, set_threads

    import_tensorflow()
    threads = set_threads(experiment.training.threads)
    network = build_network(experiment.model, windows.shape, seed=experiment.seed, registry=registry)
    kind = device()
    jit = resolve_jit(experiment.training.jit_compile, network, kind)
    if jit or kind == "cpu":
        use_plain_recurrence(network)
    return network, Compute(jit, threads, layers_of(network, jit), kind)

"""From a composed configuration to a checked Experiment, or to everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf
from pydantic import ValidationError

from seqexp.config import model_section
from seqexp.config.composed.bounds import SPLIT
from seqexp.config.composed.destinations import destination_faults
from seqexp.config.composed.fold_faults import fold_faults
from seqexp.config.composed.quantiles import PINBALL, quantile_faults, with_quantiles
from seqexp.config.composed.resolved import resolved
from seqexp.config.composed.schedules import schedule_faults, with_schedule
from seqexp.config.composed.series_faults import series_faults
from seqexp.config.errors import Fault, not_one_of, raise_any, wrong
from seqexp.config.limits.encodings import encoding_faults
from seqexp.config.limits.settings import (
    HERE,
    Place,
    offline_faults,
    steps_faults,
    tag_faults,
    text_faults,
    thread_faults,
)
from seqexp.config.messages import faults_of
from seqexp.config.schema import USUAL_LEAD, Experiment, SeriesConfig, SweepConfig

# What the datasets of a kind are trained for, and the losses that go with it; the first is what `auto` stands for.
_TASKS = {"series": ("a forecast", ("mae", "mse", "huber", PINBALL)), "text": ("classes", ("crossentropy",))}
Monitors = Mapping[str, tuple[str, ...]]


def experiment_of(
    config: DictConfig,
    monitors: Monitors,
    model_defaults: Mapping[str, Any] | None = None,
    own_layers: Collection[str] = (),
    typed: Collection[str] = (),
    place: Place = HERE,
) -> Experiment:
    """Return the typed Experiment that a composed configuration describes.

    Args:
        config: The composition; Hydra's own section is ignored.
        monitors: What training.monitor may be for each kind of dataset; the first is what `auto` stands for.
        model_defaults: The hyperparameters as the model's YAML declares them; they give the types.
        own_layers: Names of a plugin's classes.
        typed: The keys that the command line sets: some of them count nowhere else.
        place: Where the job runs.

    Raises:
        InputError: With every fault of the configuration.
    """
    values, unresolved = resolved(config, Experiment.model_fields)
    faults: list[Fault] = [*_sweep_faults(values.pop("sweep", None)), *destination_faults(values, typed)]
    model = values.get("model")
    if isinstance(model, dict):
        hyperparameters = model_section.declared(model)
        written = OmegaConf.to_container(config.model, resolve=False)
        faults += model_section.section_faults(model, written, model_defaults or {}, own_layers)
        values["model"] = {key: value for key, value in model.items() if key not in hyperparameters}
        values["model"]["hyperparameters"] = hyperparameters
    faults += _monitor_faults(values.get("training"), monitors)
    if isinstance(values.get("dataset"), dict):
        values["dataset"].setdefault("kind", "series")
    broken = [*unresolved, *(fault.key for fault in faults if fault.key == "training.monitor")]
    try:
        experiment = Experiment.model_validate(values)
    except ValidationError as error:
        # What was checked above is not reported again: the YAML gives the hyperparameters' types, METRICS the monitors.
        found = [_hinted(fault) for fault in faults_of(error, Experiment) if fault.key not in broken]
        faults += [fault for fault in found if not fault.key.startswith("model.hyperparameters")]
        broken += [_key_of(item["loc"]) for item in error.errors()]
    faults += _faults_between_keys(values, broken, monitors, place)
    faults = [*unresolved.values(), *(fault for fault in faults if fault.key not in unresolved)]
    raise_any(faults)
    return _by_task(experiment, monitors)


def _sweep_faults(section: Any) -> list[Fault]:
    """Return the faults of the section `sweep`, which is no part of an experiment."""
    try:
        if section is not None:
            SweepConfig.model_validate(section)
    except ValidationError as error:
        return faults_of(error, SweepConfig, "sweep")
    return []


def _monitor_faults(training: Any, monitors: Monitors) -> list[Fault]:
    """Return the fault of a training.monitor that no kind of dataset has."""
    every = [name for names in monitors.values() for name in names]
    known = ["auto", *sorted(dict.fromkeys(every), key=every.count)]  # what several kinds have in common comes last
    if not isinstance(training, dict) or "monitor" not in training or training["monitor"] in known:
        return []
    return [not_one_of("training.monitor", training["monitor"], known)]


def _hinted(fault: Fault) -> Fault:
    """Return the fault of a bound of a part, where it is a time stamp, with how its row is found."""
    if not fault.key.startswith(f"{SPLIT}.") or not re.search(r"Received: '\d{1,4}[-./]\d", fault.text):
        return fault
    how = "`seqexp data describe` prints how many rows there are, their interval, and when each part begins and ends"
    return Fault(fault.key, f"{fault.text} Of a time stamp, type the row that has it: {how}.")


def _key_of(loc: Sequence[int | str]) -> str:
    """Return the dotted key that pydantic's location means: the kind of dataset within it is none."""
    parts = [str(part) for part in loc]
    if parts[0] == "dataset" and parts[1:2] and parts[1] in _TASKS:
        del parts[1]
    return ".".join(parts)


def _by_task(experiment: Experiment, monitors: Monitors) -> Experiment:
    """Return the experiment with what it leaves open: schedule, loss, monitor, lead, whether there is an Embedding."""
    kind, dataset = experiment.dataset.kind, experiment.dataset
    training = with_quantiles(with_schedule(experiment.training))
    if training.loss == "auto":
        training = training.model_copy(update={"loss": _TASKS[kind][1][0]})
    if training.monitor == "auto":
        training = training.model_copy(update={"monitor": monitors[kind][0]})
    model = experiment.model
    if kind != "text" or model.layers is None or model.stem is not None:
        model = model.model_copy(update={"embedding": None})
    if kind == "text" and training.score_every == "auto":
        training = training.model_copy(update={"score_every": training.share_of_texts})
    if isinstance(dataset, SeriesConfig) and dataset.lead is None and dataset.delay is None:
        usual = {"lead": USUAL_LEAD} if dataset.horizon == 1 else {"delay": 0}
        dataset = dataset.model_copy(update=usual)
    return experiment.model_copy(update={"training": training, "model": model, "dataset": dataset})


def _faults_between_keys(
    values: Mapping[str, Any], broken: Sequence[str], monitors: Monitors, place: Place
) -> Iterator[Fault]:
    """Yield the faults between keys that can be seen without the data, given the plain values.

    What needs one of the `broken` keys, which have a fault of their own, isn't checked.
    """

    def sound(*keys: str) -> bool:
        return not any(f"{a}.".startswith(f"{b}.") or f"{b}.".startswith(f"{a}.") for a in keys for b in broken)

    yield from _limit_faults(values, sound, place)
    yield from schedule_faults(values.get("training"), sound)
    if not sound("dataset.kind"):
        return
    dataset, training = values["dataset"], values.get("training")
    if isinstance(training, dict):
        yield from _task_faults(dataset["kind"], training, monitors, sound)
        yield from quantile_faults(dataset["kind"], training, sound)
    yield from fold_faults(dataset, sound)
    if dataset["kind"] == "text":
        if sound(*(f"dataset.{key}" for key in ("source", "path", "url", "official", "package", "stand_in"))):
            yield from _text_source_faults(dataset)
        return
    yield from series_faults(dataset, training if isinstance(training, dict) else None, sound)


def _limit_faults(values: Mapping[str, Any], sound: Callable[..., bool], place: Place) -> Iterator[Fault]:
    """Yield what a library below would refuse, or cut."""
    if sound("training.epochs", "training.steps_per_epoch"):
        yield from steps_faults(values["training"])
    if sound("training.threads"):
        yield from thread_faults("training.threads", values["training"]["threads"], place.launcher)
    if sound("tracking.offline"):
        yield from offline_faults(values["tracking"]["offline"], place)
    if sound("dataset.kind", "dataset.format.encoding") and values["dataset"]["format"]["encoding"] is not None:
        yield from encoding_faults(values["dataset"]["format"]["encoding"])
    if sound("tracking.tags"):
        yield from tag_faults(values["tracking"]["tags"])
    for key in ("note", "experiment"):
        if sound(f"tracking.{key}"):
            yield from text_faults(f"tracking.{key}", values["tracking"][key])


def _task_faults(
    kind: str, training: Mapping[str, Any], monitors: Monitors, sound: Callable[..., bool]
) -> Iterator[Fault]:
    """Yield what of the training belongs to another task than the dataset's."""
    task, losses = _TASKS[kind]
    for key, allowed in (("loss", losses), ("monitor", monitors[kind])):
        if sound(f"training.{key}") and training[key] not in ("auto", *allowed):
            what = f"must be one of auto, {', '.join(allowed)} for {task}"
            yield wrong(f"training.{key}", f"{what}. Received: {training[key]!r}.")
    if kind != "text" and sound("training.class_weight") and training.get("class_weight") is not None:
        what = f"must be null for {task}: it weighs the classes of texts"
        yield wrong("training.class_weight", f"{what}. Received: {training['class_weight']!r}.")


def _text_source_faults(dataset: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield why there are no texts to be had, if that can be seen."""
    source, name = dataset["source"], dataset["name"]
    kinds = {"official": dataset["official"], "package": dataset["package"], "simulated": dataset["stand_in"]}
    there = [kind for kind, what in kinds.items() if what is not None]
    if dataset["path"] is not None:
        return
    if not there:
        texts = "your texts (csv, tsv, jsonl, parquet, or a folder)"
        yield wrong("dataset.path", f"must name {texts}: {name} has no other source. Received: null.")
    elif source != "auto" and source not in there:
        yield wrong("dataset.source", f"must be one of auto, {', '.join(there)} for {name}. Received: {source!r}.")
    elif source in ("auto", "official") and dataset["official"] is not None and dataset["url"] is None:
        yield wrong("dataset.url", "must say where the official file is. Received: null.")

"""From a composed configuration to a checked Experiment, or to everything that is wrong with it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import ValidationError

from seqexp.config import model_section
from seqexp.config.durations import in_words, microseconds
from seqexp.config.errors import Fault, nearest, raise_any, shown, wrong
from seqexp.config.messages import faults_of
from seqexp.config.schema import Bounds, Experiment, SweepConfig

# What the datasets of a kind are trained for, and the losses that go with it; the first is what `auto` stands for.
_TASKS = {"series": ("a forecast", ("mae", "mse", "huber")), "text": ("classes", ("crossentropy",))}
Monitors = Mapping[str, tuple[str, ...]]


def experiment_of(
    config: DictConfig,
    monitors: Monitors,
    model_defaults: Mapping[str, Any] | None = None,
    own_layers: Collection[str] = (),
) -> Experiment:
    """Return the typed Experiment that a composed configuration describes.

    Args:
        config: The composition; Hydra's own section is ignored.
        monitors: What training.monitor may be for each kind of dataset; the first is what `auto` stands for.
        model_defaults: The hyperparameters as the model's YAML declares them; they give the types.
        own_layers: Names of a plugin's classes.

    Raises:
        InputError: With every fault of the configuration.
    """
    values, unresolved = _resolved(config)
    faults: list[Fault] = _sweep_faults(values.pop("sweep", None))
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
        found = [fault for fault in faults_of(error, Experiment) if fault.key not in broken]
        faults += [fault for fault in found if not fault.key.startswith("model.hyperparameters")]
        broken += [_key_of(item["loc"]) for item in error.errors()]
    faults += _faults_between_keys(values, broken, monitors)
    faults = [*unresolved.values(), *(fault for fault in faults if fault.key not in unresolved)]
    raise_any(faults)
    return _by_task(experiment, monitors)


def _sweep_faults(section: Any) -> list[Fault]:
    """Return the faults of the section `sweep`, which is no part of an experiment."""
    if section is None:
        return []
    try:
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
    value = training["monitor"]
    hint = nearest(value, known) if isinstance(value, str) else ""
    return [wrong("training.monitor", f"must be one of {', '.join(known)}. Received: {shown(value)}.{hint}")]


def _key_of(loc: Sequence[int | str]) -> str:
    """Return the dotted key that pydantic's location means: the kind of dataset within it is none."""
    parts = [str(part) for part in loc]
    if parts[0] == "dataset" and parts[1:2] and parts[1] in _TASKS:
        del parts[1]
    return ".".join(parts)


def _by_task(experiment: Experiment, monitors: Monitors) -> Experiment:
    """Return the experiment with what follows from its task: the loss, the monitor, whether there is an Embedding."""
    kind, training = experiment.dataset.kind, experiment.training
    if training.loss == "auto":
        training = training.model_copy(update={"loss": _TASKS[kind][1][0]})
    if training.monitor == "auto":
        training = training.model_copy(update={"monitor": monitors[kind][0]})
    model = experiment.model
    if kind != "text" or model.layers is None or model.stem is not None:
        model = model.model_copy(update={"embedding": None})
    return experiment.model_copy(update={"training": training, "model": model})


def _resolved(config: DictConfig) -> tuple[dict[str, Any], dict[str, Fault]]:
    """Return the plain values, with None for what can't be resolved, and a fault for each such key."""
    faults: dict[str, Fault] = {}
    others = [str(key) for key in config if key != "hydra" and key not in Experiment.model_fields]
    keys = [*(key for key in Experiment.model_fields if key in config), *others]  # faults are reported in this order
    return {key: _plain(config, key, key, faults) for key in keys}, faults


def _plain(parent: Any, name: Any, key: str, faults: dict[str, Fault]) -> Any:
    try:
        node = parent[name]
    except OmegaConfBaseException as error:
        faults[key] = wrong(key, f"can't be resolved: {str(error).splitlines()[0]}.")
        return None
    if OmegaConf.is_dict(node):
        return {str(child): _plain(node, child, f"{key}.{child}", faults) for child in node}
    if OmegaConf.is_list(node):
        return [_plain(node, index, f"{key}.{index}", faults) for index in range(len(node))]
    return node


def _faults_between_keys(values: Mapping[str, Any], broken: Sequence[str], monitors: Monitors) -> list[Fault]:
    """Return the faults between keys that can be seen without the data.

    Args:
        values: The plain values.
        broken: The keys that have a fault of their own; what needs them isn't checked.
        monitors: What training.monitor may be for each kind of dataset.
    """

    def sound(*keys: str) -> bool:
        return not any(f"{a}.".startswith(f"{b}.") or f"{b}.".startswith(f"{a}.") for a in keys for b in broken)

    if not sound("dataset.kind"):
        return []
    kind = values["dataset"].get("kind")
    training = values.get("training")
    faults = _task_faults(kind, training, monitors, sound) if isinstance(training, dict) else []
    if kind == "text":
        if sound(*(f"dataset.{key}" for key in ("source", "path", "url", "official", "package", "stand_in"))):
            faults += _text_source_faults(values["dataset"])
        return faults
    if sound("dataset.lookback", "dataset.step"):
        faults += _lookback_faults(values["dataset"]["lookback"], values["dataset"]["step"])
    if sound("dataset.source", "dataset.path", "dataset.url", "dataset.official", "dataset.stand_in"):
        faults += _source_faults(values["dataset"])
    if sound("dataset.official"):
        faults += _stamp_faults(values["dataset"]["official"])
    names = [name for name in ("train", "val", "test") if sound(f"dataset.split.{name}")]
    faults += _split_faults({name: Bounds.model_validate(values["dataset"]["split"][name]) for name in names})
    if sound("dataset.sampling", "training.steps_per_epoch"):
        faults += _sampling_faults(values["dataset"]["sampling"], values["training"]["steps_per_epoch"])
    return faults


def _task_faults(kind: str, training: Mapping[str, Any], monitors: Monitors, sound: Callable[..., bool]) -> list[Fault]:
    """Return what of the training belongs to another task than the dataset's."""
    task, losses = _TASKS[kind]
    return [
        wrong(f"training.{key}", f"must be one of auto, {', '.join(allowed)} for {task}. Received: {training[key]!r}.")
        for key, allowed in (("loss", losses), ("monitor", monitors[kind]))
        if sound(f"training.{key}") and training[key] not in ("auto", *allowed)
    ]


def _text_source_faults(dataset: Mapping[str, Any]) -> list[Fault]:
    """Return why there are no texts to be had, if that can be seen."""
    source, name = dataset["source"], dataset["name"]
    if dataset["path"] is not None:
        return []
    kinds = {"official": dataset["official"], "package": dataset["package"], "simulated": dataset["stand_in"]}
    there = [kind for kind, what in kinds.items() if what is not None]
    if not there:
        return [
            wrong(
                "dataset.path",
                f"must name your texts (csv, tsv, jsonl, parquet, or a folder): {name} has no other source. "
                "Received: null.",
            )
        ]
    if source != "auto" and source not in there:
        return [wrong("dataset.source", f"must be one of auto, {', '.join(there)} for {name}. Received: {source!r}.")]
    if source in ("auto", "official") and dataset["official"] is not None and dataset["url"] is None:
        return [wrong("dataset.url", "must say where the official file is. Received: null.")]
    return []


def _lookback_faults(lookback: int | str, step: int | str) -> list[Fault]:
    if isinstance(lookback, str) != isinstance(step, str):
        return []  # they can be compared only once the series' interval is known
    long = microseconds(lookback) if isinstance(lookback, str) else lookback
    short = microseconds(step) if isinstance(step, str) else step
    zero = [key for key, value in (("lookback", long), ("step", short)) if value == 0]
    if zero:
        return [wrong(f"dataset.{key}", "must be longer than nothing. Received: 0.") for key in zero]
    if long % short == 0:
        return []
    below = long // short * short
    around = [
        str(value) if isinstance(lookback, int) else in_words(value).replace(" ", "").replace(",", "")
        for value in (below, below + short)
        if value > 0
    ]
    return [
        wrong(
            "dataset.lookback",
            f"must be a multiple of dataset.step ({step}). Received: {lookback}. Nearest: {' or '.join(around)}.",
        )
    ]


def _source_faults(dataset: Mapping[str, Any]) -> list[Fault]:
    """Return why there is no data to be had, if that can be seen."""
    if dataset["path"] is not None:
        return []
    if dataset["source"] == "simulated" and dataset["stand_in"] is None:
        return [
            wrong(
                "dataset.source", f"must not be simulated: {dataset['name']} has no stand-in. Give dataset.path=FILE."
            )
        ]
    if dataset["source"] != "simulated" and dataset["official"] is None:
        return [
            wrong(
                "dataset.path",
                f"must name a csv or parquet file: {dataset['name']} has no other source. Received: null.",
            )
        ]
    if dataset["source"] != "simulated" and dataset["url"] is None:
        return [wrong("dataset.url", "must say where the official file is. Received: null.")]
    return []


def _stamp_faults(official: Mapping[str, Any] | None) -> list[Fault]:
    faults = []
    for which in ("first", "last") if official else ():
        stamp = (official or {})[which]
        try:
            has_zone = datetime.fromisoformat(stamp).tzinfo is not None
        except ValueError:
            faults.append(
                wrong(f"dataset.official.{which}", f"must be a time stamp as in ISO 8601. Received: {stamp!r}.")
            )
        else:
            if has_zone:
                faults.append(wrong(f"dataset.official.{which}", f"must be without a time zone. Received: {stamp!r}."))
    return faults


def _sampling_faults(sampling: str, steps: int | None) -> list[Fault]:
    if sampling == "epoch" and steps is not None:
        return [
            wrong(
                "training.steps_per_epoch",
                "must be null with dataset.sampling=epoch, where an epoch is each "
                f"training window once. Received: {steps}.",
            )
        ]
    return []


def _split_faults(parts: Mapping[str, Bounds]) -> list[Fault]:
    """Return the faults of the splits; a part that is left out has been reported already."""
    faults, sound = [], {}
    for name, part in parts.items():
        key = f"dataset.split.{name}"
        if part.is_fraction and not (0 <= part.first <= 1 and (part.end is None or 0 <= part.end <= 1)):
            faults.append(wrong(key, f"must hold fractions in [0, 1], or whole row numbers. Received: {_text(part)}."))
        elif part.first < 0 or (part.end is not None and part.first >= part.end):
            faults.append(wrong(key, f"must be rows [first, end) with 0 <= first < end. Received: {_text(part)}."))
        else:
            sound[name] = part
    for (before, left), (after, right) in itertools.pairwise(sound.items()):
        if left.is_fraction != right.is_fraction:
            continue  # they can be ordered only once the number of rows is known
        if left.end is None or left.end > right.first:
            faults.append(
                wrong(
                    f"dataset.split.{before}",
                    f"must end before dataset.split.{after} begins. Received: {_text(left)} and {_text(right)}.",
                )
            )
    return faults


def _text(part: Bounds) -> str:
    return f"[{part.first}, {'null' if part.end is None else part.end})"

"""From a composed configuration to a checked Experiment, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import ValidationError

from seqexp.config import model_section
from seqexp.config.errors import InputError
from seqexp.config.messages import faults_of
from seqexp.config.schema import Bounds, DatasetConfig, Experiment


def experiment_of(config: DictConfig, model_defaults: Mapping[str, Any] | None = None) -> Experiment:
    """Return the typed Experiment that a composed configuration describes.

    Args:
        config: The composition; Hydra's own section is ignored.
        model_defaults: The hyperparameters as the model's YAML declares them; they give the types.

    Raises:
        InputError: With every fault of the configuration.
    """
    values = _resolved(config)
    faults: list[str] = []
    model = values.get("model")
    if isinstance(model, dict):
        hyperparameters = model_section.declared(model)
        faults += model_section.hyperparameter_faults(hyperparameters, model_defaults or {})
        faults += model_section.layer_faults(model.get("layers"))
        faults += model_section.layer_faults(model.get("head"), "model.head")
        values["model"] = {key: value for key, value in model.items() if key not in hyperparameters}
        values["model"]["hyperparameters"] = hyperparameters
    try:
        experiment = Experiment.model_validate(values)
    except ValidationError as error:
        faults += faults_of(error, Experiment)
        faults += _faults_of_sound_dataset(values.get("dataset"))
        raise InputError(dict.fromkeys(faults)) from None
    faults += dataset_faults(experiment.dataset) + _sampling_faults(experiment)
    if faults:
        raise InputError(dict.fromkeys(faults))
    return experiment


def _faults_of_sound_dataset(section: Any) -> list[str]:
    """Return the faults between the dataset's keys when the fault that stopped the check lies elsewhere."""
    try:
        return dataset_faults(DatasetConfig.model_validate(section))
    except ValidationError:
        return []  # described already


def _sampling_faults(experiment: Experiment) -> list[str]:
    steps = experiment.training.steps_per_epoch
    if experiment.dataset.sampling == "epoch" and steps is not None:
        return [
            "training.steps_per_epoch must be null with dataset.sampling=epoch, where an epoch is each "
            f"training window once. Received: {steps}."
        ]
    return []


def _resolved(config: DictConfig) -> dict[str, Any]:
    ours = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    try:
        container = OmegaConf.to_container(ours, resolve=True)
    except OmegaConfBaseException as error:
        raise InputError(f"{error.full_key}: {str(error).splitlines()[0]}") from None
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}


def dataset_faults(dataset: DatasetConfig) -> list[str]:
    """Return the faults between keys of the dataset that can be seen without its data."""
    faults = []
    if dataset.lookback % dataset.step:
        below = dataset.lookback // dataset.step * dataset.step
        around = [str(value) for value in (below, below + dataset.step) if value > 0]
        faults.append(
            f"dataset.lookback must be a multiple of dataset.step ({dataset.step}). "
            f"Received: {dataset.lookback}. Nearest: {' or '.join(around)}."
        )
    return faults + _split_faults(dataset)


def _split_faults(dataset: DatasetConfig) -> list[str]:
    parts = {"train": dataset.split.train, "val": dataset.split.val, "test": dataset.split.test}
    faults = []
    for name, part in parts.items():
        key = f"dataset.split.{name}"
        if part.is_fraction and not (0 <= part.first <= 1 and (part.end is None or 0 <= part.end <= 1)):
            faults.append(f"{key} must hold fractions in [0, 1], or whole row numbers. Received: {_text(part)}.")
        elif part.first < 0 or (part.end is not None and part.first >= part.end):
            faults.append(f"{key} must be rows [first, end) with 0 <= first < end. Received: {_text(part)}.")
    if faults or len({part.is_fraction for part in parts.values()}) > 1:
        return faults  # bounds of both kinds can be ordered only once the number of rows is known
    for (before, left), (after, right) in zip(list(parts.items()), list(parts.items())[1:], strict=False):
        if left.end is None or left.end > right.first:
            faults.append(
                f"dataset.split.{before} must end before dataset.split.{after} begins. "
                f"Received: {_text(left)} and {_text(right)}."
            )
    return faults


def _text(part: Bounds) -> str:
    return f"[{part.first}, {'null' if part.end is None else part.end})"

"""Names of runs that show what distinguishes them."""

from __future__ import annotations

from collections.abc import Sequence

from seqexp.config.schema import Experiment

_WHERE_FROM = ("name", "source", "path", "url", "target", "sentinels", "valid", "memory")
_HIDDEN = ("model", "tracking", "dataset", *(f"dataset.{key}" for key in _WHERE_FROM))
_HIDDEN_SECTIONS = ("tracking.", "hydra", "dataset.format", "dataset.official", "dataset.split")


def run_name(experiment: Experiment, overrides: Sequence[str]) -> str:
    """Return a run's name: the user's own, else the model with what was changed about it."""
    if experiment.tracking.run_name:
        return experiment.tracking.run_name
    return " ".join([experiment.model.name, *shortened([text for text in overrides if not _is_hidden(_key(text))])])


def trial_name(experiment: Experiment, overrides: Sequence[str], axes: Sequence[str]) -> str:
    """Return a trial's name: the values of the sweep's axes."""
    return " ".join(shortened([text for text in overrides if _key(text) in axes])) or experiment.model.name


def axis_values(overrides: Sequence[str], axes: Sequence[str]) -> dict[str, str]:
    """Return the value that a sweep's job has on each axis, as text: {"dataset.step": "3"}."""
    values = {_key(text): text.partition("=")[2].strip("'\"") for text in overrides}
    return {axis: values[axis] for axis in axes if axis in values}


def _is_hidden(key: str) -> bool:
    """Return whether a key says where the data comes from, or where the run goes: not what was tried."""
    return key in _HIDDEN or key.startswith(_HIDDEN_SECTIONS)


def _key(override: str) -> str:
    return override.lstrip("+").split("=")[0]


def shortened(overrides: Sequence[str]) -> list[str]:
    """Return "step=3" for "dataset.step=3", and "quick" for "training=quick": the section rarely adds anything."""
    lasts = [_key(text).rpartition(".")[2] for text in overrides]
    return [_shortened(text, lasts.count(last) > 1) for text, last in zip(overrides, lasts, strict=True)]


def _shortened(override: str, is_ambiguous: bool) -> str:
    key, _, value = override.lstrip("+").partition("=")
    value = value.strip("'\"")
    if "." not in key:
        return value if key != "seed" else f"seed={value}"
    return ".".join(key.split(".")[-2 if is_ambiguous else -1 :]) + f"={value}"

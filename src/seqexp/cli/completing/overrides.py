"""The keys that may be set on a command line, and the values of those that have few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from seqexp.cli.completing.names import Proposal, experiments, matching_files
from seqexp.config.locations import GROUPS, choices
from seqexp.config.schema import Experiment, ModelConfig, SeriesConfig, SweepConfig, TextConfig

_GROUPS = (*GROUPS, "hydra/launcher", "hydra/sweeper")
_FILES = ("dataset.path", "model.embedding.source", "tracking.checkpoints")
_USUAL = {"model": "gru", "dataset": "jena"}
_DATASETS: Mapping[str, type[BaseModel]] = {"series": SeriesConfig, "text": TextConfig}


def overrides(current: str, before: Sequence[str], folder: Path | None, uri: str | None) -> Iterator[Proposal]:
    """Yield the overrides that may be typed, a section or a value at a time.

    Args:
        current: The word as far as it is typed.
        before: The overrides that stand before it: what they pick decides which keys there are.
        folder: The user's own configuration folder, if there is one.
        uri: The store in which experiments are looked for; None: that of the folder.
    """
    plain = current.lstrip("+~")
    sign = current[: len(current) - len(plain)]
    key, equals, value = plain.partition("=")
    if equals:
        done, comma, begun = value.rpartition(",")
        found = _values(key, begun, before, folder, uri)
        yield from ((f"{sign}{key}={done}{comma}{word}", what) for word, what in found)
    else:
        yield from ((f"{sign}{word}", what) for word, what in _keys(key, before, folder))


def _keys(beginning: str, before: Sequence[str], folder: Path | None) -> Iterator[Proposal]:
    """Yield the keys of the section that is being typed, and the sections within it."""
    section = beginning.rpartition(".")[0]
    depth = section.count(".") + 1 if section else 0
    if not section:
        yield from ((f"{group}=", "one of the files of this group") for group in _GROUPS)
    seen = set[str]()
    for key, field in _fields(before, folder):
        parts = key.split(".")
        if ".".join(parts[:depth]) != section or len(parts) <= depth:
            continue
        word = ".".join(parts[: depth + 1])
        word = f"{word}." if len(parts) > depth + 1 else f"{word}="
        if word not in seen:
            seen.add(word)
            yield word, (field.description or "") if field is not None and word.endswith("=") else ""


def _values(key: str, begun: str, before: Sequence[str], folder: Path | None, uri: str | None) -> Iterator[Proposal]:
    """Yield the values of a key that has few, is a file, or is recorded in the store."""
    if key in _GROUPS:
        yield from ((name, choice.summary) for name, choice in choices(key, folder).items())
    elif key in _FILES:
        yield from matching_files(begun)
    elif key == "tracking.experiment":
        yield from experiments(uri)
    elif key == "training.monitor":
        from seqexp.tasks.kinds import monitors

        kind = next(kind for kind, section in _DATASETS.items() if section is _dataset(before, folder))
        yield from ((name, "") for name in ("auto", *monitors()[kind]))
    else:
        field = dict(_fields(before, folder)).get(key)
        yield from ((word, "") for word in (_words(field.annotation) if field is not None else ()))


def _words(annotation: Any) -> Iterator[str]:
    """Yield the words that a type allows: those of an enumeration, true and false, null."""
    origin = get_origin(annotation)
    if origin is Literal:
        yield from map(str, get_args(annotation))
    elif annotation is bool:
        yield from ("true", "false")
    elif annotation is type(None):
        yield "null"
    elif origin is not None and (origin is Union or str(origin) == "<class 'types.UnionType'>"):
        for branch in get_args(annotation):
            yield from _words(branch)


def _fields(before: Sequence[str], folder: Path | None) -> Iterator[tuple[str, FieldInfo | None]]:
    """Yield every dotted key with its field of the schema; a model's own hyperparameters have none, but their type."""
    for name, field in Experiment.model_fields.items():
        if name == "dataset":
            yield from _of_section(_dataset(before, folder), "dataset.")
        elif name == "model":
            yield from _of_model(before, folder)
        else:
            yield from _of_field(name, field)
    yield from _of_section(SweepConfig, "sweep.")
    if any(word.startswith("hydra/launcher=") for word in before):
        from seqexp.config.launcher import KINDS  # it takes a tenth of a second to import

        launcher = KINDS.get(_picked("hydra/launcher", before, folder)[0])
        yield from _of_section(launcher, "hydra.launcher.") if launcher else ()
    if any(word.startswith("hydra/sweeper=") for word in before):
        from seqexp.config.search.space import SearchConfig

        yield from _of_section(SearchConfig, "hydra.sweeper.")


def _of_section(section: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo | None]]:
    for name, field in section.model_fields.items():
        if name not in ("kind", "hyperparameters"):
            yield from _of_field(f"{prefix}{name}", field)


def _of_field(key: str, field: FieldInfo) -> Iterator[tuple[str, FieldInfo | None]]:
    """Yield a key, or those within it where it is a section."""
    kinds = (field.annotation, *get_args(field.annotation))
    sections = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    if sections:
        yield from _of_section(sections[0], f"{key}.")
    else:
        yield key, field


def _of_model(before: Sequence[str], folder: Path | None) -> Iterator[tuple[str, FieldInfo | None]]:
    for name in _picked("model", before, folder):
        for key, value in _content("model", name, folder).items():
            if key not in ModelConfig.model_fields and key != "defaults":
                yield f"model.{key}", FieldInfo(annotation=type(value), description=f"of {name}; there {value}")
    yield from _of_section(ModelConfig, "model.")


def _dataset(before: Sequence[str], folder: Path | None) -> type[BaseModel]:
    content = _content("dataset", _picked("dataset", before, folder)[0], folder)
    return _DATASETS.get(str(content.get("kind")), SeriesConfig)


def _picked(group: str, before: Sequence[str], folder: Path | None) -> list[str]:
    """Return the files of a group that the overrides pick, the last of them, else their preset, else what is usual."""
    given = [word.partition("=")[2] for word in before if word.startswith(f"{group}=")]
    if given:
        return given[-1].split(",")
    presets = [word.partition("=")[2] for word in before if word.startswith("experiment=")]
    lines = _content("experiment", presets[-1], folder).get("defaults", []) if presets else []
    chosen = [line[f"override /{group}"] for line in lines if isinstance(line, dict) and f"override /{group}" in line]
    return [str(name) for name in chosen] or [_USUAL[group]]


def _content(group: str, name: str, folder: Path | None) -> dict[str, Any]:
    """Return what a file of a group sets, with what the files set that it builds upon."""
    found = choices(group, folder).get(name)
    content = yaml.safe_load(found.path.read_text(encoding="utf-8")) if found else None
    if not isinstance(content, dict):
        return {}
    bases = [base for base in content.get("defaults", []) if isinstance(base, str) and base not in ("_self_", name)]
    return {key: value for base in bases for key, value in _content(group, base, folder).items()} | content

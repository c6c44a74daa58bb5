"""Let Hydra compose the files that a command line picks, and say what is wrong with the files themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from seqexp.config import model_section
from seqexp.config.compat_hydra import parts_as_lists
from seqexp.config.composed.hydra_section import ONLY, hydra_section_faults, not_there
from seqexp.config.errors import Fault, InputError, raise_any, shown, wrong
from seqexp.config.limits.yaml_files import shape_faults
from seqexp.config.locations import GROUPS, choices, conf_dir
from seqexp.config.overrides import quoted


@dataclass(frozen=True)
class Base:
    """A composition of files, before values are set: what the values are checked against."""

    config: DictConfig  # the composition, without Hydra's own section
    content: Mapping[str, Any]  # the same as plain values, interpolations unresolved
    keys: tuple[str, ...]  # every dotted key
    model_file: str  # the model's YAML, for messages
    model_defaults: Mapping[str, Any]  # the hyperparameters as that YAML declares them
    faults: tuple[Fault, ...]  # what is wrong with the files themselves


class Composer:
    """Lets Hydra compose files, each choice of them once."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._composed: dict[tuple[str, ...], DictConfig] = {}

    def compose(self, files: Sequence[str]) -> DictConfig:
        """Return Hydra's composition, its own section included; to be read only.

        Raises:
            InputError: With what Hydra says, or with what a file of the user's may not set of Hydra's own.
        """
        key = tuple(files)
        if key not in self._composed:
            self._composed[key] = self._compose(files)
        return self._composed[key]

    def _compose(self, files: Sequence[str]) -> DictConfig:
        if self.folder is None:  # every file is seqexp's own
            return _composed(files)
        texts = [f"hydra.searchpath=[{quoted(f'file://{self.folder}')}]", *files]
        try:
            composed = _composed(texts, self.folder)
        except InputError:  # Hydra doesn't say in which file the fault is
            raise_any([*shape_faults(self.folder, self._picked(files))])
            raise
        picked = {group: str(name) for group, name in composed.hydra.runtime.choices.items() if group in GROUPS}
        raise_any([*shape_faults(self.folder, picked)])
        raise_any(list(hydra_section_faults(as_plain(composed.hydra), _untouched(), texts, self.folder)))
        return composed

    @staticmethod
    def _picked(files: Sequence[str]) -> dict[str, str]:
        """Return which file of each group overrides pick, such as "model=gru"."""
        pairs = (text.partition("=") for text in files)
        return {group: name.strip("'\"") for group, _, name in pairs if group in GROUPS}


@cache
def _untouched() -> dict[str, Any]:
    """Return Hydra's section as it is without any file of the user's."""
    return as_plain(_composed([]).hydra)


def _composed(texts: Sequence[str], folder: Path | None = None) -> DictConfig:
    """Return what Hydra composes; nothing that stands in it is run.

    Raises:
        InputError: With what Hydra says.
    """
    named = " ".join(text for text in texts if not text.startswith("hydra.searchpath=")) or "config"
    GlobalHydra.instance().clear()
    try:
        with parts_as_lists(), initialize_config_dir(str(conf_dir()), version_base="1.3"):
            return compose("config", list(texts), return_hydra_config=True)
    except YAMLError as error:
        raise InputError(Fault(named, f"A YAML file can't be read: {' '.join(str(error).split())}.")) from None
    except (HydraException, OmegaConfBaseException) as error:
        reason = " ".join(str(error).split())
        of_hydra = re.search(r"full_key: (hydra\.[\w.]+)|Overriding (hydra\.searchpath) ", reason)
        if of_hydra:
            raise InputError(wrong(of_hydra[1] or of_hydra[2], f"{ONLY}. Received in {named}.")) from None
        missing = re.search(r"Could not find '(hydra/\w+)/([^']+)'", reason)
        if missing:
            raise InputError(not_there(missing[1], missing[2], folder)) from None
        file = re.match(r"In '([^']+)': .*Cannot merge DictConfig with ListConfig", reason)
        shape = "must be a mapping of keys ('key: value'). Received: a list."
        text = f"{file[1]}.yaml {shape}" if file else reason or _said_of(named, error)
        raise InputError(Fault(named, text)) from None
    except (ValueError, AssertionError, KeyError, OSError, RecursionError) as error:
        # Such as bytes that are no text in a file, or a file that is a number.
        raise InputError(Fault(named, _said_of(named, error))) from None


def _said_of(named: str, error: Exception) -> str:
    return f"{named} can't be composed: {' '.join(str(error).split()) or type(error).__name__}."


def compose_base(files: Sequence[str], hydra: Sequence[str], composer: Composer) -> Base:
    """Compose the files that overrides such as "model=gru" pick, and check them before any value is set.

    Overrides of Hydra's own values are checked as well, and change nothing.

    Raises:
        InputError: If a file can't be read or composed.
    """
    composed = composer.compose(files)
    chosen = composed.hydra.runtime.choices
    file = f"model/{chosen.model}.yaml"
    config = OmegaConf.masked_copy(composed, [str(key) for key in composed if key != "hydra"])
    OmegaConf.set_struct(config, False)
    plain = as_plain(config)
    model = plain.get("model")
    if not isinstance(model, dict):
        what = "must be a mapping with a name, and layers, an estimator or a builder"
        raise InputError(Fault("model", f"{file} {what}. Received: {shown(model)}."))
    model = {str(key): value for key, value in model.items()}
    own = as_plain(OmegaConf.load(choices("model", composer.folder)[chosen.model].path))
    if "defaults" in own:  # it is put together from several files
        own = model
    added = [name for name in model_section.declared(model) if name not in own]
    faults = list(model_section.yaml_faults(model, file, added))
    if "experiment" in plain:
        text = f"experiment/{chosen.experiment}.yaml must begin with '# @package _global_', then set keys."
        faults.append(Fault("experiment", text))
        del config["experiment"], plain["experiment"]
    OmegaConf.set_struct(config, True)  # as Hydra has it: only + adds keys
    if hydra:
        try:
            composer.compose([*files, *hydra])
        except InputError as error:
            faults += [Fault(", ".join(hydra), f"{', '.join(hydra)}: {fault.text}") for fault in error.faults]
    # Hyperparameters that refer to others have no type of their own.
    values = model_section.declared({**model, **own})
    types = {name: None if "${" in str(value) else value for name, value in values.items()}
    return Base(config, plain, tuple(_dotted(plain)), file, types, tuple(faults))


def as_plain(section: Any) -> dict[str, Any]:
    """Return a section of Hydra's as plain values, interpolations unresolved."""
    content = OmegaConf.to_container(section, resolve=False)
    assert isinstance(content, dict)
    return {str(key): value for key, value in content.items()}


def _dotted(node: Mapping[Any, Any], prefix: str = "") -> Iterator[str]:
    for name, child in node.items():
        yield f"{prefix}{name}"
        if isinstance(child, dict):
            yield from _dotted(child, f"{prefix}{name}.")

"""What is changed of Hydra: a part of a series may be a list [first, end] in a YAML file, as it may be typed.

Hydra can't merge a list into the mapping that stands below it, so it is made one as the file is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hydra._internal.config_repository import ConfigRepository
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, OmegaConf, flag_override

from seqexp.config.composed.bounds import SPLIT, as_sections


@contextmanager
def parts_as_lists() -> Iterator[None]:
    """Within the block, files that Hydra reads may give parts of a series as lists."""
    before = ConfigRepository.load_config

    def load(repository: ConfigRepository, config_path: str) -> ConfigResult | None:
        result = before(repository, config_path)
        if result is None:
            return None
        for section in (result.config, _child(result.config, "dataset")):
            split = _child(section, "split")
            if _has_keys(split):
                with flag_override(section, ["struct", "readonly"], False):
                    section["split"] = as_sections(SPLIT, OmegaConf.to_container(split, resolve=False))
        return result

    ConfigRepository.load_config = load  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        ConfigRepository.load_config = before  # type: ignore[method-assign]


def _child(section: Any, name: str) -> Any:
    """Return what stands in a section, interpolations as they are; None where it has no such key, or is no section."""
    return section._content.get(name) if _has_keys(section) else None


def _has_keys(section: Any) -> bool:
    return isinstance(section, DictConfig) and isinstance(section._content, dict)

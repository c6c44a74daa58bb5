"""The catalogue of what is said of models that can't be made, word by word; other tests go by keys and values."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from seqexp.config.errors import InputError
from seqexp.config.plugins import read_plugins
from seqexp.config.schema import ModelConfig
from seqexp.models.network import build_network
from seqexp.models.registry import ESTIMATORS, make_registry
from seqexp.models.vector_files import read_vector_file
from seqexp.tasks.target import Problem
from tests.faults import read_catalogue

# After "$ " a model as JSON, maybe with plugins, or a file of word vectors; then what is said.
CATALOGUE = read_catalogue(Path(__file__).with_name("messages_catalogue.txt"))
FORECASTERS = [name for name, cls in ESTIMATORS.items() if getattr(cls, "task", "forecast") == "forecast"]
CLASSIFIERS = [name for name in ESTIMATORS if name not in FORECASTERS]


def make(given: dict[str, Any]) -> None:
    """Make what a line describes, of windows of 6 timesteps and 3 columns or of texts of 12 ids."""
    plugins: dict[str, str] = given.pop("plugins", {})
    for name, source in plugins.items():
        Path(name).write_text(source)
    if "vectors" in given:
        Path("v.txt").write_bytes(given["vectors"].encode("latin-1"))
        read_vector_file(Path("v.txt"), ("the",), "FILE")
    registry = make_registry(read_plugins(list(plugins)))
    classes = given.pop("classes", None)
    if "estimator" in given:
        registry.make_estimator(given["estimator"], "classify" if classes else "forecast")
    problem = Problem((12,), classes=classes, vocabulary=30) if classes else Problem((6, 3))
    build_network(ModelConfig(name="mine", **given), problem, seed=0, registry=registry)


@pytest.mark.parametrize("line", CATALOGUE)
def test_a_model_is_refused_in_these_words(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        make(json.loads(line))
    assert [said(text) for text in caught.value.texts] == CATALOGUE[line]


# What comes after these is said by Keras or Python, and changes with their version, but for plugins and own layers.
THEIRS = (r"its input of shape \(.*?\): ", r" to \(batch, 1\): ", "loaded again: ", "refused: ", r"\(GRU\): ")


def said(text: str) -> str:
    """Return a text without what others than seqexp and plugins say in it."""
    text = text.replace(", ".join(FORECASTERS), "FORECASTERS").replace(", ".join(CLASSIFIERS), "CLASSIFIERS")
    return re.sub(rf"({'|'.join(THEIRS)})(?!own\.py|`).*", r"\1…", text)

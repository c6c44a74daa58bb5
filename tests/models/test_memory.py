"""Networks that the machine can't hold are refused before they are there, with the key and the sizes."""

from __future__ import annotations

import pytest

from seqexp.data.text import prepare
from seqexp.models import memory
from seqexp.models.network import as_scope
from seqexp.models.registry import NO_PLUGINS
from seqexp.runs.models import build
from seqexp.tasks.target import Problem
from tests.config.oracle import one
from tests.data.text.helpers import random_corpus
from tests.faults import is_about, only_fault_of

SMALL = 10_000_000  # bytes


@pytest.fixture(autouse=True)
def small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "machine_memory", lambda: SMALL)


@pytest.mark.parametrize(
    ("overrides", "key", "facts"),
    [
        (
            ["model=gru", "model.units=10000000000"],
            "model.units",
            ["10000000000", "TB", "10.0 MB", "model.layers.0 (GRU)"],
        ),
        (["model=lstm", "model.units=2000"], "model.units", ["2000", "MB", "LSTM"]),
        (["model=mlp", "model.layers=[Flatten,{Dense:{units:1000000}}]"], "model.layers.1", ["12", "MB", "Dense"]),
        (["model=gru", "dataset.batch_size=100000"], "dataset.batch_size", ["100000", "at most"]),
        (["model=mlp", "model.layers=[{UpSampling1D:{size:1000}},Flatten]"], "model.layers", ["UpSampling1D", "512"]),
    ],
)
def test_what_is_too_large_is_refused_with_its_key(overrides: list[str], key: str, facts: list[str]) -> None:
    fault = only_fault_of(build, one(*overrides), Problem((40, 3)), NO_PLUGINS)
    assert is_about(fault, key, *facts), fault


def test_texts_are_held_as_rows_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "machine_memory", lambda: SMALL)
    corpus = random_corpus(20)
    fault = only_fault_of(prepare.make_texts, corpus, one("dataset=imdb", "dataset.maxlen=1000000").text, 1)
    assert is_about(fault, "dataset.maxlen", "1000000", "125000", "20 texts", "80.0 MB")


@pytest.mark.parametrize("name", ["a b", "ü", "-", "_x", "a:0", "^a", "{{a}}", " "])
def test_names_that_tensorflow_refuses_as_scopes_are_refused(name: str) -> None:
    layers = f"[Flatten,{{Dense:{{units:2,name:'{name}'}}}}]"
    fault = only_fault_of(build, one("model=mlp", f"model.layers={layers}"), Problem((40, 3)), NO_PLUGINS)
    assert is_about(fault, "model.layers.1.Dense.name", repr(name))


@pytest.mark.parametrize("name", ["ü ber", "-", "_", "{{a}}", "x" * 5000, "a:0", "gru.1"])
def test_any_name_of_a_model_becomes_a_scope(name: str) -> None:
    import tensorflow as tf

    with tf.Graph().as_default(), tf.name_scope(as_scope(name)):
        assert len(as_scope(name)) <= 106

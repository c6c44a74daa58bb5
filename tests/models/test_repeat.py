"""`repeat` in a list of layers: the network that it stacks, and how its faults are told."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.model_section import layer_faults, section_faults
from seqexp.config.repeat import layers_in, written_out
from seqexp.config.schema import ModelConfig
from seqexp.models.network import build_network
from seqexp.tasks.target import Problem
from tests.config.oracle import one, plan
from tests.faults import is_about, only_fault_of

GRU = {"GRU": {"units": 3, "return_sequences": True}}
DEEP = """\
name: deep
depth: 2
units: 3
layers:
  - repeat: ${model.depth}
    GRU:
      units: ${model.units}
      return_sequences: true
  - GRU:
      units: ${model.units}
"""


def build(*stack: Any, head: list[Any] | None = None) -> Any:
    return build_network(ModelConfig(name="test", layers=list(stack), head=head), Problem((6, 2)), seed=0)


def classes(network: Any) -> list[str]:
    return [type(layer).__name__ for layer in network.layers[1:]]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ([{"repeat": 3, **GRU}, "Flatten"], [GRU, GRU, GRU, "Flatten"]),
        ([{"repeat": 1, **GRU}, "Flatten"], [GRU, "Flatten"]),
        ([{"repeat": 2, "LayerNormalization": None}, "Flatten"], ["LayerNormalization"] * 2 + ["Flatten"]),
        (
            [{"repeat": 2, "layers": [{"Conv1D": {"filters": 4, "kernel_size": 2}}, "LayerNormalization"]}, "Flatten"],
            [{"Conv1D": {"filters": 4, "kernel_size": 2}}, "LayerNormalization"] * 2 + ["Flatten"],
        ),
        (
            [{"repeat": 2, "layers": [GRU, {"repeat": 2, "Dropout": {"rate": 0.1}}]}, "Flatten"],
            [GRU, *[{"Dropout": {"rate": 0.1}}] * 2] * 2 + ["Flatten"],
        ),
        (
            [{"repeat": 2, "Bidirectional": {"layer": GRU}}, "Flatten"],
            [{"Bidirectional": {"layer": GRU}}] * 2 + ["Flatten"],
        ),
        (
            [{"RNN": {"cell": {"StackedRNNCells": {"cells": [{"repeat": 3, "GRUCell": {"units": 2}}]}}}}],
            [{"RNN": {"cell": {"StackedRNNCells": {"cells": [{"GRUCell": {"units": 2}}] * 3}}}}],
        ),
    ],
)
def test_a_repeat_is_what_writing_it_out_would_be(short: list[Any], long: list[Any]) -> None:
    repeated, written = build(*short), build(*long)
    assert classes(repeated) == classes(written)
    for one_weight, other in zip(repeated.get_weights(), written.get_weights(), strict=True):
        np.testing.assert_array_equal(one_weight, other)


def test_each_repetition_has_weights_of_its_own() -> None:
    network = build({"repeat": 2, "Dense": {"units": 2}}, "Flatten")
    first, second = network.layers[1:3]
    assert first is not second
    assert not np.array_equal(first.get_weights()[0], second.get_weights()[0])


def test_the_head_may_repeat() -> None:
    network = build("Flatten", head=[{"repeat": 2, "Dense": {"units": 4}}, {"Dense": {"units": 1}}])
    assert classes(network) == ["Flatten", "Dense", "Dense", "Dense"]


def test_depth_is_an_override(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "deep.yaml").write_text(DEEP)
    for depth in (1, 4):
        (experiment,) = plan("model=deep", f"model.depth={depth}", folder=tmp_path).experiments
        assert classes(build_network(experiment.model, Problem((6, 2)), seed=0)) == ["GRU"] * (depth + 1) + ["Dense"]
    assert is_about(only_fault_of(plan, "model=deep", "model.depth=0", folder=tmp_path), "model.depth", "Received: 0.")


# A tree of layers and repeats, and an oracle that lists its names.
trees = st.recursive(
    st.sampled_from(["A", "B", {"C": {"units": 1}}]),
    lambda inner: st.builds(
        lambda times, held: {"repeat": times, "layers": held},
        st.integers(1, 3),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


def looped(entry: Any) -> list[Any]:
    if not isinstance(entry, dict) or "repeat" not in entry:
        return [entry]
    found: list[Any] = []
    for _ in range(entry["repeat"]):
        for inner in entry["layers"]:
            found += looped(inner)
    return found


@given(st.lists(trees, max_size=4))
def test_any_nesting_is_written_out_and_counted(entries: list[Any]) -> None:
    expected = [layer for entry in entries for layer in looped(entry)]
    assert [placed.entry for placed in written_out(entries, "model.layers")] == expected
    assert layers_in(entries) == len(expected)
    assert layer_faults(entries) == []


def test_a_place_is_the_key_as_written() -> None:
    entries = ["Flatten", {"repeat": 2, "layers": ["A", {"repeat": 2, "B": {}}]}]
    assert [(placed.where, placed.repetition) for placed in written_out(entries, "model.layers")] == [
        ("model.layers.0", ""),
        ("model.layers.1.layers.0", "repetition 1 of 2"),
        ("model.layers.1.layers.1", "repetition 1 of 2 within repetition 1 of 2"),
        ("model.layers.1.layers.1", "repetition 2 of 2 within repetition 1 of 2"),
        ("model.layers.1.layers.0", "repetition 2 of 2"),
        ("model.layers.1.layers.1", "repetition 1 of 2 within repetition 2 of 2"),
        ("model.layers.1.layers.1", "repetition 2 of 2 within repetition 2 of 2"),
    ]


MALFORMED: list[tuple[Any, str, list[str]]] = [
    *[({"repeat": times, **GRU}, "0.repeat", [">= 1", f"Received: {times!r}."])
      for times in (0, -1, 2.0, True, "3", None, [2])],
    ({"repeat": 2}, "0", ["repeat", "layers", "Received: nothing."]),
    ({"repeat": 2, "GRU": {"units": 3}, "LSTM": {"units": 3}}, "0", ["Received: GRU, LSTM."]),
    ({"repeat": 2, "GRU": {"units": 3}, "times": 3}, "0", ["Received: GRU, times."]),
    ({"repeat": 2, "layers": ["Flatten"], "GRU": {"units": 3}}, "0", ["Received: layers, GRU."]),
    ({"repeat": 2, "layers": []}, "0.layers", ["at least one", "Received: []."]),
    ({"repeat": 2, "layers": "GRU"}, "0.layers", ["at least one", "Received: 'GRU'."]),
    ({"repeat": 2, "layers": {"GRU": {"units": 3}}}, "0.layers", ["at least one", "'GRU': {'units': 3}"]),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "key", "facts"), MALFORMED)
def test_a_malformed_repeat_is_refused_before_and_while_building(entry: Any, key: str, facts: list[str]) -> None:
    (fault,) = layer_faults([entry])
    assert is_about(fault, f"model.layers.{key}", *facts), fault
    assert only_fault_of(build, entry) == fault


@pytest.mark.parametrize(
    ("entry", "key", "facts"),
    [
        ({"repeat": 2, "GRU": 4}, "0", ["GRU", "4"]),
        ({"repeat": 2, "layers": ["GRU", 3]}, "0.layers.1", ["Received: 3"]),
        ({"repeat": 2, "Dense": {"recurrent_dropout": 0.1}}, "0", ["Dense", "recurrent_dropout"]),
        (
            {"repeat": 2, "layers": ["Flatten", {"TimeDistributed": {"layer": {"Dense": {"recurrent_dropout": 0.1}}}}]},
            "0.layers.1",
            ["Dense", "recurrent_dropout"],
        ),
        (
            {"X": {"cells": [{"repeat": 2, "layers": [{"Dense": {"recurrent_dropout": 0.1}}]}]}},
            "0",
            ["Dense", "recurrent_dropout"],
        ),
    ],
)
def test_checks_without_keras_see_into_a_repeat(entry: Any, key: str, facts: list[str]) -> None:
    (fault,) = layer_faults([entry])
    assert is_about(fault, f"model.layers.{key}", *facts), fault


@pytest.mark.parametrize(
    ("entries", "key", "facts"),
    [
        ([{"repeat": 2, "GRU": {"unit": 3}}], "0.GRU.unit", ["argument of GRU", "mean 'units'?"]),
        (
            ["LayerNormalization", {"repeat": 2, "layers": ["LayerNormalization", {"GRU": {"unit": 3}}]}],
            "1.layers.1.GRU.unit",
            ["argument of GRU"],
        ),
        ([{"repeat": 2, "GRUU": {"units": 3}}], "0", ["'GRUU'", "mean 'GRU'?"]),
        ([{"repeat": 3, "GRU": {"units": 3}}], "0", ["(GRU, repetition 2 of 3)", "shape (batch, 3): "]),
        (
            [{"Bidirectional": {"layer": {"repeat": 2, "GRU": {"units": 3}}}}],
            "0.Bidirectional.layer",
            ["one layer", "repeat"],
        ),
        (
            [{"RNN": {"cell": {"StackedRNNCells": {"cells": [{"repeat": 0, "GRUCell": {"units": 2}}]}}}}],
            "0.RNN.cell.StackedRNNCells.cells.0.repeat",
            [">= 1", "Received: 0."],
        ),
    ],
)
def test_a_layers_fault_is_told_by_the_key_as_written(entries: list[Any], key: str, facts: list[str]) -> None:
    fault = only_fault_of(build, *entries)
    assert is_about(fault, f"model.layers.{key}", *facts), fault


@pytest.mark.parametrize(
    ("entries", "total"),
    [
        ([{"repeat": 1001, "GRU": {"units": 3}}], "1,001"),
        ([{"repeat": 10**6, "layers": [{"repeat": 10**6, "layers": ["Flatten", "Flatten"]}]}], "2,000,000,000,000"),
        ([{"repeat": 20, "RNN": {"cell": {"X": {"cells": [{"repeat": 100, "GRUCell": {"units": 2}}]}}}}], "2,020"),
    ],
)
def test_too_many_layers_are_refused_at_once(entries: list[Any], total: str) -> None:
    begin = time.perf_counter()
    (fault,) = section_faults({"name": "x", "layers": entries}, {}, {})
    assert is_about(fault, "model.layers", "1,000", f"Received: {total}.")
    assert time.perf_counter() - begin < 1


def test_a_thousand_layers_are_not_too_many() -> None:
    model = {"name": "x", "layers": [{"repeat": 999, "Dense": {"units": 3}}], "head": ["Dense"]}
    assert section_faults(model, model, {}) == []


def test_numbers_within_a_repeat_are_checked() -> None:
    fault = only_fault_of(one, "model.layers=[{repeat:2,GRU:{units:nan}}]")
    assert is_about(fault, "model.layers.0.GRU.units", "finite", "Received: nan.")

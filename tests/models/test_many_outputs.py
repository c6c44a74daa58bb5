"""Networks for many leads and targets: words of the task, heads, and every model of conf/model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from seqexp.config.locations import choices
from seqexp.config.schema import ModelConfig
from seqexp.models.network import build_network
from seqexp.tasks.target import Problem
from tests.factories import estimators_for, experiment
from tests.faults import is_about, only_fault_of
from tests.paths import REPO

WIDE = Problem((64, 3), numbers=6, leads=3, targets=(0, 2))
TEXT = Problem((12,), classes=3, vocabulary=30)
NETWORKS = sorted({*choices("model", None)} - {*estimators_for("forecast")} - {*estimators_for("classify")})
# They begin with ids.
OF_SERIES = [name for name in NETWORKS if name != "dense_bow"]
FROM_THEMSELVES = ("dlinear", "nlinear", "rlinear", "segrnn", "sparsetsf")


def network_of(*stack: Any, problem: Problem = WIDE, head: list[Any] | None = None) -> Any:
    return build_network(ModelConfig(name="test", layers=list(stack), head=head), problem, seed=0)


def fault_of(*stack: Any, problem: Problem = WIDE, head: list[Any] | None = None) -> Any:
    return only_fault_of(network_of, *stack, problem=problem, head=head)


def samples(batch: int = 4) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(batch, 64, 3)).astype(np.float32)


@pytest.mark.parametrize("model", OF_SERIES)
def test_every_model_forecasts_many_leads_of_many_targets(model: str) -> None:
    network = build_network(experiment(f"model={model}").model, WIDE, seed=0)
    assert network.output_shape == (None, 6)
    x, other = samples(), samples()
    other[:, :, 1] += 1  # no target
    given = np.asarray(network(x))
    assert given.shape == (4, 6)
    assert np.isfinite(given).all()
    if model in FROM_THEMSELVES:
        np.testing.assert_allclose(network(other), given, atol=1e-5)
        other[:, :, 2] += 1
        np.testing.assert_allclose(np.asarray(network(other))[:, ::2], given[:, ::2], atol=1e-5)
        assert not np.allclose(np.asarray(network(other))[:, 1::2], given[:, 1::2], atol=1e-3)


@pytest.mark.parametrize("model", OF_SERIES)
@pytest.mark.parametrize("problem", [WIDE, replace(WIDE, numbers=1, leads=1, targets=(0,))], ids=["wide", "one"])
def test_every_model_forecasts_quantiles(model: str, problem: Problem) -> None:
    quantiles = replace(problem, levels=5)
    network = build_network(experiment(f"model={model}").model, quantiles, seed=0)
    assert network.output_shape == (None, problem.numbers * 5)
    x, other = samples(), samples()
    other[:, :, 2] += 1
    given = np.asarray(network(x)).reshape(4, problem.leads, -1, 5)
    assert np.isfinite(given).all()
    if model in FROM_THEMSELVES and problem is WIDE:  # each number's levels stand side by side
        changed = np.asarray(network(other)).reshape(given.shape)
        np.testing.assert_allclose(changed[:, :, 0], given[:, :, 0], atol=1e-5)
        assert not np.allclose(changed[:, :, 1], given[:, :, 1], atol=1e-3)


T, H, C, K = 96, 96, 7, 7
# By the formulas of docs/models.md.
PARAMETERS = {
    "nlinear": (T + 1) * H,
    "rlinear": (T + 1) * H + 2 * C,
    "dlinear": 2 * K * (T + 1) * H,
    "sparsetsf": 24 + 1 + (T // 24) * (H // 24),
    "tsmixer": (4 * T * C + (T + 1) * T + (C + 1) * 64 + 65 * C) + (T + 1) * H + (C + 1) * K,
    "gru_seq2seq": 3 * 32 * (C + 34) + 3 * 32 * (K + 34) + 33 * K,
    "segrnn": 25 * 512 + 3 * 512 * 1026 + 513 * 24 + (H // 24 + K) * 256,
    "gru": 3 * 32 * (C + 34) + 33 * H * K,
}


@pytest.mark.parametrize("model", PARAMETERS)
def test_parameters_of_many_leads(model: str) -> None:
    problem = Problem((T, C), numbers=H * K, leads=H, targets=tuple(range(K)))
    count = build_network(experiment(f"model={model}").model, problem, seed=0).count_params()
    assert count == PARAMETERS[model]
    page = (REPO / "docs" / "models.md").read_text(encoding="utf-8").partition("## Many leads")[2]
    assert any(line.startswith(f"| `{model}`") and f"| {count:,}" in line for line in page.splitlines())


@pytest.mark.parametrize("model", ["nlinear", "rlinear", "segrnn"])
def test_forecasts_move_with_their_column(model: str) -> None:
    network = build_network(experiment(f"model={model}").model, WIDE, seed=0)
    moved = network(samples() + np.array([10, 20, 30], np.float32))
    np.testing.assert_allclose(moved, np.asarray(network(samples())) + [10, 30] * 3, atol=1e-3)


def test_words_are_the_tasks_numbers() -> None:
    head = [
        {"Dense": {"units": "outputs", "name": "outputs"}},
        {"Reshape": {"target_shape": ["leads", "targets"]}},
        "Flatten",
    ]
    network = network_of("Flatten", {"Dense": {"units": "leads"}}, head=head)
    assert [tuple(layer.output.shape[1:]) for layer in network.layers[2:]] == [(3,), (6,), (3, 2), (6,)]
    assert network.layers[3].name == "outputs"
    text = network_of({"Embedding": {"input_dim": "vocabulary", "output_dim": 2}}, "Flatten", problem=TEXT)
    assert text.layers[1].input_dim == 30
    assert network_of("Flatten", problem=TEXT, head=[{"Dense": {"units": "outputs"}}]).output_shape == (None, 3)


def test_within_per_column_the_task_is_that_of_one_column() -> None:
    within = [
        {"LastValue": {"layers": [{"repeat": 2, "Dense": {"units": 4}}, "Flatten", {"Dense": {"units": "outputs"}}]}}
    ]
    layer = network_of({"PerColumn": {"layers": within}}).layers[-1]
    inner = layer.layers[0]
    assert (layer.targets, layer.leads) == ([0, 2], 3)
    assert (inner.targets, inner.leads) == ([0], 3)
    assert [getattr(one, "units", None) for one in inner.layers] == [4, 4, None, 3]
    quantiles = replace(WIDE, numbers=12)
    assert network_of({"PerColumn": {"layers": within}}, problem=quantiles).output_shape == (None, 12)


def test_a_layer_that_gives_the_forecasts_ends_the_network() -> None:
    around = {"LastValue": {"layers": [{"GRU": {"units": 2}}, {"Dense": {"units": "outputs"}}]}}
    assert [type(layer).__name__ for layer in network_of(around).layers[1:]] == ["LastValue"]
    given = network_of(around, head=[{"Dense": {"units": "outputs"}}])
    assert [type(layer).__name__ for layer in given.layers[1:]] == ["LastValue", "Dense"]
    assert network_of("Flatten", {"Dense": {"units": "outputs"}}, head=[]).output_shape == (None, 6)


def test_positions_of_the_yaml_win() -> None:
    layer = network_of({"Seq2Seq": {"units": 2, "targets": [1, 2]}}).layers[-1]
    assert layer.targets == [1, 2]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own saving, NumPy 2
@pytest.mark.parametrize("model", ["dlinear", "tsmixer"])
def test_what_has_another_end_for_many_leads_is_saved_with_it(model: str, tmp_path: Any) -> None:
    network = build_network(experiment(f"model={model}").model, WIDE, seed=0)
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    np.testing.assert_allclose(loaded(samples()), network(samples()), rtol=1e-6)


@pytest.mark.parametrize(
    ("entry", "key", "facts"),
    [
        ({"LastValue": {}}, ".0", ["LastValue", "`layers`", "at least one layer"]),
        ({"RevIN": {"layers": ["Flatten"], "epsilon": -1}}, ".0", ["RevIN", "`epsilon`", "above 0", "-1"]),
        ({"RevIN": {"layers": ["Flatten"], "epsilon": "x"}}, ".0", ["RevIN", "`epsilon`", "above 0", "'x'"]),
        ({"RevIN": {"layers": ["Flatten"], "affine": 7}}, ".0", ["RevIN", "`affine`", "true or false", "7"]),
        ({"LastValue": {"layers": []}}, ".0.LastValue.layers", ["at least one layer", "[]"]),
        ({"LastValue": {"layers": "GRU"}}, ".0.LastValue.layers", ["at least one layer", "'GRU'"]),
        ({"LastValue": {"layers": [3]}}, ".0.LastValue.layers.0", ["a layer's name", "3"]),
        ({"LastValue": {"layers": ["GRUU"]}}, ".0.LastValue.layers.0", ["'GRUU'", "mean 'GRU'?"]),
        (
            {"LastValue": {"layers": [{"PerColumn": {"layers": [{"GRU": {"unit": 3}}]}}]}},
            ".0.LastValue.layers.0.PerColumn.layers.0.GRU.unit",
            ["argument of GRU"],
        ),
        ({"LastValue": {"layers": [{"GRU": {"units": 3}}]}}, ".0", ["(LastValue)", "units: outputs", "Received: 3"]),
        ({"Dense": {"units": "vocabulary"}}, ".0.Dense.units", ["vocabulary", "dataset=imdb"]),
    ],
)
def test_what_does_not_fit_is_refused_by_the_key(entry: Any, key: str, facts: list[str]) -> None:
    fault = fault_of(entry)
    assert is_about(fault, f"model.layers{key}", *facts), fault


@pytest.mark.parametrize(
    "entry", [{"LastValue": {"layers": ["Flatten"]}}, "SegRNN", {"PerColumn": {"layers": ["GRU"]}}]
)
def test_a_target_that_the_model_does_not_see_is_refused(entry: Any) -> None:
    problem = replace(WIDE, targets=(0, -1))
    if isinstance(entry, dict) and "PerColumn" in entry:
        entry = {"PerColumn": {"layers": [{"GRU": {"units": 2}}, {"Dense": {"units": "outputs"}}]}}
    fault = fault_of(entry, problem=problem)
    assert is_about(fault, "model.layers.0", "dataset.inputs", "target 2 of 2"), fault


@pytest.mark.parametrize("last", [{"LastValue": {"layers": ["Flatten", {"Dense": {"units": "outputs"}}]}}, "SegRNN"])
def test_targets_are_looked_for_among_the_windows_own_columns(last: Any) -> None:
    wider = {"Conv1D": {"filters": 8, "kernel_size": 3}}
    fault = fault_of(wider, last)
    assert is_about(fault, "model.layers.1", "the window's 3 columns", "(batch, 62, 8)"), fault
    assert network_of({"Dropout": {"rate": 0.1}}, last).output_shape == (None, 6)
    named = {"Seq2Seq": {"units": 2, "targets": [1, 7]}}
    assert network_of(wider, named).output_shape == (None, 6)


def test_texts_have_no_leads_and_no_columns() -> None:
    fault = fault_of("Flatten", problem=TEXT, head=[{"Dense": {"units": "leads"}}])
    assert is_about(fault, "model.head.0.Dense.units", "only forecasts have")
    fault = fault_of({"LastValue": {"layers": ["Flatten"]}}, problem=TEXT)
    assert is_about(fault, "model.layers.0.LastValue", "texts have none")

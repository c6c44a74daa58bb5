"""Unknown keys are told with the nearest name; + adds only what may be added, as in Hydra."""

from __future__ import annotations

import pytest
from hydra.errors import HydraException

from tests.config.oracle import as_composed, faults, hydra_values, one, only_fault
from tests.faults import is_about

NEAREST = [
    ("sed=3", "seed"),
    ("dataset.stepp=3", "dataset.step"),
    ("datasets.step=3", "dataset.step"),
    ("step=3", "dataset.step"),
    ("epochs=3", "training.epochs"),
    ("epoch=3", "training.epochs"),
    ("units=3", "model.units"),
    ("dataset.epochs=3", "training.epochs"),
    ("training.lerning_rate=1", "training.learning_rate"),
    ("dataset.split.trian.first=3", "dataset.split.train.first"),
    ("dataset.split.train.frist=3", "dataset.split.train.first"),
    ("tracking.runname=x", "tracking.run_name"),
    ("model.unitz=3", "model.units"),
    ("experimnt=jena_ladder", "experiment"),
    ("+dataset.stap=3", "dataset.step"),
    ("++dataset.setp=3", "dataset.step"),
    ("dataset={deley:3}", "dataset.delay"),
    ("+dataset={tarjet:3}", "dataset.target"),
    ("dataset={split:{tst:{first:3}}}", "dataset.split.test"),
    ("model/gru=3", "model"),
]


def test_the_nearest_key_is_named() -> None:
    told = faults(*[text for text, _ in NEAREST])
    for text, nearest in NEAREST:
        key = text.lstrip("+").split("=", maxsplit=1)[0]
        hint = f"Did you mean {nearest!r}?"
        assert any(fault.key.startswith(key) and fault.text.endswith(hint) for fault in told), text


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("qqq=3", "Known: seed, sweep, model, training, tracking, dataset, experiment, hydra."),
        ("dataset.split.qqq=3", "Known: dataset.split.train, dataset.split.val, dataset.split.test."),
    ],
)
def test_where_nothing_is_near_all_are_named(text: str, known: str) -> None:
    assert only_fault(text).text.endswith(known)


def test_a_key_below_a_value_is_refused() -> None:
    assert only_fault("dataset.step.foo=1").key == "dataset.step.foo"


def test_a_hyperparameter_of_other_models_is_told_with_them() -> None:
    others = "conv1d, conv1d_text, conv_gru, conv_lstm, tcn"
    assert is_about(only_fault("model=gru", "model.filters=3"), "model.filters", "model/gru.yaml", "units", others)
    assert is_about(only_fault("model=naive", "model.units=3"), "model.units", "model/naive.yaml")


@pytest.mark.parametrize(
    "text", ["model={filters:3}", "+model={filters:3}", "+model.filters=3", "++model.filters=3", "model._target_=x"]
)
def test_no_way_adds_an_undeclared_hyperparameter(text: str) -> None:
    fault = only_fault(text)
    assert fault.key in ("model.filters", "model._target_")
    assert "model/gru.yaml" in fault.text


OPEN = ["tracking.tags.a=b", "tracking.tags={a:b}", "model.head=[Dense]", "model.layers.0.GRU.dropout=0.1"]


@pytest.mark.parametrize("text", OPEN)
def test_what_may_be_added_wants_a_plus_as_in_hydra(text: str) -> None:
    assert only_fault(text).text.endswith(f"write +{text} to add it.")
    with pytest.raises(HydraException):
        hydra_values([text])
    for plus in ("+", "++"):
        assert as_composed(one(f"{plus}{text}")) == hydra_values([f"{plus}{text}"])


def test_the_keys_of_a_mapping_of_columns_are_the_users_own() -> None:
    assert one("dataset.valid={temp:[200,330]}").series.valid == {"temp": [200, 330]}
    assert one("dataset.valid={temp:[200,330]}", "dataset.valid.rain=[0,null]").series.valid == {
        "temp": [200, 330],
        "rain": [0, None],
    }
    assert one("dataset.sentinels={temp:[0]}").series.sentinels == {"temp": [0]}
    assert one("dataset.sentinels={temp:[0]}", "dataset.sentinels={rain:[1]}").series.sentinels == {
        "temp": [0],
        "rain": [1],
    }
    assert one("dataset.sentinels={temp:[0]}", "dataset.sentinels=[7]").series.sentinels == [7]


@pytest.mark.parametrize(
    "name", ["T (degC)", "Lüfter °C", "a,b: {c}", "it's", 'say "x"', "back\\slash", "rh #2", "max. wv", "x=y", "$"]
)
def test_the_keys_of_a_mapping_may_be_in_quotes(name: str) -> None:
    escaped = name.replace('"', '\\"')
    text = f'dataset.valid={{"{escaped}":[0,1],other:[null,2.5]}}'
    assert one(text).series.valid == {name: [0, 1], "other": [None, 2.5]}


def test_a_mapping_that_cannot_be_read_says_that_names_may_be_in_quotes() -> None:
    assert is_about(only_fault("dataset.valid={T, in (degC):[0,1]}"), "dataset.valid", "double quotes")
    assert only_fault('dataset.valid={"a b":[0,1]},{"c d":[0,1]}').key == "dataset.valid"


def test_plus_on_a_key_that_is_there_is_refused_as_in_hydra() -> None:
    assert is_about(only_fault("+seed=3"), "seed", "'+seed=3'", "+")
    with pytest.raises(HydraException):
        hydra_values(["+seed=3"])
    assert one("+tracking.note=x").tracking.note == hydra_values(["+tracking.note=x"])["tracking"]["note"] == "x"


@pytest.mark.parametrize("text", ["model.layers.5=Flatten", "+model.layers.1=Flatten"])
def test_an_entry_beyond_a_list_is_refused_as_in_hydra(text: str) -> None:
    assert only_fault(text).text.endswith("model.layers holds 1, counted from 0.")
    with pytest.raises(HydraException):
        hydra_values([text])

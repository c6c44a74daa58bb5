from __future__ import annotations

import pytest

from seqexp.config.digests import config_digest, digest_of, group_digest
from seqexp.config.schema import Experiment
from tests.config.oracle import task
from tests.factories import make_plan

COMPUTE = {"jit_compile": True, "threads": 2, "layers": "keras", "device": "cpu"}


def experiment(*overrides: str) -> Experiment:
    return make_plan(overrides).experiments[0]


def config_of(*overrides: str, data: str = "d", **compute: object) -> str:
    return config_digest(experiment(*overrides), data_digest=data, compute={**COMPUTE, **compute})


def task_of(*overrides: str, data: str = "d", rows: int = 420551) -> str:
    return task(experiment(*overrides), data=data, rows=rows)


@pytest.mark.parametrize(
    "override",
    [
        "seed=1",
        "model.units=33",
        "dataset.step=3",
        "dataset.batch_size=64",
        "dataset.sampling=epoch training.steps_per_epoch=null",
        "training.learning_rate=0.01",
        "training.patience=3",
        "training.score_every=8",
        "dataset.repair=off",
        "dataset.sentinels=[-9999,0]",
        "dataset.max_gap=3",
        "dataset.calendar=true",
        "training=quick",
    ],
)
def test_what_changes_a_number_changes_the_config_digest(override: str) -> None:
    assert config_of() != config_of(*override.split())


@pytest.mark.parametrize(
    "override",
    [
        "tracking.run_name=x",
        "tracking.uri=sqlite:///x.db",
        "tracking.note=n",
        "+tracking.tags.a=b",
        "dataset.source=official",
        "dataset.path=elsewhere.csv",
        "dataset.memory=mapped",
        "dataset.format.decimal=','",
        "dataset.official.rows=7",
        "dataset.sentinels=[-9999.0]",
        "model.name=renamed",
        "training.threads=2",
        "training.jit_compile=true",
    ],
)
def test_what_changes_no_number_leaves_the_config_digest(override: str) -> None:
    """How it is computed enters by what was resolved, not by what was asked for."""
    assert config_of() == config_of(override)


@pytest.mark.parametrize("change", [{"jit_compile": False}, {"threads": 1}, {"layers": "other"}, {"data": "e"}])
def test_what_is_computed_with_and_on_changes_the_config_digest(change: dict[str, object]) -> None:
    assert config_of() != config_of(**change)  # type: ignore[arg-type]


def group_of(*overrides: str, data: str = "d", plugins: tuple[str, ...] = (), **others: str) -> str:
    return group_digest(experiment(*overrides), data_digest=data, plugins=plugins, others=others)


@pytest.mark.parametrize(
    "override",
    ["seed=1", "training.threads=2", "training.jit_compile=true", "tracking.note=n", "dataset.split.test.end=400000"],
)
def test_seeds_last_digits_and_the_parts_make_no_group(override: str) -> None:
    assert group_of() == group_of(override)


@pytest.mark.parametrize("override", ["model.units=33", "dataset.step=3", "training.learning_rate=0.01"])
def test_a_choice_makes_a_group(override: str) -> None:
    assert group_of() != group_of(override)


def test_other_plugins_and_other_vectors_make_groups() -> None:
    assert (
        len({group_of(), group_of(plugins=("a",)), group_of(plugins=("b",)), group_of(more="v"), group_of(data="e")})
        == 5
    )


def test_the_same_layers_by_other_names_are_the_same_configuration() -> None:
    assert config_of("model=gru") == config_of("model=gru", "model.layers.0.GRU.units=32")


@pytest.mark.parametrize(
    "same",
    [
        "dataset.step=3",
        "dataset.lookback=720",
        "dataset.calendar=true",
        "dataset.memory=mapped",
        "model=mlp",
        "seed=3",
        "training.epochs=1",
        "dataset.delay=24h",
        "dataset.max_gap=6",
        "dataset.sentinels=[-9999.0,-9999]",
    ],
)
def test_what_is_compared_stays_out_of_the_task(same: str) -> None:
    assert task_of() == task_of(same)


@pytest.mark.parametrize(
    "other",
    [
        "dataset.delay=72",
        "dataset.target='p (mbar)'",
        "dataset.boundary=lecture",
        "dataset.repair=off",
        "dataset.sentinels=[]",
        "dataset.sentinels=[-9999,0]",
        "dataset.sentinels={wv:[0]}",
        "dataset.sentinels={all:[0]}",
        "dataset.valid={wv:[0,null]}",
        "dataset.max_gap=0",
        "dataset.max_gap=null",
        "training.score_every=8",
        "dataset.split.val.end=290000",
    ],
)
def test_another_task_has_another_digest(other: str) -> None:
    assert task_of() != task_of(other)
    assert task_of() != task_of(data="e")


def test_an_open_end_is_the_last_row() -> None:
    assert task_of() == task_of("dataset.split.test.end=420551")
    assert task_of() != task_of("dataset.split.test.end=420550")


def test_order_of_keys_does_not_matter_and_values_do() -> None:
    assert digest_of({"a": 1, "b": [1, 2]}) == digest_of({"b": [1, 2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 2})
    assert len(digest_of({})) == 16


def test_plugins_change_the_config_digest_whatever_their_order() -> None:
    def digest(*plugins: str) -> str:
        return config_digest(experiment(), data_digest="d", compute=COMPUTE, plugins=plugins)

    assert digest() == config_digest(experiment(), data_digest="d", compute=COMPUTE)
    assert digest("a", "b") == digest("b", "a")
    assert len({digest(), digest("a"), digest("b"), digest("a", "b")}) == 4


def test_where_nothing_is_repaired_sentinels_are_nothing() -> None:
    off = "dataset.repair=off"
    assert task_of(off) == task_of(off, "dataset.sentinels=[0]")
    assert config_of(off) == config_of(off, "dataset.sentinels=[0]")


def test_the_order_of_sentinels_does_not_matter() -> None:
    assert task_of("dataset.sentinels=[-9999,0]") == task_of("dataset.sentinels=[0.0,-9999,-0.0]")
    assert config_of("dataset.sentinels=[-9999,0]") == config_of("dataset.sentinels=[-0.0,-9999,0]")


def test_sentinels_are_the_same_as_a_list_and_as_a_mapping() -> None:
    for same in ("{all:[-9999]}", "{}", "{wv:[]}", "{wv:[-9999.0]}", "{all:[-9999.0],wv:[-9999]}"):
        assert task_of(f"dataset.sentinels={same}") == task_of()
        assert config_of(f"dataset.sentinels={same}") == config_of()
    assert task_of("dataset.sentinels={wv:[0,1]}") == task_of("dataset.sentinels={all:[-9999],wv:[1.0,0]}")


def test_a_range_without_ends_is_none() -> None:
    for same in ("null", "{}", "{wv:[null,null]}"):
        assert task_of(f"dataset.valid={same}") == task_of()
        assert config_of(f"dataset.valid={same}") == config_of()
    assert task_of("dataset.valid={wv:[0,60]}") == task_of("dataset.valid={wv:[-0.0,60.0]}")
    off = "dataset.repair=off"
    assert task_of(off, "dataset.valid={wv:[0,60]}") == task_of(off)

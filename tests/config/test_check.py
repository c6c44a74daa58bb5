"""Rules between keys, and interpolations: every broken rule is told, also beside keys with faults of their own."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from seqexp.config.check import experiment_of
from seqexp.config.errors import Fault, InputError
from seqexp.tasks.kinds import monitors
from tests.config.oracle import as_composed, faults, hydra_values, keys_of, one, only_fault
from tests.faults import is_about


def told(**changes: object) -> tuple[Fault, ...]:
    """Return the faults of the default configuration with some dotted keys changed, without composing again."""
    config = OmegaConf.create(DEFAULTS)
    for key, value in changes.items():
        OmegaConf.update(config, key.replace("__", "."), value, merge=True)
    try:
        experiment_of(config, monitors())
    except InputError as error:
        return error.faults
    return ()


DEFAULTS = hydra_values([])


@settings(max_examples=80)
@given(st.integers(1, 3000), st.integers(1, 300))
def test_lookback_is_a_multiple_of_step(lookback: int, step: int) -> None:
    messages = told(dataset__lookback=lookback, dataset__step=step)
    if lookback in range(0, 3001, step):
        assert messages == ()
        return
    (message,) = messages
    assert is_about(message, "dataset.lookback", f"dataset.step ({step})", f"Received: {lookback}.")
    nearest = [int(word.rstrip(".")) for word in message.text.split("Nearest: ")[1].split(" or ")]
    assert nearest
    assert all(value % step == 0 and value > 0 and abs(value - lookback) < step for value in nearest)


ROW = st.integers(-2, 8)
PARTS = ("train", "val", "test")


@settings(max_examples=120)
@given(st.lists(st.tuples(ROW, st.none() | ROW), min_size=3, max_size=3))
def test_splits_of_rows_are_accepted_exactly_where_they_are_ordered_and_not_empty(
    bounds: list[tuple[int, int | None]],
) -> None:
    split = {part: {"first": first, "end": end} for part, (first, end) in zip(PARTS, bounds, strict=True)}
    messages = told(dataset__split=split)
    rows = [set(range(first, 10 if end is None else end)) for first, end in bounds]  # of a series of ten rows
    good = [bool(part) and min(part) >= 0 for part in rows]
    ordered = all(max(a) < min(b) for a, b in itertools.pairwise(rows) if a and b)
    assert (messages == ()) == (all(good) and ordered)
    for part, is_good in zip(PARTS, good, strict=True):
        assert is_good != any(is_about(m, f"dataset.split.{part}", "[first, end)") for m in messages)


def test_every_broken_split_is_told_and_the_others_are_ordered() -> None:
    split = {"train": {"first": 5, "end": 2}, "val": {"first": 10, "end": 30}, "test": {"first": 20, "end": 40}}
    train, val = told(dataset__split=split)
    assert is_about(train, "dataset.split.train", "Received: [5, 2).")
    assert is_about(val, "dataset.split.val", "dataset.split.test", "Received: [10, 30) and [20, 40).")


@pytest.mark.parametrize(
    ("first", "end"), [(0.5, 1.5), (-0.1, 0.5), (0, float("nan")), (float("nan"), 1), (0, float("inf")), (0, 2.5)]
)
def test_fractions_lie_between_0_and_1(first: float, end: float) -> None:
    (message,) = told(dataset__split={"train": {"first": first, "end": end}})
    assert is_about(message, "dataset.split.train", "[0, 1]")


@pytest.mark.parametrize(("first", "end"), [(0, 0.6), (0.1, 0.6), (0.0, 200_000 / 420_551)])
def test_fractions_beside_rows_are_left_to_the_data(first: float, end: float) -> None:
    assert told(dataset__split={"train": {"first": first, "end": end}}) == ()


def test_fractions_are_ordered() -> None:
    split = {"train": {"first": 0.0, "end": 0.6}, "val": {"first": 0.5, "end": 0.8}, "test": {"first": 0.8}}
    (fault,) = told(dataset__split=split | {"test": {"first": 0.8, "end": None}})
    assert is_about(fault, "dataset.split.train", "dataset.split.val", "Received: [0.0, 0.6) and [0.5, 0.8).")


def test_each_window_once_leaves_no_choice_of_steps() -> None:
    (message,) = told(dataset__sampling="epoch", training__steps_per_epoch=7)
    assert is_about(message, "training.steps_per_epoch", "dataset.sampling=epoch", "Received: 7.")
    assert told(dataset__sampling="epoch", training__steps_per_epoch=None) == ()


def test_rules_between_keys_are_told_beside_keys_with_faults_of_their_own() -> None:
    messages = faults(
        "seed=-1", "dataset.delay=-1", "dataset.step=7", "dataset.split.val.end=1", "dataset.sampling=epoch",
        "training.epochs=0", "model.units=0", "model.layers.0=3",
    )  # fmt: skip
    assert keys_of(messages) == [
        "model.units", "model.layers.0", "seed", "dataset.delay", "training.epochs",
        "dataset.lookback", "dataset.split.val", "training.steps_per_epoch",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("overrides", "lead", "delay"),
    [
        ((), None, 144),
        (("dataset.lead=24h",), "24h", None),
        (("dataset.delay=0",), None, 0),
        (("dataset=csv", "dataset.path=x.csv"), 24, None),
        (("dataset=csv", "dataset.path=x.csv", "dataset.delay=3"), None, 3),
        (("dataset.lead=null",), None, 144),
        (("dataset={lead: 24h}",), "24h", None),
        (("dataset.delay=null",), 24, None),
    ],
)
def test_a_lead_given_replaces_the_delay_and_the_other_way_round(
    overrides: tuple[str, ...], lead: object, delay: object
) -> None:
    found = one(*overrides).series
    assert (found.lead, found.delay) == (lead, delay)


def test_lead_and_delay_are_not_both_given() -> None:
    assert is_about(only_fault("dataset.lead=3", "dataset.delay=3"), "dataset.lead", "Received: 3, and 3")
    for mapping, said in (("{a:1}", "{'a': 1}"), ("{}", "{}")):
        found = only_fault("dataset.lead=3", f"dataset.delay={mapping}")
        assert is_about(found, "dataset.delay", f"Received: {said}.")


def test_a_rule_is_not_told_where_one_of_its_keys_is_at_fault() -> None:
    assert keys_of(told(dataset__step=0, dataset__lookback=7)) == ["dataset.step"]
    assert keys_of(told(dataset__split={"val": {"first": "x"}})) == ["dataset.split.val.first"]


def test_interpolations_are_resolved() -> None:
    assert one("dataset.delay=${dataset.step}", "dataset.step=3").dataset.delay == 3


def test_every_interpolation_that_fails_is_told_beside_other_faults() -> None:
    messages = faults(
        "dataset.step=${dataset.nope}", "dataset.delay=${training.epochs}", "training.epochs=${dataset.delay}",
        "model.units=${nope:1}", "tracking.note=${tracking.note}", "seed=-1",
    )  # fmt: skip
    assert keys_of(messages) == [
        "dataset.step", "dataset.delay", "model.units", "model.layers.0.GRU.units", "training.epochs", "tracking.note",
        "seed",
    ]  # fmt: skip
    assert "'dataset.nope'" in messages[0].text


def test_an_interpolation_is_held_to_the_type_of_its_key() -> None:
    assert is_about(only_fault("dataset.delay=${dataset.target}"), "dataset.delay", "Received: 'T (degC)'.")


@pytest.mark.parametrize("section", ["dataset", "model", "training", "tracking", "seed"])
def test_a_missing_section_is_told(section: str) -> None:
    values = {key: value for key, value in DEFAULTS.items() if key != section}
    with pytest.raises(InputError) as caught:
        experiment_of(OmegaConf.create(values), monitors())
    assert any(is_about(fault, section, "missing") for fault in caught.value.faults)


@pytest.mark.parametrize("value", [None, 3, "x", [1]])
def test_a_section_that_is_no_mapping_is_told(value: object) -> None:
    with pytest.raises(InputError) as caught:
        experiment_of(OmegaConf.create(DEFAULTS | {"dataset": value, "model": value, "seed": -1}), monitors())
    assert {"seed", "dataset", "model"} == set(keys_of(caught.value.faults))


def test_hydras_own_section_is_ignored() -> None:
    experiment = experiment_of(OmegaConf.create(DEFAULTS | {"hydra": {"x": "${nothing}"}}), monitors())
    assert as_composed(experiment) == DEFAULTS


LENGTHS = st.sampled_from(["ms", "s", "min", "h", "d", "w"])


@settings(max_examples=80)
@given(st.integers(1, 400), LENGTHS, st.integers(1, 60), LENGTHS)
def test_lookback_is_a_multiple_of_step_in_time(long: int, long_unit: str, short: int, short_unit: str) -> None:
    messages = told(dataset__lookback=f"{long}{long_unit}", dataset__step=f"{short}{short_unit}")
    milliseconds = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
    lookback, step = long * milliseconds[long_unit], short * milliseconds[short_unit]
    if lookback % step == 0:
        assert messages == ()
        return
    (message,) = messages
    assert is_about(message, "dataset.lookback", f"({short}{short_unit})", f"Received: {long}{long_unit}.")
    for near in message.text.split("Nearest: ")[1].removesuffix(".").split(" or "):
        number, unit = near.rstrip("msinhdw"), near.lstrip("0123456789")
        value = int(number) * milliseconds[unit]
        assert value > 0
        assert value % step == 0
        assert abs(value - lookback) < step
        assert told(dataset__lookback=near, dataset__step=f"{short}{short_unit}") == ()


def test_lookback_and_step_of_nothing() -> None:
    found = told(dataset__lookback="0d", dataset__step="0.0h")
    assert keys_of(found) == ["dataset.lookback", "dataset.step"]
    assert all("Received: 0." in fault.text for fault in found)


@pytest.mark.parametrize(("lookback", "step"), [("10d", 7), (1440, "25min"), ("1us", 10**9)])
def test_rows_beside_times_are_left_to_the_data(lookback: int | str, step: int | str) -> None:
    assert told(dataset__lookback=lookback, dataset__step=step) == ()


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"url": None}, "dataset.url"),
        ({"official": None}, "dataset.path"),
        ({"official": None, "source": "official"}, "dataset.path"),
        ({"stand_in": None, "source": "simulated"}, "dataset.source"),
        ({"stand_in": None, "source": "auto"}, None),
        ({"official": None, "url": None, "source": "simulated"}, None),
        ({"official": None, "url": None, "stand_in": None, "path": "x.csv"}, None),
        ({"official": None, "url": None, "stand_in": None, "path": "x.csv", "source": "simulated"}, None),
    ],
)
def test_there_must_be_data_to_be_had(changes: dict[str, object], key: str | None) -> None:
    config = OmegaConf.create(DEFAULTS)
    for name, value in changes.items():
        OmegaConf.update(config, f"dataset.{name}", value, merge=False)
    if key is None:
        experiment_of(config, monitors())
        return
    with pytest.raises(InputError) as caught:
        experiment_of(config, monitors())
    assert keys_of(caught.value.faults) == [key]


def test_the_dataset_of_ones_own_asks_for_a_file() -> None:
    assert only_fault("dataset=csv").key == "dataset.path"
    assert one("dataset=csv", "dataset.path=x.csv").dataset.target is None


@pytest.mark.parametrize("stamp", ["yesterday", "2009-13-01", "31.12.2016 23:50:00", ""])
def test_official_time_stamps_are_time_stamps(stamp: str) -> None:
    (message,) = told(dataset__official__first=stamp)
    assert is_about(message, "dataset.official.first", f"Received: {stamp!r}.")


def test_official_time_stamps_have_no_zone() -> None:
    (fault,) = told(dataset__official__last="2017-01-01T00:00:00+01:00")
    assert is_about(fault, "dataset.official.last", "time zone", "Received: '2017-01-01T00:00:00+01:00'.")

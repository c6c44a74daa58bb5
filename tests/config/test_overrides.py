"""The command line's texts: what can't be read or isn't supported is told, each with its text."""

from __future__ import annotations

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from seqexp.config.overrides import last_of_each_key, parse, quoted
from tests.config.oracle import faults, keys_of, one, only_fault
from tests.faults import is_about

HARD = st.text(st.sampled_from(list("\\'\"${}x:,=[]() \n\t#é~@+-")), max_size=12)
ANYTHING = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@settings(max_examples=300)
@given(HARD | ANYTHING)
def test_a_quoted_text_arrives_literally(text: str) -> None:
    override = OverridesParser.create().parse_override(f"key={quoted(text)}")
    assert not override.is_sweep_override()
    config = OmegaConf.create({"key": override.value()})
    assert OmegaConf.to_container(config, resolve=True) == {"key": text}


@settings(max_examples=150)
@given(HARD)
def test_a_quoted_text_survives_the_round_through_hydras_sweeper(text: str) -> None:
    override = OverridesParser.create().parse_override(f"key={quoted(text)}")
    again = OverridesParser.create().parse_override(f"key={override.get_value_element_as_str()}")
    assert OmegaConf.create({"key": again.value()}).key == text


@settings(max_examples=120)
@given(st.lists(ANYTHING | HARD | st.from_regex(r"[+~]{0,2}[a-z./@]{0,9}=.{0,9}", fullmatch=True), max_size=4))
def test_any_texts_are_read_or_refused_and_none_is_lost(texts: list[str]) -> None:
    parsed, told = parse(texts)
    assert len(parsed) + len(told) == len(texts)
    assert [item.text for item in parsed] == [text for text in texts if text in {item.text for item in parsed}]


UNSUPPORTED = [
    "model", "=3", "", "a b=3", "dataset..step=3", ".seed=1", "seed.=1", "/model=gru", "model.units=8 # x",
    "training.loss=mae,", "tracking.note=${", "seed=[1", "seed={a", "seed='1", "seed=f(1)", "séed=3",
    "~seed", "~seed=0", "dataset@foo=jena", "model@x:y=gru", "experiment.foo=3", "experiment={a:b}",
    "hydra.searchpath=[file:///tmp]", "+model@x=gru",
]  # fmt: skip


def test_what_is_not_supported_is_told_with_its_text_beside_other_faults() -> None:
    *told, last = faults(*UNSUPPORTED, "seed=-1")
    for text, fault in zip(UNSUPPORTED, told, strict=True):
        assert repr(text) in fault.text
    assert is_about(last, "seed", "Received: -1.")


def test_bytes_that_are_no_text_are_refused() -> None:
    assert only_fault("tracking.note='\udcff'").text.endswith("is not valid UTF-8.")


def test_a_very_long_value_is_cut_in_the_message() -> None:
    told = only_fault(f"seed={'x' * 100_000}")
    assert is_about(told, "seed", "(100,002 characters)")
    assert len(told.text) < 500


@pytest.mark.parametrize(("group", "wrong", "hint"), [
    ("model", "gro", "Did you mean 'gru'?"),
    ("training", "quik", "Did you mean 'quick'?"),
    ("dataset", "jenna", "Did you mean 'jena'?"),
    ("tracking", "locale", "Did you mean 'local'?"),
    ("experiment", "jena_step_unit", "Did you mean 'jena_step_units'?"),
    ("model", "null", ""),
    ("model", "", ""),
    ("experiment", "null", ""),
    ("model", "[gru,mlp]", ""),
])  # fmt: skip
def test_an_unknown_choice_is_told_with_all_and_the_nearest(group: str, wrong: str, hint: str) -> None:
    told = only_fault(f"{group}={wrong}")
    assert is_about(told, group, f"Received: {wrong!r}.")
    assert told.text.endswith(hint)


def test_values_under_an_unknown_choice_are_not_blamed() -> None:
    told = faults("model=gro", "model.nothing=1", "training.epochs=0")
    assert keys_of(told) == ["model", "training.epochs"]


def test_the_last_of_two_counts() -> None:
    assert one("seed=1", "seed=2").seed == 2
    assert one("model=gru", "model=mlp").model.name == "mlp"
    assert only_fault("seed=1", "seed=-2") == only_fault("seed=-2")
    assert one("seed=-2", "seed=1").seed == 1


def test_last_of_each_key_keeps_the_first_place() -> None:
    parsed, _ = parse(["seed=1", "model.units=2", "seed=3"])
    assert [item.text for item in last_of_each_key(parsed)] == ["seed=3", "model.units=2"]

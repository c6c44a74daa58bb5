"""The command line's texts: what can't be read or isn't supported is told, each with its text."""

from __future__ import annotations

from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from seqexp.config.overrides import as_list, as_mapping, as_value, expand, last_of_each_key, parse, quoted
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


# What Hydra and YAML would read as something else than these letters.
OTHERWISE = st.sampled_from(
    ["true", "False", "null", "NaN", "-inf", "7e10", "1.10", "007", "1_0", "a:b", "a.b", "${x}"]
)
TEXTS = HARD | ANYTHING | OTHERWISE
NUMBERS = st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False)
ELEMENTS = TEXTS | NUMBERS | st.none()


def read_back(text: str) -> Any:
    (item,), told = parse([text])
    assert (told, item.is_sweep) == ([], False), told
    return OmegaConf.to_container(OmegaConf.create({"key": item.override.value()}), resolve=True)["key"]  # type: ignore[call-overload, index]


@settings(max_examples=150)
@given(st.dictionaries(TEXTS, TEXTS | st.lists(ELEMENTS, max_size=3), max_size=3))
def test_any_names_and_values_of_a_mapping_are_read_as_they_are(mapping: dict[str, Any]) -> None:
    assert read_back(f"dataset.where={as_mapping(mapping)}") == mapping


@settings(max_examples=100)
@given(st.lists(ELEMENTS, max_size=4))
def test_any_list_is_read_as_it_is(values: list[Any]) -> None:
    assert read_back(f"dataset.format.drop={as_list(values)}") == values


@settings(max_examples=150)
@given(TEXTS)
def test_a_text_as_a_value_is_read_as_it_is(text: str) -> None:
    assert read_back(f"tracking.note={as_value(text)}") == text


@settings(max_examples=100)
@given(st.lists(TEXTS, min_size=2, max_size=4, unique=True))
def test_the_values_of_a_sweep_are_those_that_were_given(texts: list[str]) -> None:
    (item,), _ = parse([f"dataset.where.id={','.join(map(as_value, texts))}"])
    jobs = [job[0] for job in expand([item], None)]
    assert [OmegaConf.create({"key": job.override.value()}).key for job in jobs] == texts


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"a": [999, None, 0.5], "T (degC)": [-5]}, '{a:[999,null,0.5],"T (degC)":[-5]}'),
        ({"st": "True", "id": "7e10", "version": "1.10"}, '{st:"True",id:"7e10",version:"1.10"}'),
        ({"null": "Null", "station_1": "two words"}, '{"null":"Null",station_1:"two words"}'),
        ({"a\\b": 1, 'say "hi"': 2, "it's": 3}, r"""{"a\b":1,"say \"hi\"":2,"it's":3}"""),
    ],
)
def test_what_needs_no_quotes_has_none(content: dict[str, Any], text: str) -> None:
    assert as_mapping(content) == text
    assert read_back(f"key={text}") == content


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

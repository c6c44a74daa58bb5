"""What a search draws from, as overrides and as YAML say it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.config.overrides import parse
from seqexp.config.search.grammar import among_override, entry_of_yaml
from seqexp.config.search.space import Among, Choice, Entry, Fixed, Real, Space, Whole, in_order


def among(text: str) -> Among:
    (item,), faults = parse([text], intervals=True)
    assert faults == []
    return among_override(item, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=range(4,6)", Whole(4, 5)),
        ("a=range(3)", Whole(0, 2)),
        ("a=range(8,65,8)", Whole(8, 64, 8)),
        ("a=range(8,64,8)", Whole(8, 56, 8)),
        ("a=range(10,0,-2)", Whole(2, 10, 2)),
        ("a=shuffle(range(1,4))", Whole(1, 3)),
        ("a=range(0,1000000)", Whole(0, 999_999)),
        ("a=tag(log,range(1,129))", Whole(1, 128, log=True)),
        ("a=range(0,0.5,0.1)", Real(0.0, 0.4, 0.1)),
        ("a=interval(1,5)", Real(1.0, 5.0)),
        ("a=int(interval(1,5))", Whole(1, 5)),
        ("a=tag(log,interval(1e-4,1e-2))", Real(1e-4, 1e-2, log=True)),
        ("a=tag(log,int(interval(1,64)))", Whole(1, 64, log=True)),
        ("a=3,6", Choice((3, 6), ("3", "6"))),
        ("a=choice(gru,conv_gru)", Choice(("gru", "conv_gru"), ("gru", "conv_gru"))),
        ("a=null,'x y',true", Choice((None, "x y", True), ("null", "'x y'", "True"))),
        ("a=[1],[2]", Choice(("[1]", "[2]"), ("[1]", "[2]"))),
        ("a=3", Fixed(3, "3")),
    ],
)
def test_an_override_says_what_is_drawn(text: str, expected: Among) -> None:
    assert among(text) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a=range(6,4)", "names no value to search"),
        ("a=interval(3,1)", "must go from a finite number to one that is not less"),
        ("a=interval(0,inf)", "must go from a finite number"),
        ("a=tag(log,interval(0,1))", "must begin above 0"),
        ("a=tag(log,range(1,9,2))", "log goes without steps"),
        ("a=tag(log,choice(1,2))", "log is for numbers"),
        ("a=tag(lgo,interval(1,2))", "Received: 'lgo'. Did you mean 'log'?"),
        ("a=choice(1,1.0)", "names 1.0 twice"),
    ],
)
def test_what_nothing_can_be_drawn_from_is_refused(text: str, fault: str) -> None:
    with pytest.raises(InputError, match=r".*") as caught:
        among(text)
    assert fault in str(caught.value)


@given(st.integers(-1000, 1000), st.integers(1, 500), st.integers(1, 60))
def test_a_range_of_whole_numbers_is_pythons(start: int, length: int, step: int) -> None:
    found = among(f"a=range({start},{start + length},{step})")
    assert isinstance(found, Whole)
    assert list(range(found.low, found.high + 1, found.step)) == list(range(start, start + length, step))


@given(st.integers(0, 50), st.integers(1, 40))
def test_a_range_of_decimals_has_them_as_they_are_written(tenths: int, count: int) -> None:
    found = among(f"a=range({tenths / 10},{(tenths + count) / 10},0.1)")
    assert isinstance(found, Real)
    drawn = [found.text(found.low + index * 0.1) for index in range(count)]
    assert drawn == [str((tenths + index) / 10) for index in range(count)]
    assert found.high == (tenths + count - 1) / 10


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("range(4,6)", Entry("a.b", Whole(4, 5), element="a.b")),
        ({"int": [8, 64], "step": 8}, Entry("a.b", Whole(8, 64, 8), element="a.b")),
        ({"int": [8, 60], "step": 8}, Entry("a.b", Whole(8, 56, 8), element="a.b")),
        ({"float": [0, 0.5], "step": 0.2}, Entry("a.b", Real(0.0, 0.4, 0.2), element="a.b")),
        ({"float": [1e-4, 1e-2], "log": True}, Entry("a.b", Real(1e-4, 1e-2, log=True), element="a.b")),
        (
            {"choice": ["gru", None, "true", "a b"]},
            Entry("a.b", Choice(("gru", None, "true", "a b"), ("gru", "null", "'true'", "'a b'")), element="a.b"),
        ),
        (
            {"float": [0, 0.5], "when": {"model": "gru", "x": [1, 2]}},
            Entry("a.b", Real(0.0, 0.5), {"model": ("gru",), "x": (1, 2)}, "a.b"),
        ),
        ({"value": 3, "when": {"model": "gru"}}, Entry("a.b", Fixed(3, "3"), {"model": ("gru",)}, "a.b")),
        (3, Entry("a.b", Fixed(3, "3"), element="a.b")),
    ],
)
def test_yaml_says_what_is_drawn(written: Any, expected: Entry) -> None:
    assert entry_of_yaml("a.b", written, None) == expected


@pytest.mark.parametrize(
    ("written", "faults"),
    [
        ([3, 6], ["must be a text or a mapping such as"]),
        ({"ints": [1, 2]}, ["must have one of int, float, choice, value"]),
        ({"int": [1, 2], "float": [1, 2]}, ["must have one of int, float, choice, value"]),
        ({"int": [1, 2.5]}, ["a.int must be two whole numbers, [lowest, highest]. Received: [1, 2.5]"]),
        (
            {"int": [1, 2], "stepp": 2, "log": "yes"},
            ["a.stepp is not a key. Did you mean 'step'?", "a.log must be true or false"],
        ),
        ({"choice": []}, ["a.choice must be a list of values. Received: []"]),
        ({"choice": [1], "when": "model"}, ["a.when must be a mapping such as {model: gru}. Received: 'model'"]),
        ("interval(2,1)", ["must go from a finite number"]),
    ],
)
def test_every_fault_of_an_entry_is_told(written: Any, faults: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        entry_of_yaml("a", written, None)
    assert len(caught.value.texts) == len(faults)
    assert all(part in fault for part, fault in zip(faults, caught.value.texts, strict=True))


def test_a_condition_is_asked_after_what_it_names() -> None:
    model = Entry("model", Choice(("gru", "mlp"), ("gru", "mlp")))
    dropout = Entry("model.dropout", Real(0.0, 0.5), {"model": ("gru",)})
    deep = Entry("model.depth", Whole(1, 3), {"model.dropout": (0.0,)})
    ordered, circle = in_order([deep, dropout, model])
    assert (ordered, circle) == ([model, dropout, deep], [])
    space = Space(tuple(ordered))
    asked: list[str] = []

    def suggest(entry: Entry) -> str | float:
        asked.append(entry.key)
        return "mlp" if entry is model else 0.25

    assert space.draw(suggest) == {"model": "mlp"}
    assert asked == ["model"]
    assert space.overrides({"model": "gru", "model.dropout": 0.25}) == ["model=gru", "model.dropout=0.25"]


def test_conditions_in_a_circle_are_found() -> None:
    one, two = Entry("a", Whole(1, 2), {"b": (1,)}), Entry("b", Whole(1, 2), {"a": (1,)})
    assert in_order([one, two]) == ([], [one, two])

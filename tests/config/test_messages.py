"""What a field allows, in words, for every kind of field; one message a key."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from seqexp.config.errors import Fault
from seqexp.config.messages import allowed_of, faults_of
from seqexp.config.schema import DURATION, Number, Sentinels


class Inner(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    size: int = 1


class Example(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    count: Annotated[int, Field(ge=1)] = 1
    maybe: Annotated[int, Field(ge=1)] | None = None
    between: float = Field(0.5, gt=0, lt=1)
    finite: float = Field(0.5, allow_inf_nan=False)
    number: int | float = 0
    text: str = ""
    name: Annotated[str, StringConstraints(min_length=1)] | None = None
    flag: bool = False
    one: Literal["red", "green"] = "red"
    switch: Literal["auto"] | bool = "auto"
    tags: dict[str, str] = {}
    items: list[int] = []
    sentinels: list[Number] = []
    codes: Sentinels = []
    ranges: dict[str, list[Number | None]] | None = None
    length: Annotated[int, Field(ge=1)] | Annotated[str, StringConstraints(pattern=DURATION)] = 1
    inner: Inner = Inner()
    other: Inner | None = None


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("count", "an integer >= 1"),
        ("maybe", "an integer >= 1 or null"),
        ("between", "a number > 0 and < 1"),
        ("finite", "a finite number"),
        ("number", "a number"),
        ("text", "a text"),
        ("name", "a non-empty text or null"),
        ("flag", "true or false"),
        ("one", "one of red, green"),
        ("switch", "one of auto, true, false"),
        ("tags", "a mapping"),
        ("items", "a list"),
        ("codes", "a list or a mapping"),
        ("ranges", "a mapping or null"),
        ("length", "an integer >= 1 or a time such as 10d, 1h or 30min"),
        ("inner", "a mapping"),
        ("other", "a mapping or null"),
    ],
)
def test_words(field: str, words: str) -> None:
    assert allowed_of(Example.model_fields[field]) == words


def told(**values: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Example.model_validate(values)
    return [fault.text for fault in faults_of(caught.value, Example)]


def test_one_message_a_key() -> None:
    assert told(count=0, switch=3, one="gren", tags={"a": 1, "b": "x"}, inner={"sise": 3}, maybe="x") == [
        "count must be an integer >= 1. Received: 0.",
        "maybe must be an integer >= 1 or null. Received: 'x'.",
        "one must be one of red, green. Received: 'gren'. Did you mean 'green'?",
        "switch must be one of auto, true, false. Received: 3.",
        "tags.a must be a text. Received: 1.",
        "inner.sise is not a key. Did you mean 'inner.size'?",
    ]


def test_prefix() -> None:
    with pytest.raises(ValidationError) as caught:
        Example.model_validate({"inner": 3})
    (fault,) = faults_of(caught.value, Example, "part")
    assert fault == Fault("part.inner", "part.inner must be a mapping. Received: 3.")


def test_what_is_wrong_within_a_list_is_told_by_its_place() -> None:
    assert told(items=[1, "x", 2.5], sentinels=[-9999, float("nan"), 1.5], length="10 days") == [
        "items.1 must be an integer. Received: 'x'.",
        "items.2 must be an integer. Received: 2.5.",
        "sentinels.1 must be an integer >= -2**63 and < 2**63 or a finite number. Received: nan.",
        "length must be an integer >= 1 or a time such as 10d, 1h or 30min. Received: '10 days'.",
    ]
    assert told(items=3) == ["items must be a list. Received: 3."]


def test_what_is_wrong_within_a_list_or_a_mapping_is_told_by_its_place_in_either() -> None:
    assert told(codes=[1, "x"]) == [
        "codes.1 must be an integer >= -2**63 and < 2**63 or a finite number. Received: 'x'."
    ]
    assert told(codes={"a": [1, "x"]}) == [
        "codes.a.1 must be an integer >= -2**63 and < 2**63 or a finite number. Received: 'x'."
    ]
    assert told(codes={"a": 3}) == ["codes.a must be a list. Received: 3."]
    assert told(codes=3) == ["codes must be a list or a mapping. Received: 3."]
    assert told(ranges={"a": [None, "x"]}) == [
        "ranges.a.1 must be an integer >= -2**63 and < 2**63 or a finite number or null. Received: 'x'."
    ]
    assert told(ranges=[3]) == ["ranges must be a mapping or null. Received: [3]."]


def test_what_is_wrong_within_a_section_that_may_be_null_is_told_by_its_key() -> None:
    assert told(other={"size": "x"}) == ["other.size must be an integer. Received: 'x'."]
    assert told(other={"sise": 3}) == ["other.sise is not a key. Did you mean 'other.size'?"]
    assert told(other=3) == ["other must be a mapping or null. Received: 3."]

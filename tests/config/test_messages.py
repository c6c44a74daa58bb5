"""What a field allows, in words, for every kind of field; one message a key."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from seqexp.config.messages import allowed_of, faults_of


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
    inner: Inner = Inner()


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
        ("inner", "a mapping"),
    ],
)
def test_words(field: str, words: str) -> None:
    assert allowed_of(Example.model_fields[field]) == words


def told(**values: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Example.model_validate(values)
    return faults_of(caught.value, Example)


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
    assert faults_of(caught.value, Example, "part") == ["part.inner must be a mapping. Received: 3."]

"""Texts that Hydra's grammar doesn't know, such as names of columns with units, are taken as they are written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.config.overrides import as_list, as_value, parse
from tests.config.oracle import only_fault, plan
from tests.faults import is_about

NAME = st.text("abT°é ()/%.'-_", min_size=1, max_size=12).map(str.strip).filter(lambda name: name[:1] not in ("", "'"))
CSV = ["dataset=csv", "dataset.path=any.csv"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("dataset.target=T (degC)", "T (degC)"),
        ("dataset.target='T (degC)'", "T (degC)"),
        ('dataset.target="T (degC)"', "T (degC)"),
        ("dataset.target=max. wv (m/s)", "max. wv (m/s)"),
        ("dataset.target=rh (%)", "rh (%)"),
        ("dataset.target=Température", "Température"),
        ("dataset.target=Newton's (N)", "Newton's (N)"),
        ("dataset.target=smile :)", "smile :)"),
        ("dataset.target=T [K", "T [K"),
        ("dataset.format.drop=[T (degC),rh (%)]", ["T (degC)", "rh (%)"]),
        ("dataset.format.drop=[ T (degC) , 'a, b', x]", ["T (degC)", "a, b", "x"]),
        ("dataset.categories=[Straße (Süd)]", ["Straße (Süd)"]),
        ("dataset.where={station:Haus (Süd)}", {"station": "Haus (Süd)"}),
        ("dataset.where={Straße:[Nord (1),'b:c']}", {"Straße": ["Nord (1)", "b:c"]}),
        ('dataset.valid={T (degC):[0,1],"rh (%)":[0,100]}', {"T (degC)": [0, 1], "rh (%)": [0, 100]}),
        ("tracking.note=ready (at last)", "ready (at last)"),
        ("+tracking.tags.who=Zoë", "Zoë"),
    ],
)
def test_a_text_is_taken_as_it_is_written(text: str, value: Any) -> None:
    parsed, faults = parse([text])
    assert (faults, [item.override.value() for item in parsed]) == ([], [value])
    again, faults = parse([parsed[0].text])
    assert (faults, [item.override.value() for item in again]) == ([], [value])


@settings(max_examples=200)
@given(
    st.text("abT°é ()/%.'-_", min_size=1, max_size=12).map(str.strip).filter(lambda name: name and name[0] not in "'")
)
def test_whatever_a_column_is_called_its_name_is_taken_in_a_list_and_alone(name: str) -> None:
    for text, value in ((f"dataset.target={as_value(name)}", name), (f"dataset.categories={as_list([name])}", [name])):
        parsed, faults = parse([text])
        assert (faults, [item.override.value() for item in parsed]) == ([], [value])
    parsed, faults = parse([f"dataset.target={name}"])
    assert (faults, [str(item.override.value()) for item in parsed]) == ([], [name])


def test_several_are_a_sweep() -> None:
    made = plan(*CSV, "dataset.target=T (degC),rh (%)", multirun=True)
    assert [one.series.target for one in made.experiments] == ["T (degC)", "rh (%)"]
    again = [plan(*CSV, *texts).experiments[0].series.target for texts in made.overrides]
    assert again == ["T (degC)", "rh (%)"]


@pytest.mark.parametrize("text", ["training.epochs=3)", "model.units=(8", "model=gru (2)"])
def test_elsewhere_it_is_a_slip(text: str) -> None:
    assert is_about(only_fault(text), text.partition("=")[0], repr(text))

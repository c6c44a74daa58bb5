from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.text.labelled_texts import are_measurements, numbered


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["pos", "neg"], ("neg", "pos")),
        (["Positive", "negative"], ("negative", "Positive")),
        (["1", "0"], ("0", "1")),
        (["10", "9", "-1"], ("-1", "9", "10")),
        (["1.0", "0.0", "1"], ("0", "1")),
        (["true", "false"], ("false", "true")),
        (["yes", "no"], ("no", "yes")),
        (["5", "nan", "inf"], ("5", "inf", "nan")),
    ],
)
def test_the_order_of_classes(labels: list[str], classes: tuple[str, ...]) -> None:
    found, numbers = numbered(labels)
    assert found == classes
    assert numbers.max() == len(classes) - 1


@given(st.lists(st.sampled_from(["neg", "pos", "neutral", "Neg"]), min_size=1))
def test_each_label_keeps_its_name(labels: list[str]) -> None:
    classes, numbers = numbered(labels)
    assert [classes[number] for number in numbers] == labels
    assert set(classes) == set(labels)


def test_numbers_with_fractions_are_measurements() -> None:
    assert are_measurements(["0.5", "1.0"])
    assert not are_measurements(["0", "1.0"])
    assert not are_measurements(["0.5", "pos"])

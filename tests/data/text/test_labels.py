from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.text.labelled_texts import are_measurements, numbered, with_labels
from tests.data.text.helpers import corpus_of
from tests.faults import is_about


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
        (["10 stars", "9 stars", "1 star"], ("1 star", "9 stars", "10 stars")),
        (["4.5 stars", "5 stars", "4 stars", "10 stars"], ("4 stars", "4.5 stars", "5 stars", "10 stars")),
        (["10", "9", "none"], ("9", "10", "none")),
        (["class 10", "Class 9", "class 9b", "class"], ("class", "Class 9", "class 9b", "class 10")),
        (["\u2605\u2605", "\u2605", "\u2605\u2605\u2605"], ("\u2605", "\u2605\u2605", "\u2605\u2605\u2605")),
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


@given(st.permutations(["2 stars", "10 stars", "Neg", "neg", "1", "9", "\u597d"]))
def test_the_order_of_classes_is_no_matter_of_the_rows(labels: list[str]) -> None:
    assert numbered(labels)[0] == ("1", "2 stars", "9", "10 stars", "Neg", "neg", "\u597d")


def classes_of(*names: str, labels: list[int]) -> Any:
    corpus = corpus_of([f"text {number}" for number in labels], labels)
    return with_names(corpus, names)


def with_names(corpus: Any, names: tuple[str, ...]) -> Any:
    from dataclasses import replace

    return replace(corpus, classes=names)


def test_labels_that_are_one_are_joined() -> None:
    corpus = classes_of("negative", "POSITIVE", "Positive", "positive", labels=[0, 1, 2, 3, 1])
    joined = with_labels(corpus, {"Positive": "positive", "POSITIVE": "positive"})
    assert joined.classes == ("negative", "positive")
    assert joined.labels.tolist() == [0, 1, 1, 1, 1]
    assert joined.digest != corpus.digest
    other = with_labels(corpus, {"Positive": "good", "POSITIVE": "good", "positive": "good"})
    assert (other.classes, other.labels.tolist()) == (("good", "negative"), [1, 0, 0, 0, 0])
    np.testing.assert_array_equal(joined.tokens, corpus.tokens)
    assert with_labels(corpus, {}) is corpus


def test_numbers_are_joined_as_they_are_written_or_as_they_are_called() -> None:
    stars = classes_of("1", "2", "3", "4", "5", labels=[0, 1, 2, 3, 4])
    joined = with_labels(stars, {"1": "bad", "2.0": "bad", "3": 4})
    assert joined.classes == ("4", "5", "bad")
    assert joined.labels.tolist() == [2, 2, 0, 0, 1]


def test_joined_labels_keep_their_names_at_once() -> None:
    """Each label is renamed as it is written: two may change places."""
    swapped = with_labels(classes_of("a", "b", "c", labels=[0, 1, 2]), {"a": "b", "b": "a"})
    assert [swapped.classes[number] for number in swapped.labels] == ["b", "a", "c"]


def test_a_class_without_a_name_is_refused() -> None:
    corpus = classes_of("1", "2", "3", labels=[0, 1, 2])
    with pytest.raises(InputError) as caught:
        with_labels(corpus, {"1": " "})
    (fault,) = caught.value.faults
    assert is_about(fault, "dataset.labels.1", "Received: ' '")


def test_what_each_label_counts_as_is_known() -> None:
    stars = classes_of("1", "2", "3", labels=[0, 1, 2])
    assert with_labels(stars, {"1": "bad", "2.0": "bad"}).joined == {"1": "bad", "2": "bad", "3": "3"}
    assert stars.joined == {}


def test_labels_that_there_are_not_and_classes_that_are_none_are_refused() -> None:
    corpus = classes_of("negative", "positive", labels=[0, 1])
    with pytest.raises(InputError) as caught:
        with_labels(corpus, {"Positiv": "positive", "negative": "positive"})
    unknown, one = caught.value.faults
    assert is_about(unknown, "dataset.labels.Positiv", "Received: 'Positiv'.", "Did you mean 'positive'?")
    assert is_about(one, "dataset.labels", "2 classes", "'positive'")

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.arrays import PARTS
from seqexp.data.findings import CheckResult
from seqexp.data.survey.text_findings import alike_labels, alike_texts, class_sizes, odd_labels, repeated_texts
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.labelled_texts import with_labels
from tests.config.oracle import one
from tests.data.helpers import numbers
from tests.data.text.helpers import corpus_of, random_corpus


def said(corpus: Corpus) -> dict[str, str]:
    given = {part: corpus.rows_given(part) for part in PARTS}
    found = [*repeated_texts(corpus), *alike_texts(corpus, given), *class_sizes(corpus), *alike_labels(corpus)]
    return {item.name: f"{item.level}: {item.text}" for item in found}


def test_what_is_found() -> None:
    texts = ["good film", "bad film", "Good film!", "bad film", "so so", "bad film"]
    corpus = corpus_of(texts, [1, 0, 1, 0, 0, 1], given=[0, 0, 2, 2, 1, 2])
    found = said(corpus)
    assert {name: (text.partition(":")[0], numbers(text)) for name, text in found.items()} == {
        "repeated texts": ("note", ["3", "1"]),
        "texts in two parts": ("finding", ["3"]),
        "small classes": ("finding", ["10", "3", "3"]),
    }
    assert "of the test part" in found["texts in two parts"]
    assert "'neg' 3, 'pos' 3" in found["small classes"]


def test_nothing_is_said_of_good_texts() -> None:
    corpus = corpus_of([f"text {number}" for number in range(40)], [0, 1] * 20)
    assert said(corpus) == {}


def test_uneven_classes_are_noted() -> None:
    corpus = corpus_of([f"text {number}" for number in range(60)], [0] * 15 + [1] * 45)
    (found,) = class_sizes(corpus)
    assert (found.level, found.name) == ("note", "class sizes")
    assert found.text.startswith("75% of the texts are 'pos'")


def test_alike_texts_are_those_of_a_plain_loop() -> None:
    corpus = random_corpus(150, seed=3)
    words = [tuple(corpus.words_of(row)) for row in range(len(corpus))]
    assert corpus.first_alike.tolist() == [words.index(text) for text in words]
    (item,) = repeated_texts(corpus)
    said = [text for text in words if text]
    assert item.text.startswith(f"{len(said) - len(set(said)):,} say the same")
    bounds = {"train": (0, 50), "val": (50, 100), "test": (100, 150)}
    rows = {part: np.arange(*bounds[part]) for part in PARTS}
    expected = []
    for part, other in (("train", "val"), ("train", "test"), ("val", "test")):
        shared = sum(words[row] != () and words[row] in [words[of] for of in rows[part]] for row in rows[other])
        expected += [shared] if shared else []
    assert [int(item.text.split()[0]) for item in alike_texts(corpus, rows)] == expected
    assert len(list(alike_texts(corpus, rows, least=min(expected) / 50))) == sum(n > min(expected) for n in expected)
    assert expected


def named(*classes: str, counts: list[int]) -> Corpus:
    labels = [number for number, count in enumerate(counts) for _ in range(count)]
    return replace(corpus_of([f"text {number}" for number in range(len(labels))], labels), classes=classes)


@pytest.mark.parametrize(
    ("classes", "counts", "joined"),
    [
        (
            ("negative", "POSITIVE", "Positive", "positive"),
            [9, 1, 2, 3],
            {"Positive": "positive", "POSITIVE": "positive"},
        ),
        (
            ("very  good", "very good", "Verygood", "bad"),
            [1, 5, 2, 9],
            {"Verygood": "very good", "very  good": "very good"},
        ),
        (("5 STARS", "5 stars", "a", "A"), [3, 4, 2, 1], {"5 STARS": "5 stars", "A": "a"}),
        (("Tr\u00e8s", "tr\u00e8s", "\uff21", "a"), [1, 2, 3, 4], {"Tr\u00e8s": "tr\u00e8s", "\uff21": "a"}),
        (("TRUE", "True", "false"), [1, 2, 3], {"TRUE": "True"}),
    ],
)
def test_labels_that_differ_in_case_or_blanks_alone_are_found_with_a_remedy_that_works(
    classes: tuple[str, ...], counts: list[int], joined: dict[str, str]
) -> None:
    corpus = named(*classes, counts=counts)
    (found,) = alike_labels(corpus)
    assert (found.level, found.name) == ("finding", "labels")
    assert all(repr(name) in found.text for name in (*joined, *joined.values()))
    assert remedied(found) == joined
    assert list(alike_labels(with_labels(corpus, joined))) == []


def remedied(found: CheckResult) -> Mapping[str, str | int]:
    """Return dataset.labels as it is when the remedy is pasted."""
    remedy = found.text.rpartition("Remedy: ")[2]
    return one("dataset=text", "dataset.path=x.csv", *shlex.split(remedy)).text.labels


def test_the_remedy_keeps_what_is_joined_already() -> None:
    """What is named is a label of the texts, not a class that another remedy made."""
    corpus = named("minus", "plus", "pos", counts=[9, 3, 5])
    (found,) = alike_labels(with_labels(corpus, {"plus": "Pos"}))
    assert remedied(found) == {"plus": "pos"}
    (found,) = alike_labels(with_labels(named("A", "a", "b", "c", counts=[2, 3, 4, 5]), {"b": "c"}))
    assert remedied(found) == {"A": "a", "b": "c"}
    (found,) = alike_labels(with_labels(named("a", "b", "c", counts=[2, 3, 4]), {"a": "x", "b": "X"}))
    assert remedied(found) == {"a": "X", "b": "X"}


def test_words_for_a_missing_value_are_no_labels() -> None:
    (found,) = odd_labels(named("NA", "nan", "neg", "pos", counts=[3, 4, 30, 30]))
    assert (found.level, found.name) == ("finding", "labels")
    assert all(fact in found.text for fact in ("'NA' 3", "'nan' 4"))
    assert list(odd_labels(named("none", "neg", "nano", counts=[3, 4, 30]))) == []


def test_classes_that_no_text_had_are_named() -> None:
    corpus = with_labels(named("1", "2", "3", counts=[3, 4, 5]), {"1": "low", "2": "lwo", "3": 2})
    (found,) = odd_labels(corpus)
    assert found.level == "note"
    assert "'low', 'lwo'" in found.text
    assert "'2'" not in found.text
    assert list(odd_labels(with_labels(corpus_of(["a", "b", "c"], [0, 1, 2]), {"neg": "pos"}))) == []


def test_texts_without_words_are_not_the_same() -> None:
    texts = ["!!!", "???", "...", "!!", "film", "film"]
    corpus = corpus_of(texts, [0, 1, 0, 1, 0, 1])
    (again,) = repeated_texts(corpus)
    assert numbers(again.text) == ["1", "1"]
    rows = {part: np.array(own) for part, own in zip(PARTS, ([0, 1], [2, 4], [3, 5]), strict=True)}
    (both,) = alike_texts(corpus, rows)
    assert numbers(both.text) == ["1"]
    assert both.text.startswith("1 text of the test part stands in the validation part")


def test_labels_that_differ_otherwise_are_classes() -> None:
    assert list(alike_labels(named("pos", "pos1", "neg", "p.o.s", counts=[1, 1, 1, 1]))) == []


@given(st.permutations(range(12)))
def test_contradictions_are_no_matter_of_the_rows(order: list[int]) -> None:
    texts, labels = ["same"] * 5 + ["other"] * 4 + ["a", "b", "c"], [1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0]
    (item,) = repeated_texts(corpus_of([texts[row] for row in order], [labels[row] for row in order]))
    assert numbers(item.text) == ["7", "3"]

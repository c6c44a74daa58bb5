from __future__ import annotations

import shlex
from dataclasses import replace

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.arrays import PARTS
from seqexp.data.survey.text_findings import alike_labels, alike_texts, class_sizes, repeated_texts
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
    assert item.text.startswith(f"{len(words) - len(set(words)):,} say the same")
    bounds = {"train": (0, 50), "val": (50, 100), "test": (100, 150)}
    rows = {part: np.arange(*bounds[part]) for part in PARTS}
    expected = []
    for part, other in (("train", "val"), ("train", "test"), ("val", "test")):
        shared = sum(words[row] in [words[of] for of in rows[part]] for row in rows[other])
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
    remedy = found.text.rpartition("Remedy: ")[2]
    if remedy.startswith("labels: "):
        labels = yaml.safe_load(remedy.removesuffix(" in a dataset's file"))["labels"]
    else:
        labels = one("dataset=text", "dataset.path=x.csv", *shlex.split(remedy)).text.labels
    assert labels == joined
    assert list(alike_labels(with_labels(corpus, labels))) == []


def test_labels_that_differ_otherwise_are_classes() -> None:
    assert list(alike_labels(named("pos", "pos1", "neg", "p.o.s", counts=[1, 1, 1, 1]))) == []


@given(st.permutations(range(12)))
def test_contradictions_are_no_matter_of_the_rows(order: list[int]) -> None:
    texts, labels = ["same"] * 5 + ["other"] * 4 + ["a", "b", "c"], [1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0]
    (item,) = repeated_texts(corpus_of([texts[row] for row in order], [labels[row] for row in order]))
    assert numbers(item.text) == ["7", "3"]

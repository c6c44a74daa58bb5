from __future__ import annotations

import numpy as np

from seqexp.data.arrays import PARTS
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.findings import alike_texts, class_sizes, first_alike, reading_findings, repeated_texts
from tests.data.helpers import numbers
from tests.data.text.helpers import corpus_of, random_corpus


def said(corpus: Corpus) -> dict[str, str]:
    return {item.name: f"{item.level}: {item.text}" for item in reading_findings(corpus, empty=2, unlabelled=1)}


def test_what_was_found_while_reading() -> None:
    texts = ["good film", "bad film", "Good film!", "bad film", "so so", "bad film"]
    corpus = corpus_of(texts, [1, 0, 1, 0, 0, 1], given=[0, 0, 2, 2, 1, 2])
    found = said(corpus)
    assert {name: (text.partition(":")[0], numbers(text)) for name, text in found.items()} == {
        "empty texts": ("finding", ["2"]),
        "missing labels": ("finding", ["1"]),
        "repeated texts": ("note", ["3", "1"]),
        "texts in two parts": ("finding", ["3"]),
        "small classes": ("finding", ["10", "3", "3"]),
    }
    assert "of the test part" in found["texts in two parts"]
    assert "'neg' 3, 'pos' 3" in found["small classes"]


def test_nothing_is_said_of_good_texts() -> None:
    corpus = corpus_of([f"text {number}" for number in range(40)], [0, 1] * 20)
    assert reading_findings(corpus, empty=0, unlabelled=0) == ()


def test_uneven_classes_are_noted() -> None:
    corpus = corpus_of([f"text {number}" for number in range(60)], [0] * 15 + [1] * 45)
    (found,) = class_sizes(corpus)
    assert (found.level, found.name) == ("note", "class sizes")
    assert found.text.startswith("75% of the texts are 'pos'")


def test_alike_texts_are_those_of_a_plain_loop() -> None:
    corpus = random_corpus(150, seed=3)
    words = [tuple(corpus.words_of(row)) for row in range(len(corpus))]
    assert first_alike(corpus).tolist() == [words.index(text) for text in words]
    (item,) = repeated_texts(corpus)
    assert item.text.startswith(f"{len(words) - len(set(words)):,} say the same")
    bounds = {"train": (0, 50), "val": (50, 100), "test": (100, 150)}
    rows = {part: np.arange(*bounds[part]) for part in PARTS}
    expected = []
    for part, other in (("train", "val"), ("train", "test"), ("val", "test")):
        shared = sum(words[row] in [words[of] for of in rows[part]] for row in rows[other])
        expected += [shared] if shared else []
    assert [int(item.text.split()[0]) for item in alike_texts(corpus, rows)] == expected
    assert expected

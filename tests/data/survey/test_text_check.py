from __future__ import annotations

from typing import Any

from seqexp.data.findings import CheckResult
from seqexp.data.survey.text_check import check_texts
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.prepare import make_texts
from tests.data.helpers import numbers
from tests.data.text.helpers import corpus_of, text_config, text_split

TRAIN, VAL, TEST = [0], [1], [2]


def said(corpus: Corpus, **changes: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in check_texts(corpus, make_texts(corpus, text_config(**changes), 1)):
        found.setdefault(item.name, []).append(f"{item.level}: {item.text}")
    return found


def good(count: int = 60) -> Corpus:
    """Return texts of the same ten words, each in an order of its own."""
    words = [f"w{number}" for number in range(10)]
    texts = [" ".join(words[n % 10 :] + words[: n % 10] + ["w1"] * (n // 10)) for n in range(count)]
    return corpus_of(texts, [0, 1] * (count // 2))


def test_all_is_well_with_good_texts() -> None:
    found = said(good(), num_words=13)
    assert found["vocabulary"] == ["ok: 9 words"]
    assert {text.split(":")[0] for texts in found.values() for text in texts} == {"ok"}
    assert found["texts cut"] == ["ok: 0.0% are longer than dataset.maxlen"]
    assert set(found) == {
        "texts in two parts",
        "repeated texts",
        "class sizes",
        "class balance",
        "texts cut",
        "unknown words",
        "texts without words",
        "vocabulary",
    }


def test_what_reading_found_comes_first_and_is_said_once() -> None:
    corpus = corpus_of(
        ["same text"] * 40,
        [0, 1] * 20,
        found=(CheckResult("finding", "empty texts", "3"), CheckResult("finding", "texts in two parts", "old")),
    )
    checked = check_texts(corpus, make_texts(corpus, text_config(), 1))
    assert checked[0] == CheckResult("finding", "empty texts", "3")
    across = [item.text.split(" stand")[0] for item in checked if item.name == "texts in two parts"]
    assert across == ["7 texts of the validation part", "8 texts of the test part", "8 texts of the test part"]


def test_uneven_parts() -> None:
    texts = [f"text {number} w" for number in range(40)]
    labels = [0, 1] * 10 + [1] * 10 + [0] * 3 + [1] * 7
    found = said(corpus_of(texts, labels, given=TRAIN * 20 + VAL * 10 + TEST * 10))
    missing, uneven = found["class balance"]
    assert "'neg' in the validation part" in missing
    assert "'neg'" in uneven
    assert numbers(uneven) == ["50%", "30%"]
    for text in (missing, uneven):
        assert text.startswith("finding: ")
        assert text.endswith("dataset.split.how=stratified")


def test_texts_that_are_cut() -> None:
    corpus = corpus_of(["w " * length for length in range(100)], [0, 1] * 50)
    (text,) = said(corpus, maxlen=40)["texts cut"]
    # 60 of 100 have more than 39 words; 95 have at most 94 words, which with the start id are 95 ids or 96.
    assert text.startswith("finding: ")
    assert "beginning" in text
    assert numbers(text)[:2] == ["60%", "40"]
    advised = int(text.rpartition("dataset.maxlen=")[2].split()[0])
    assert sum(length + 1 <= advised for length in range(100)) >= 95
    assert sum(length + 1 <= advised - 1 for length in range(100)) <= 95
    (text,) = said(corpus, maxlen=80, truncating="post")["texts cut"]
    assert text.startswith("note: ")
    assert "end" in text
    assert numbers(text)[:2] == ["20%", "80"]


def test_unknown_words_texts_without_words_and_a_vocabulary_of_all() -> None:
    texts = ["good film", "bad film"] * 10 + ["other words here film"] * 4 + ["good", "..."] * 2
    corpus = corpus_of(texts, [0, 1] * 14, given=TRAIN * 20 + VAL * 4 + TEST * 4)
    found = said(corpus, split=text_split())
    facts = {
        "unknown words": ("finding", ["75%"]),
        "texts without words": ("finding", ["2"]),
        "vocabulary": ("note", ["3"]),
    }
    for name, (level, figures) in facts.items():
        (text,) = found[name]
        assert (text.partition(":")[0], numbers(text)) == (level, figures), name
    assert "dataset.num_words" in found["unknown words"][0]

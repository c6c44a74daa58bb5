from __future__ import annotations

from typing import Any

from seqexp.data.findings import CheckResult
from seqexp.data.survey.telling import telling_findings
from seqexp.data.survey.text_check import check_texts
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.prepare import make_texts
from tests.data.helpers import numbers
from tests.data.text.helpers import corpus_of, text_config, text_split
from tests.factories import experiment

TRAIN, VAL, TEST = [0], [1], [2]


def said(corpus: Corpus, **changes: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in check_texts(make_texts(corpus, text_config(**changes), 1)):
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
        "labels",
        "texts in two parts",
        "repeated texts",
        "class sizes",
        "class balance",
        "texts cut",
        "unknown words",
        "unknown by class",
        "texts without words",
        "vocabulary",
    }


def test_what_reading_found_comes_first_and_is_said_once() -> None:
    corpus = corpus_of(
        ["same text"] * 40,
        [0, 1] * 20,
        found=(CheckResult("finding", "empty texts", "3"),),
    )
    checked = check_texts(make_texts(corpus, text_config(), 1))
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
        assert text.endswith("The data itself gives this part")
    in_order = corpus_of([f"text {number} w" for number in range(45)], [0, 1, 2] * 10 + [1] * 12 + [2] * 3)
    missing, *_ = said(in_order, split=text_split(how="last", val=10, test=5))["class balance"]
    assert "'neg' in the validation part" in missing
    assert missing.endswith("Remedy: dataset.split.how=stratified")


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
    assert found["unknown words"][0].endswith("Remedy: more texts")  # the vocabulary has all those of training


def test_a_vocabulary_that_leaves_words_out_may_be_larger() -> None:
    texts = ["good film", "bad film"] * 10 + ["other words here film"] * 8
    found = said(corpus_of(texts, [0, 1] * 14, given=TRAIN * 20 + VAL * 4 + TEST * 4), num_words=6)
    assert all("Remedy: dataset.num_words=null" in text for text in found["unknown words"])


def with_rare_words(in_training: tuple[int, int], in_test: tuple[int, int]) -> Corpus:
    """Return texts of nine known words, and of so many that occur once in those of each class."""
    parts, counts = TRAIN * 100 + VAL * 100 + TEST * 100, [in_training] * 100 + [in_training] * 100 + [in_test] * 100
    texts = [
        " ".join([*("known " * 9).split(), *(f"rare{row}x{extra}" for extra in range(pair[row % 2]))])
        for row, pair in enumerate(counts)
    ]
    return corpus_of(texts, [0, 1] * 150, given=parts)


def test_unknown_words_that_mark_a_class_in_training_alone() -> None:
    found = said(with_rare_words((3, 0), (1, 1)), num_words=5)["unknown by class"]
    val, test = found
    assert val.startswith("note: ")
    assert "; in validation " in val
    assert test.startswith("finding: ")
    assert "'neg'" in test
    assert numbers(test) == ["25.0%", "0.0%", "10.0%", "10.0%"]
    assert test.endswith("dataset.num_words=null")


def test_as_many_unknown_words_in_every_class_are_well() -> None:
    assert said(with_rare_words((3, 3), (1, 1)), num_words=5)["unknown by class"] == [
        "ok: about the same in every class"
    ]
    assert said(with_rare_words((0, 0), (9, 0)))["unknown by class"] == ["ok: about the same in every class"]


def test_a_few_texts_tell_nothing_of_unknown_words() -> None:
    corpus = with_rare_words((3, 0), (1, 1))
    few = text_split(train=18)
    assert said(corpus, num_words=5, split=few)["unknown by class"] == ["ok: about the same in every class"]


def test_words_of_a_script_without_spaces_are_no_words() -> None:
    texts = [f"\u5f88\u597d{chr(0x4E00 + number)}" for number in range(100)]
    corpus = corpus_of(texts, [0, 1] * 50)
    found = said(corpus, tokens="words")["unknown words"]
    assert [numbers(text)[0] for text in found] == ["100%", "100%"]
    assert all("dataset.tokens=characters" in text for text in found)
    assert "unknown characters" in said(corpus)


def test_what_changes_the_meaning_of_a_result_is_told_with_a_training() -> None:
    texts = [f"text {number} w" for number in range(40)]
    labels = [0, 1] * 10 + [1] * 10 + [0] * 3 + [1] * 7
    left_out = CheckResult("finding", "empty texts", "3 left out")
    corpus = corpus_of(texts, labels, given=TRAIN * 20 + VAL * 10 + TEST * 10, found=(left_out,))
    made = make_texts(corpus, text_config(), 1)
    told = telling_findings(made, experiment("dataset=imdb"))
    assert told[0] == left_out
    assert [item.name for item in told if item.level == "finding"] == [
        "empty texts", "class balance", "class balance", "unknown words", "unknown words",
    ]  # fmt: skip
    assert {item for item in told if item.level == "finding"} <= set(check_texts(made))
    assert telling_findings(make_texts(good(), text_config(num_words=13), 1), experiment("dataset=imdb")) == []

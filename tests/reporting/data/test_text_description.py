from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from seqexp.data.text.prepare import make_texts
from seqexp.data.text.texts import Texts
from seqexp.reporting.console import Console
from seqexp.reporting.data.tables import description_as_json
from seqexp.reporting.data.text_description import describe_texts, text_table
from tests.data.text.helpers import corpus_of, random_corpus, text_config


def described(reason: str = "as asked", **changes: Any) -> tuple[dict[str, Any], Texts]:
    corpus = random_corpus(100, **changes)
    texts = make_texts(corpus, text_config(num_words=30, maxlen=12), 1)
    return describe_texts(texts, reason), texts


def test_its_numbers_are_those_of_plain_loops() -> None:
    about, texts = described()
    corpus = texts.corpus
    for part in ("train", "val", "test"):
        rows = getattr(texts.rows, part).tolist()
        found = about["parts"][part]
        assert found["texts"] == len(rows)
        labels = [corpus.classes[corpus.labels[row]] for row in rows]
        assert found["classes"] == {name: labels.count(name) for name in corpus.classes}
        words = [corpus.words_of(row) for row in rows]
        unknown = sum(word not in texts.tokeniser.words for text in words for word in text)
        assert found["unknown_share"] == pytest.approx(unknown / sum(map(len, words)), rel=1e-12)
        assert found["cut_share"] == pytest.approx(sum(len(text) + 1 > 12 for text in words) / len(rows), rel=1e-12)
        assert found["words"]["max"] == max(map(len, words))
        assert found["words"]["median"] == np.median([len(text) for text in words])
        assert about["majority"]["accuracy"][part] == labels.count("pos") / len(labels)
    assert about["majority"]["class"] == "pos"
    assert about["rows"]["padding_share"] == pytest.approx((texts.inputs == 0).mean(), rel=1e-12)
    assert about["vocabulary"]["ids"] == 30
    assert about["vocabulary"]["words"] == 26
    assert about["vocabulary"]["distinct_words"] == len({w for row in range(100) for w in corpus.words_of(row)})


def test_its_example_is_a_training_text_as_a_model_sees_it() -> None:
    about, texts = described()
    example = about["example"]
    row = int(texts.rows.train[0])
    assert example["row"] == row
    assert example["text"] == (texts.corpus.raw or ())[row]
    assert example["ids"] == texts.tokeniser.encode(example["text"])
    assert example["padded"] == texts.tokeniser.rows([example["ids"]])[0].tolist()


def test_it_is_json() -> None:
    about, _ = described()
    assert json.loads(description_as_json(about)) == about


@pytest.mark.parametrize("classes", [2, 4, 8])
def test_as_a_person_reads_it(classes: int, capsys: pytest.CaptureFixture[str]) -> None:
    about, texts = described("official file not reachable within 3 s (why): …", classes=classes, notes=("utf-8",))
    text_table(about).print(Console())
    printed, markdown = capsys.readouterr().out, text_table(about).as_markdown()
    for text in (printed, markdown):
        assert "official file not reachable within 3 s (why): …" in text
        assert about["digest"] in text
        assert "12 ids, filled up with 0 in front, cut in front" in text
        assert "26 words of " in text
        assert "utf-8" in text
        for part in ("train", "val", "test"):
            assert f"{len(getattr(texts.rows, part))}" in text
    header = next(line for line in printed.splitlines() if line.startswith("part"))
    assert ("class 2" in header) == (classes == 4)
    assert ("neg" in header) == (classes <= 6)
    assert printed.startswith("reviews\n")
    assert markdown.startswith("# reviews\n\n| part | texts |")


def test_a_stand_in_says_so_and_a_text_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [f"\x1b[31mred\nfilm {number} " + "long " * 100 for number in range(40)]
    corpus = corpus_of(texts, [0, 1] * 20, source="simulated")
    about = describe_texts(make_texts(corpus, text_config(), 1), "as asked")
    text_table(about).print(Console())
    printed = capsys.readouterr().out
    assert "the simulated stand-in" in printed.splitlines()[0]
    assert "\x1b" not in printed
    assert "[31mred film " in printed
    assert len(about["example"]["text"]) == 301

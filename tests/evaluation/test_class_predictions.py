"""Classifications text by text in Parquet, and the most confidently wrong ones to read."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from seqexp.data.samples import PartRows
from seqexp.data.text.texts import Texts
from seqexp.evaluation.class_predictions import (
    beginning_and_end,
    most_wrong,
    read_class_predictions,
    read_lengths,
    write_class_predictions,
    write_most_wrong,
)
from seqexp.tasks.metric import ACCURACY, METRICS
from seqexp.tasks.score import Score
from tests.data.text.corpora import corpus_of, small_texts, texts_of
from tests.factories import score_part
from tests.tasks.scores import value_of


def random_score(texts: Texts, seed: int = 0) -> Score:
    drawn = np.random.default_rng(seed).dirichlet([1.0] * len(texts.classes), len(texts.rows.test))
    return score_part(texts, "test", drawn)


def test_columns_types_and_metadata(tmp_path: Path) -> None:
    texts = small_texts(classes=3)
    score = random_score(texts)
    write_class_predictions(score, texts, tmp_path / "test.parquet")
    table = parquet.read_table(tmp_path / "test.parquet")
    assert table.column_names == ["row", "words", "label", "predicted", "p_neg", "p_pos", "p_other"]
    assert str(table.schema.field("row").type) == "int32"
    assert {str(table.schema.field(f"p_{name}").type) for name in texts.classes} == {"float"}
    assert json.loads(table.schema.metadata[b"classes"]) == ["neg", "pos", "other"]
    assert table.schema.metadata[b"dataset"] == b"reviews"
    held = table.to_pydict()
    assert held["row"] == texts.rows.test.tolist()
    assert held["words"] == [len(texts.corpus.text_of(row).split()) for row in texts.rows.test]
    assert held["label"] == [texts.classes[texts.corpus.labels[row]] for row in texts.rows.test]
    assert held["predicted"] == [texts.classes[row.index(max(row))] for row in score.predictions.tolist()]
    for index, name in enumerate(texts.classes):
        np.testing.assert_array_equal(held[f"p_{name}"], score.predictions[:, index].astype(np.float32))


def test_scores_can_be_had_from_the_file(tmp_path: Path) -> None:
    texts = small_texts(texts=200)
    score = random_score(texts)
    write_class_predictions(score, texts, tmp_path / "test.parquet")
    held = parquet.read_table(tmp_path / "test.parquet").to_pydict()
    right = [label == predicted for label, predicted in zip(held["label"], held["predicted"], strict=True)]
    assert sum(right) / len(right) == pytest.approx(score.figure(ACCURACY))
    losses = [-math.log(held[f"p_{label}"][place]) for place, label in enumerate(held["label"])]
    assert sum(losses) / len(losses) == pytest.approx(
        value_of(METRICS["loss"], score.truth, score.predictions), rel=1e-5
    )


def test_a_text_takes_about_9_bytes(tmp_path: Path) -> None:
    """The worst case, probabilities without any pattern: two floats of 4 bytes, and two bits of classes."""
    texts = small_texts(texts=40_000)
    write_class_predictions(random_score(texts), texts, tmp_path / "test.parquet")
    assert (tmp_path / "test.parquet").stat().st_size / len(texts.rows.test) < 9


WRITTEN = ["a good film", "bad", "so very dull", "great", "it was a plot", "moving"]
LABELS = [1, 0, 0, 1, 0, 1]
PROBABILITIES = np.array([[0.9, 0.1], [0.2, 0.8], [0.05, 0.95], [0.3, 0.7], [0.6, 0.4], [0.8, 0.2]])


def six_texts(written: list[str] = WRITTEN, *, raw: bool = True) -> Texts:
    rows = np.arange(6, dtype=np.int64)
    return texts_of(corpus_of(written, LABELS, raw=raw), PartRows(rows, rows[:0], rows))


def test_the_most_confidently_wrong_stand_first() -> None:
    texts = six_texts()
    found = most_wrong(score_part(texts, "test", PROBABILITIES), texts)
    assert [row["row"] for row in found] == [2, 0, 1, 5]
    assert found[0] == {
        "row": 2,
        "label": "neg",
        "predicted": "pos",
        "probability": 0.95,
        "loss": pytest.approx(-math.log(0.05)),
        "words": 3,
        "text": "so very dull",
    }
    assert [row["row"] for row in most_wrong(score_part(texts, "test", PROBABILITIES), texts, 2)] == [2, 0]


def test_of_those_equally_sure_the_worse_loss_then_the_earlier_row_stands_first() -> None:
    rows = np.arange(3, dtype=np.int64)
    texts = texts_of(corpus_of(["a", "b", "c"], [0, 0, 0], "xyz"), PartRows(rows, rows[:0], rows))
    probabilities = np.array([[0.3, 0.1, 0.6], [0.3, 0.1, 0.6], [0.1, 0.3, 0.6]])
    found = most_wrong(score_part(texts, "test", probabilities), texts)
    assert [row["row"] for row in found] == [2, 0, 1]


def test_words_stand_for_a_text_that_is_not_known_as_written() -> None:
    texts = six_texts([text.upper() + "!" for text in WRITTEN], raw=False)
    found = most_wrong(score_part(texts, "test", PROBABILITIES), texts, 1)
    assert found[0]["text"] == "so very dull"


def test_of_a_long_text_the_beginning_and_the_end_are_shown() -> None:
    assert beginning_and_end("one\ttwo\n three ") == "one two three"
    text = " ".join(map(str, range(1000)))
    shown = beginning_and_end(text)
    beginning, end = shown.split(" … ")
    assert text.startswith(beginning)
    assert text.endswith(end)
    assert 590 <= len(shown) <= 600
    exact = "x" * 600
    assert beginning_and_end(exact) == exact


AWKWARD = 'so "very", <b>dull</b>\n# not a heading\n* `x` | [y](z) & co.; é'


def wrong_rows() -> list[dict[str, Any]]:
    texts = six_texts([AWKWARD if text == "so very dull" else text for text in WRITTEN])
    return most_wrong(score_part(texts, "test", PROBABILITIES), texts)


def test_the_csv_holds_what_was_found(tmp_path: Path) -> None:
    write_most_wrong(wrong_rows(), "words", tmp_path / "most_wrong.csv")
    with (tmp_path / "most_wrong.csv").open(encoding="utf-8", newline="") as file:
        held = list(csv.DictReader(file))
    assert list(held[0]) == ["row", "label", "predicted", "probability", "loss", "words", "text"]
    assert [row["row"] for row in held] == ["2", "0", "1", "5"]
    assert held[0]["text"] == " ".join(AWKWARD.split())
    assert [float(row["probability"]) for row in held] == [0.95, 0.9, 0.8, 0.8]
    assert float(held[0]["loss"]) == pytest.approx(-math.log(0.05), abs=1e-4)


def test_what_was_written_is_read_with_its_lengths(tmp_path: Path) -> None:
    texts = small_texts(classes=3)
    score = random_score(texts)
    write_class_predictions(score, texts, tmp_path / "test.parquet")
    found = read_class_predictions(tmp_path / "test.parquet", "test", "pos")
    np.testing.assert_array_equal(found.rows, score.rows)
    np.testing.assert_array_equal(found.truth, score.truth)
    np.testing.assert_allclose(found.predictions, score.predictions, atol=1e-7)
    assert found.target.classes == texts.classes
    assert np.unique(found.baselines["majority"], axis=0).tolist() == [[0.0, 1.0, 0.0]]
    lengths = read_lengths(tmp_path / "test.parquet")
    assert lengths is not None
    np.testing.assert_array_equal(lengths, texts.corpus.lengths[score.rows])


def test_rounding_changes_no_predicted_class(tmp_path: Path) -> None:
    """float32 makes the two probabilities equal, of which the first would count."""
    texts = small_texts(texts=20, classes=2)
    score = random_score(texts)
    score = replace(score, predictions=np.tile([0.5 - 1e-9, 0.5 + 1e-9], (len(score.rows), 1)))
    write_class_predictions(score, texts, tmp_path / "test.parquet")
    found = read_class_predictions(tmp_path / "test.parquet", "test")
    assert found.predictions.argmax(axis=1).tolist() == [1] * len(score.rows)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seqexp.config.errors import InputError
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.load import load_path
from tests.data.helpers import received
from tests.data.text.helpers import never, text_config, text_format, text_split


def load(path: Path, root: Path, **changes: Any) -> Corpus:
    return load_path(text_config(path=str(path), **changes), root, lambda line: None)


def refused(path: Path, **changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        load(path, path.parent / "data", **changes)
    return str(caught.value)


def csv_of(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["review,sentiment,part", *lines]) + "\n")
    return path


def good_lines(count: int = 20) -> list[str]:
    return [f"film {n},{'negative' if n % 2 else 'positive'},{'test' if n % 5 == 0 else 'train'}" for n in range(count)]


def test_a_table_with_parts(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "mine.csv", *good_lines())
    corpus = load(path, tmp_path / "data", split=text_split(column="part"))
    assert corpus.classes == ("negative", "positive")
    assert corpus.labels.tolist() == [1, 0] * 10
    assert corpus.given.tolist() == [2 if n % 5 == 0 else 0 for n in range(20)]
    assert corpus.raw == tuple(f"film {n}" for n in range(20))
    assert corpus.notes == (
        "delimiter ',', encoding utf-8",
        "texts in the column 'review', labels in the column 'sentiment'",
    )
    assert corpus.found == ()
    without = load(path, tmp_path / "data")
    assert set(without.given.tolist()) == {-1}


def test_empty_texts_and_missing_labels_are_left_out_and_counted(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "mine.csv", *good_lines(), ",positive,train", "  ,,train", "lost film,,train")
    corpus = load(path, tmp_path / "data")
    assert len(corpus) == 20
    assert [item.text for item in corpus.found] == [
        "2 left out: texts without a character",
        "1 left out: text unlabelled",
    ]


def test_the_same_texts_in_other_formats(tmp_path: Path) -> None:
    first = load(csv_of(tmp_path / "mine.csv", *good_lines()), tmp_path / "data")
    rows = [{"review": text, "sentiment": first.classes[label]} for text, label in zip(
        first.raw or (), first.labels, strict=True)]  # fmt: skip
    (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert load(tmp_path / "mine.jsonl", tmp_path / "data").digest == first.digest


def test_second_time_nothing_is_read_unless_it_is_read_in_another_way(tmp_path: Path) -> None:
    path, root = csv_of(tmp_path / "mine.csv", *good_lines()), tmp_path / "data"
    first = load(path, root)
    assert load_path(text_config(path=str(path)), root, never).digest == first.digest
    by_part = load(path, root, format=text_format(label="part"))
    assert by_part.classes == ("test", "train")
    csv_of(path, *good_lines(22))
    assert len(load(path, root)) == 22


def test_folders_are_cached_too(tmp_path: Path) -> None:
    for label in ("a", "b"):
        (tmp_path / "texts" / label).mkdir(parents=True)
        (tmp_path / "texts" / label / "1.txt").write_text(f"text {label}")
    root = tmp_path / "data"
    first = load(tmp_path / "texts", root)
    assert load_path(text_config(path=str(tmp_path / "texts")), root, never).digest == first.digest
    (tmp_path / "texts" / "a" / "2.txt").write_text("one more")
    assert len(load(tmp_path / "texts", root)) == 3


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([" ,pos,train", "film,,train"], "Received: 2 texts in"),
    ],
)
def test_what_holds_no_labelled_texts(lines: list[str], message: str, tmp_path: Path) -> None:
    assert message in refused(csv_of(tmp_path / "mine.csv", *lines))


def test_a_missing_file_has_a_nearest_name(tmp_path: Path) -> None:
    csv_of(tmp_path / "reviews.csv")
    with pytest.raises(InputError) as caught:
        load(tmp_path / "review.csv", tmp_path / "data")
    path = str(tmp_path / "review.csv")
    assert received(caught.value) == [("dataset.path", f"{path!r}. Did you mean 'reviews.csv'?")]


def test_columns_are_refused_where_there_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, tmp_path / "data", split=text_split(column="part"), format=text_format(text="review"))
    assert received(caught.value) == [("dataset.format.text", "'review'."), ("dataset.split.column", "'part'.")]

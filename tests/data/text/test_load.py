from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from seqexp.config.errors import InputError
from seqexp.data.text.load import load_corpus
from tests.data.text.helpers import never, text_config
from tests.data.text.test_official_reviews import config, write
from tests.data.text.test_review_package import ROWS, install
from tests.faults import is_about


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_file_of_the_users(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,label\n" + "\n".join(f"text {n},{n % 2}" for n in range(20)))
    corpus = load_corpus(text_config(path=str(path), name="mine"), "path", lambda line: None)
    assert (corpus.name, corpus.source, corpus.origin, len(corpus)) == ("mine", "path", f"the file {path}", 20)


def test_the_official_files(root: Path) -> None:
    write(root)
    corpus = load_corpus(config(root, name="imdb"), "official", lambda line: None)
    assert (corpus.name, corpus.source) == ("imdb", "official")
    assert corpus.origin == f"the official file {root}/imdb.npz with the word index {root}/imdb_word_index.json"
    by_path = load_corpus(config(root, name="mine", path=f"{root}/imdb.npz"), "path", never)
    assert (by_path.name, by_path.source, by_path.digest) == ("mine", "path", corpus.digest)
    assert by_path.origin.startswith(f"the file {root}/imdb.npz")


def test_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", monkeypatch, list(ROWS), "text,label,source")
    corpus = load_corpus(text_config(), "package", lambda line: None)
    assert (corpus.source, len(corpus)) == ("package", 20)


@pytest.mark.skipif(
    importlib.util.find_spec("seqexp.data.stand_ins.reviews") is None, reason="the simulated reviews are not there"
)
def test_the_simulated_reviews_are_made_once() -> None:
    lines: list[str] = []
    first = load_corpus(text_config(), "simulated", lines.append)
    assert len(lines) == 1
    again = load_corpus(text_config(), "simulated", never)
    assert first.digest == again.digest
    np.testing.assert_array_equal(first.tokens, again.tokens)
    assert (again.source, again.origin) == ("simulated", first.origin)


@pytest.mark.parametrize("is_read_before", [False, True])
def test_labels_are_joined_before_they_are_too_many(is_read_before: bool, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("text,label\n" + "".join(f"film {number},l{number}\n" for number in range(20)))
    joined = {f"l{number}": "odd" if number % 2 else "even" for number in range(20)}
    if is_read_before:
        load_corpus(text_config(path=str(path), labels=joined), "path", lambda line: None)
    for labels, count in (({}, 20), ({"l0": "l1"}, 19)):
        with pytest.raises(InputError) as caught:
            load_corpus(text_config(path=str(path), labels=labels), "path", lambda line: None)
        (fault,) = caught.value.faults
        assert is_about(fault, "dataset.format.label", "dataset.labels", f"{count} different labels of 20 texts")
    found = load_corpus(text_config(path=str(path), labels=joined), "path", lambda line: None)
    assert found.classes == ("even", "odd")
    assert found.labels.tolist() == [0, 1] * 10


def test_measurements_may_be_joined_to_classes(tmp_path: Path) -> None:
    path = tmp_path / "stars.csv"
    path.write_text("text,label\n" + "".join(f"film {number},{(number % 4) / 2 + 0.5}\n" for number in range(20)))
    joined = {"0.5": 1, "1.5": 2}
    found = load_corpus(text_config(path=str(path), labels=joined), "path", lambda line: None)
    assert (found.classes, found.labels.tolist()) == (("1", "2"), [0, 0, 1, 1] * 5)
    for labels in ({}, {"0.5": 1}):  # also once the file is in the cache
        with pytest.raises(InputError) as caught:
            load_corpus(text_config(path=str(path), labels=labels), "path", lambda line: None)
        (fault,) = caught.value.faults
        assert is_about(fault, "dataset.format.label", "measurements", "dataset.labels", "'1.5'" if labels else "'0.5'")

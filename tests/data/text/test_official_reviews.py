from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqexp.config.errors import InputError
from seqexp.config.schema import TextConfig
from seqexp.data.files.byte_files import InputFile, file_digest
from seqexp.data.text.corpus import Corpus, corpus_digest
from seqexp.data.text.official_reviews import load_npz, load_official
from seqexp.data.text.prepare import make_texts
from seqexp.data.text.ranked_reviews import read_index, read_reviews
from tests.data.helpers import Server, body, status
from tests.data.text.helpers import never, official_text, text_config, text_split
from tests.paths import REPO

SHARED = REPO.parent / "shared" / "data" / "imdb"
WORDS = ("the", "and", "a", "of", "to", "is", "br", "in")


def ragged(lists: Any) -> Any:
    found = np.empty(len(lists), dtype=object)
    found[:] = lists
    return found


def arrays(sizes: tuple[int, int] = (9, 6), seed: int = 0) -> dict[str, Any]:
    """Return reviews of 0 to 6 words, the official file's names."""
    generator = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for half, size in zip(("train", "test"), sizes, strict=True):
        lists = [generator.integers(1, len(WORDS) + 1, generator.integers(0, 7)).tolist() for _ in range(size)]
        found |= {f"x_{half}": ragged(lists), f"y_{half}": np.arange(size) % 2}
    return found


def write(folder: Path, **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "imdb.npz", **(arrays() | changes))
    write_index(folder)
    return folder / "imdb.npz"


def write_index(folder: Path, words: tuple[str, ...] = WORDS) -> Path:
    ranks = {word: rank for rank, word in sorted(enumerate(words, 1), key=lambda item: item[1])}
    (folder / "imdb_word_index.json").write_text(json.dumps(ranks))
    return folder / "imdb_word_index.json"


def config(folder: Path, **changes: Any) -> TextConfig:
    """Return a configuration whose official files are those of the folder."""
    digests = {
        "sha256": file_digest(InputFile(folder / "imdb.npz", "")),
        "index_sha256": file_digest(InputFile(folder / "imdb_word_index.json", "")),
    }
    official = official_text(**(digests | changes.pop("official", {})))
    return text_config(official=official, **changes)


def keras_data(path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Any:
    """Return what Keras's own loader makes of a file."""
    from keras.src.datasets import imdb

    monkeypatch.setattr(imdb, "get_file", lambda **_: str(path))
    return imdb.load_data(**options)


def assert_as_keras(corpus: Corpus, path: Path, monkeypatch: pytest.MonkeyPatch, num_words: int, maxlen: int) -> None:
    """Compare ids, padded rows, labels and order with Keras's own loader and padding."""
    from keras.utils import pad_sequences

    parts = keras_data(path, monkeypatch, num_words=num_words)
    texts = make_texts(
        corpus, text_config(num_words=num_words, maxlen=maxlen, split=text_split(how="last")), score_every=1
    )
    train = np.concatenate([texts.rows.train, texts.rows.val])
    for rows, (reviews, labels) in zip((train, texts.rows.test), parts, strict=True):
        np.testing.assert_array_equal(texts.inputs[rows], pad_sequences(reviews, maxlen))
        np.testing.assert_array_equal(texts.labels(rows), labels)
    assert texts.ids(int(train[0])).tolist() == list(parts[0][0][0])


def test_ids_order_and_labels_are_those_of_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, **arrays((40, 25)))
    corpus = read_reviews(
        InputFile(path, "dataset.path"), InputFile(tmp_path / "imdb_word_index.json", "the word index")
    )
    assert_as_keras(corpus, path, monkeypatch, num_words=8, maxlen=5)
    assert (corpus.is_ranked, corpus.words, corpus.classes) == (True, WORDS, ("neg", "pos"))
    assert corpus.given.tolist() == [0] * 40 + [2] * 25
    assert corpus.digest == corpus_digest(corpus.tokens, corpus.starts, WORDS, corpus.labels, ("neg", "pos"))
    (reviews, _), _ = keras_data(path, monkeypatch)
    assert [corpus.words.index(word) + 4 for word in corpus.words_of(0)] == reviews[0][1:]


@pytest.mark.skipif(not SHARED.exists(), reason="the real reviews in ../shared/data are not here")
def test_the_real_reviews_are_those_of_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = SHARED / "imdb.npz"
    corpus = load_npz(path, text_config(), tmp_path, lambda line: None)
    assert (len(corpus), len(corpus.words)) == (50_000, 88_584)
    assert np.bincount(corpus.labels[corpus.given == 0]).tolist() == [12_500, 12_500]
    assert_as_keras(corpus, path, monkeypatch, num_words=10_000, maxlen=500)
    start = time.process_time()
    again = load_npz(path, text_config(), tmp_path, never)
    assert time.process_time() - start < 1.0  # seconds of computing: about 0.1
    assert again.digest == corpus.digest
    np.testing.assert_array_equal(again.tokens, corpus.tokens)


# The official files


def test_files_put_there_by_hand_work_offline(tmp_path: Path) -> None:
    write(tmp_path)
    lines: list[str] = []
    corpus = load_official(config(tmp_path), tmp_path, lines.append)
    assert lines == [f"reading {tmp_path / 'imdb.npz'}"]
    assert len(corpus) == 15
    assert corpus.notes == ()
    assert load_official(config(tmp_path), tmp_path, never).digest == corpus.digest


def test_files_are_downloaded_and_verified(tmp_path: Path) -> None:
    path = write(tmp_path / "there")
    index = tmp_path / "there" / "imdb_word_index.json"
    with Server(body(path.read_bytes()), body(index.read_bytes(), kind="application/json")) as server:
        official = config(path.parent, url=server.url, official={"index_url": server.url})
        corpus = load_official(official, tmp_path / "here", lambda line: None)
        assert len(server.requests) == 2
    assert len(corpus) == 15
    assert (tmp_path / "here" / "imdb.npz").read_bytes() == path.read_bytes()
    assert load_official(official, tmp_path / "here", never).digest == corpus.digest


def test_other_bytes_are_not_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "there")
    with Server(body(b"PK and others")) as server, pytest.raises(InputError) as caught:
        load_official(config(path.parent, url=server.url), tmp_path / "here", lambda line: None)
    text = str(caught.value)
    assert text.startswith(
        f"dataset.url must give the official file (SHA-256 {file_digest(InputFile(path, ''))}). Received: other"
    )
    assert not (tmp_path / "here" / "imdb.npz").exists()
    for way in (
        str(tmp_path / "here"),
        "dataset.path=FILE ",
        "dataset.url=MIRROR ",
        "dataset.source=package ",
        "dataset.source=simulated ",
        "SEQEXP_DATA_DIR=DIR ",
    ):
        assert way in text


def test_an_index_that_cannot_be_had_is_called_by_its_key(tmp_path: Path) -> None:
    path = write(tmp_path)
    (tmp_path / "imdb_word_index.json").rename(tmp_path / "away.json")
    with Server(status(404)) as server:
        official = official_text(sha256=file_digest(InputFile(path, "")), index_url=server.url)
        dataset = text_config(official=official, stand_in=None, package=None)
        with pytest.raises(InputError) as caught:
            load_official(dataset, tmp_path, lambda line: None)
    text = str(caught.value)
    assert text.startswith(f"dataset.official.index_url gives no file: HTTP 404 Not Found. Received: '{server.url}'")
    assert f"put imdb_word_index.json into {tmp_path}" in text
    assert "dataset.source=" not in text


def test_a_file_there_that_is_another_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(InputError) as caught:
        load_official(text_config(), tmp_path, never)
    assert "the official file must have the SHA-256 6966" in str(caught.value)
    assert f"in {tmp_path / 'imdb.npz'}" in str(caught.value)
    assert "Delete or replace it" in str(caught.value)


def test_a_dataset_without_official_files_says_so(tmp_path: Path) -> None:
    for changes, key in (({"official": None}, "dataset.official"), ({"url": None}, "dataset.url")):
        with pytest.raises(InputError, match=f"dataset.source=official needs {key}. Received: null"):
            load_official(text_config(**changes), tmp_path, never)


# A file of the user's


def test_a_file_by_path_may_have_any_bytes_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "mine")
    corpus = load_npz(path, text_config(), tmp_path / "data", lambda line: None)
    digest = file_digest(InputFile(path, ""))
    assert corpus.notes[0] == f"not the official bytes (SHA-256 {digest[:8]}…): unverified"
    assert "is not the official one" in corpus.notes[1]
    assert load_npz(path, config(path.parent), tmp_path / "data", never).notes == ()
    assert str(path) in corpus.origin


def test_the_index_lies_beside_it_or_in_the_data_folder_or_is_downloaded(tmp_path: Path) -> None:
    path = write(tmp_path / "mine")
    beside = path.with_name("imdb_word_index.json")
    root = tmp_path / "data"
    root.mkdir()
    first = load_npz(path, config(path.parent), root, lambda line: None)
    dataset, content = config(path.parent), beside.read_bytes()
    beside.rename(root / beside.name)
    assert load_npz(path, dataset, root, never).digest == first.digest
    (root / beside.name).unlink()
    with Server(body(content, kind="application/json")) as server:
        official = dataset.official.model_copy(update={"index_url": server.url}) if dataset.official else None
        online = dataset.model_copy(update={"official": official})
        assert load_npz(path, online, root, lambda line: None).digest == first.digest
    assert (root / beside.name).read_bytes() == content


@pytest.mark.parametrize("has_official", [True, False])
def test_without_an_index_it_says_where_to_put_one(has_official: bool, tmp_path: Path) -> None:
    path = write(tmp_path / "mine")
    path.with_name("imdb_word_index.json").unlink()
    with Server(status(404)) as server:
        dataset = text_config(official=official_text(index_url=server.url) if has_official else None)
        with pytest.raises(InputError) as caught:
            load_npz(path, dataset, tmp_path / "data", lambda line: None)
    text = f"{path} holds ranks, not words: put the word index imdb_word_index.json beside it or into {tmp_path}/data"
    assert text in str(caught.value)


def test_another_index_is_another_corpus(tmp_path: Path) -> None:
    path = write(tmp_path)
    first = load_npz(path, text_config(), tmp_path / "data", lambda line: None)
    write_index(tmp_path, WORDS[::-1])
    second = load_npz(path, text_config(), tmp_path / "data", lambda line: None)
    assert first.words == second.words[::-1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": ragged([[1], [9], []]), "y_train": np.array([0, 1, 0])}, "ranks of words, 1 to 8 as in the index"),
        ({"x_train": ragged([[1], [0], []]), "y_train": np.array([0, 1, 0])}, "Received: 0 in"),
        ({"x_train": ragged([[1.5], [2]]), "y_train": np.array([0, 1])}, "lists of whole numbers. Received: x_train"),
        ({"x_train": ragged(["the", "and"]), "y_train": np.array([0, 1])}, "lists of whole numbers. Received: x_train"),
        ({"x_test": np.array(3)}, "lists of whole numbers. Received: x_test"),
        ({"y_test": np.array([0, 1])}, "a label 0 or 1 for each review. Received: y_test of 2 values for 6 reviews"),
        ({"y_train": np.arange(9)}, "a label 0 or 1 for each review. Received: y_train"),
    ],
)
def test_what_is_no_file_of_reviews(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = write(tmp_path, **changes)
    with pytest.raises(InputError) as caught:
        load_npz(path, text_config(), tmp_path / "data", lambda line: None)
    assert message in str(caught.value)
    assert str(caught.value).startswith("dataset.path must hold ")


def test_an_index_gives_each_word_its_rank(tmp_path: Path) -> None:
    assert read_index(InputFile(write_index(tmp_path), "the word index")) == WORDS
    path = tmp_path / "bad.json"
    for content in ('{"a": 1, "b": 3}', '{"a": 1, "b": 1}', '["a", "b"]', '{"a": "1"}', '{"a": {}}', '{"a": true}'):
        path.write_text(content)
        with pytest.raises(InputError, match=f"^the word index .* Received: {path}"):
            read_index(InputFile(path, "the word index"))
    path.write_text("{")
    with pytest.raises(InputError, match=f"^the word index .* Received: {path}"):
        read_index(InputFile(path, "the word index"))
    with pytest.raises(InputError, match="No such file"):
        read_index(InputFile(tmp_path / "absent.json", "the word index"))

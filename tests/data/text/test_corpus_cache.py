from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from seqexp.config.errors import Fault, InputError
from seqexp.data.findings import CheckResult
from seqexp.data.text import corpus_cache as cache
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.corpus_cache import cached_corpus
from tests.data.text.helpers import corpus_of, never


def a_corpus() -> Corpus:
    return corpus_of(
        ["Größe\r\nzählt \ud800 nicht", "", "gut\x1fso", "nicht gut"],
        [0, 1, 0, 1],
        given=[0, -1, 2, 1],
        notes=("utf-8",),
        found=(CheckResult("note", "empty texts", "none"),),
        is_ranked=True,
    )


def must_not_build() -> Corpus:
    raise AssertionError("built although it was cached")


def assert_same(left: Corpus, right: Corpus) -> None:
    for field in fields(Corpus):
        mine, other = getattr(left, field.name), getattr(right, field.name)
        if isinstance(mine, np.ndarray):
            np.testing.assert_array_equal(mine, other)
            assert mine.dtype == other.dtype, field.name
            assert mine.flags.writeable == other.flags.writeable
        else:
            assert mine == other, field.name


@pytest.mark.parametrize("corpus", [a_corpus(), replace(a_corpus(), raw=None), corpus_of([], [])])
def test_second_time_nothing_is_built(corpus: Corpus, tmp_path: Path) -> None:
    assert_same(cached_corpus(tmp_path, "k", lambda: corpus, never), corpus)
    assert_same(cached_corpus(tmp_path, "k", must_not_build, never), corpus)


def spoil_word(entry: Path) -> None:
    content = bytearray((entry / "words").read_bytes())
    content[0] ^= 1
    (entry / "words").write_bytes(content)


def spoil_meta(entry: Path) -> None:
    meta = json.loads((entry / "meta.json").read_text())
    (entry / "meta.json").write_text(json.dumps({**meta, "classes": ["pos", "neg"]}))


SPOILERS: dict[str, Callable[[Path], None]] = {
    "a flipped bit": spoil_word,
    "another meta": spoil_meta,
    "a short file": lambda entry: (entry / "tokens").write_bytes(b"1234"),
    "a missing file": lambda entry: (entry / "given").unlink(),
    "no json": lambda entry: (entry / "meta.json").write_text("{"),
    "not a mapping": lambda entry: (entry / "meta.json").write_text("[]"),
}


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS.keys())
def test_a_damaged_entry_is_rebuilt(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    cached_corpus(tmp_path, "k", a_corpus, never)
    spoil(tmp_path / "texts" / "k")
    lines: list[str] = []
    assert_same(cached_corpus(tmp_path, "k", a_corpus, lines.append), a_corpus())
    assert len(lines) == 1
    assert "damaged or outdated" in lines[0]
    assert_same(cached_corpus(tmp_path, "k", must_not_build, never), a_corpus())


def test_an_entry_of_another_version_is_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached_corpus(tmp_path, "k", a_corpus, never)
    monkeypatch.setattr(cache, "CORPUS_FORMAT", cache.CORPUS_FORMAT + 1)
    lines: list[str] = []
    cached_corpus(tmp_path, "k", a_corpus, lines.append)
    assert "format" in lines[0]


def test_what_the_reader_raises_passes_and_nothing_is_kept(tmp_path: Path) -> None:
    def fail() -> Corpus:
        raise InputError(Fault("dataset.path", "not a text"))

    with pytest.raises(InputError, match="not a text"):
        cached_corpus(tmp_path, "k", fail, never)
    assert [entry.name for entry in (tmp_path / "texts").iterdir()] == ["k.lock"]


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    lines: list[str] = []
    assert_same(cached_corpus(tmp_path / "file", "k", a_corpus, lines.append), a_corpus())
    assert "going on without the cache" in lines[0]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "tokens")

    monkeypatch.setattr(cache, "_write", full)
    lines.clear()
    assert_same(cached_corpus(tmp_path, "k", a_corpus, lines.append), a_corpus())
    assert lines == ["going on without the cache: No space left on device: tokens"]

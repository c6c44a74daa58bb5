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
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import nearest, refused
from seqexp.data.arrays import PARTS, Rows
from seqexp.data.files.byte_files import damaged, unreadable
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
    pickle.UnpicklingError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    MemoryError,
)


def read_reviews(path: Path, index_path: Path, subject: str) -> Corpus:
    """Return the reviews in Keras's order: within each half shuffled by its seed.

    Args:
        path: An npz file with x_train, y_train, x_test and y_test: lists of ranks (1 for the most frequent word), and
            0 for a negative, 1 for a positive review.
        index_path: A JSON object from each word to its rank.
        subject: What the npz file is to the user, for messages.

    Raises:
        InputError: A file can't be read or holds something else. One message a fault.
    """
    words = read_index(index_path)
    arrays = read_npz(path, _ARRAYS, subject)
    random = np.random.RandomState(
        KERAS_SHUFFLE_SEED
    )  # one stream: the test half goes on where the training half ended
    halves = [_half(arrays, half, random, path, subject) for half in ("train", "test")]
    reviews = [review for half, _ in halves for review in half]
    labels = np.concatenate([labels for _, labels in halves])
    ranks = np.concatenate([np.empty(0, np.int64), *reviews]).astype(np.int64)
    if len(ranks) and not 1 <= ranks.min() <= ranks.max() <= len(words):
        strange = int(ranks.min() if ranks.min() < 1 else ranks.max())
        raise refused(
            subject,
            f"must hold ranks of words, 1 to {len(words):,} as in the index {index_path}. "
            f"Received: {strange:,} in {path}",
        )
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
        origin=f"{path} with the index {index_path}",
        digest=corpus_digest(tokens, starts, words, labels, SENTIMENTS),
        is_ranked=True,
    )


def read_index(path: Path) -> tuple[str, ...]:
    """Return the words of an index, the one of rank 1 first.

    Raises:
        InputError: It can't be read, or is no object from words to the ranks 1, 2, 3 and so on.
    """
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise unreadable(path, "the word index", error) from error
    except ValueError as error:
        raise refused("the word index", f"must be a JSON file. Received: {path} ({error})") from error
    is_ranking = isinstance(content, dict) and all(type(rank) is int for rank in content.values())
    if is_ranking and sorted(content.values()) == list(range(1, len(content) + 1)):
        return tuple(sorted(content, key=content.__getitem__))
    raise refused("the word index", f"must give each word one of the ranks 1, 2, 3 and so on. Received: {path}")


def _half(
    arrays: dict[str, NDArray[np.generic]], half: str, random: np.random.RandomState, path: Path, subject: str
) -> tuple[list[NDArray[np.generic]], Rows]:
    """Return the reviews of one half, as arrays of ranks, and their labels; shuffled."""
    reviews, labels = arrays[f"x_{half}"], arrays[f"y_{half}"]
    try:
        lists = _rank_lists(reviews)
    except ValueError as error:
        raise refused(
            subject, f"must hold lists of whole numbers. Received: x_{half} of something else in {path}"
        ) from error
    if labels.shape != (len(lists),) or not np.isin(labels, (0, 1)).all():
        raise refused(
            subject,
            f"must hold a label 0 or 1 for each review. Received: y_{half} of {labels.size:,} values for "
            f"{len(lists):,} reviews in {path}",
        )
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


def read_npz(path: Path, names: Sequence[str], subject: str) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of these names.

    Args:
        path: The file.
        names: Those it must hold; others are left alone.
        subject: What the file is to the user, for messages.

    Raises:
        InputError: The file can't be read, is damaged, holds no array of that name, or asks for anything but arrays
            and lists of numbers.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            there = [name.removesuffix(".npy") for name in archive.namelist()]
            missing = [name for name in names if name not in there]
            if missing:
                raise refused(
                    subject,
                    f"must be an npz file that holds {', '.join(names)}. Received: {path}, without "
                    + ", ".join(f"{name}{nearest(name, there)}" for name in missing),
                )
            content = {name: archive.read(f"{name}.npy") for name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise damaged(path, subject, "npz", error) from error
    except OSError as error:
        raise unreadable(path, subject, error) from error
    return {name: _array(data, name, path, subject) for name, data in content.items()}


def _array(data: bytes, name: str, path: Path, subject: str) -> NDArray[np.generic]:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
        shape, _, kind = read_header(stream)
        if not kind.hasobject:
            stream.seek(0)
            found: NDArray[np.generic] = np.lib.format.read_array(stream, allow_pickle=False)
            return found
        found = _ArrayUnpickler(stream).load()
    except _RefusedError as error:
        raise refused(subject, f"must hold lists of numbers alone. Received: {path}, whose {name} asks for "
                         f"{error}: not a file of reviews") from None  # fmt: skip
    except _UNREADABLE as error:
        raise damaged(path, subject, "npz", error) from error
    if not isinstance(found, np.ndarray) or found.shape != shape:
        raise damaged(path, subject, "npz", ValueError(f"{name} is not the array that its header announces"))
    return found

"""The word vectors that a run has learned: read from the store, and searched for neighbours and analogies."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import Fault, raise_any, refused, shown
from seqexp.data.text.tokeniser import RESERVED, Tokeniser
from seqexp.tracking.reading.artifacts import read_artifacts
from seqexp.tracking.reading.find import find_run, run_label
from seqexp.tracking.store.store import Store

TOKENISER, EMBEDDING = "tokeniser.json", "embedding.npy"

# The most frequent words of a language are "the", "of", "is": a picture of the next ones says more.
_SKIPPED, _SHOWN = 50, 100


@dataclass(frozen=True)
class WordVectors:
    """The vectors of an embedding layer of a run, with the words that they belong to."""

    run_id: str
    run_name: str
    label: str  # the run's name, id and start, for messages
    tokeniser: Tokeniser  # maps words to ids
    table: NDArray[np.float32]  # (tokeniser.size, dimensions) float32, a row an id

    @property
    def facts(self) -> dict[str, Any]:
        """The run and the size of its table, ready for JSON."""
        words, dimensions = len(self.tokeniser.words), int(self.table.shape[1])
        return {"run_id": self.run_id, "run_name": self.run_name, "words": words, "dimensions": dimensions}

    def with_vector(self) -> NDArray[np.int64]:
        """Return the ids of the words whose row is not zeros, the most frequent first."""
        ids = np.flatnonzero(self.table.any(axis=1))
        return ids[ids >= RESERVED].astype(np.int64)

    def frequent(self) -> list[int]:
        """Return the ids of the 100 most frequent words after the 50 most frequent ones; of few words, the first."""
        ids = self.with_vector()
        enough = len(ids) >= _SKIPPED + _SHOWN
        return [int(id) for id in (ids[_SKIPPED : _SKIPPED + _SHOWN] if enough else ids[:_SHOWN])]

    def ids_of(self, words: Sequence[str], argument: str) -> list[int]:
        """Return the ids of words as a person writes them, each once, in their order.

        Args:
            words: The words; upper case counts as lower case, as in the texts.
            argument: The flag that they were given with, for messages.

        Raises:
            InputError: With a message for each that is not in the vocabulary or has no vector.
        """
        found, faults = [], []
        for word in dict.fromkeys(words):
            parts = self.tokeniser.split(word)
            id = self.tokeniser.ids.get(parts[0]) if len(parts) == 1 else None
            if id is None:
                known = f"{len(self.tokeniser.words):,} {self.tokeniser.tokens}"
                faults.append(
                    Fault(
                        argument,
                        f"{argument}: {shown(word)} is not among the {known} of this run.{self._like(word)}",
                    )
                )
            elif not self.table[id].any():
                faults.append(Fault(argument, f"{argument}: {shown(word)} has no vector in this run: its row is zeros"))
            else:
                found.append(id)
        raise_any(faults)
        return list(dict.fromkeys(found))

    def near(self, id: int, k: int) -> dict[str, Any]:
        """Return a word and its k nearest neighbours by cosine and by distance, ready for JSON."""
        by_cosine = nearest_words(self.table, self.table[id], k, "cosine", exclude=[id])
        by_distance = nearest_words(self.table, self.table[id], k, "l2", exclude=[id])
        return {
            **self._word(id),
            "cosine": [{**self._word(other), "cosine": value} for other, value in by_cosine],
            "l2": [{**self._word(other), "distance": value} for other, value in by_distance],
        }

    def analogy(self, three: Sequence[int], k: int) -> dict[str, Any]:
        """Return what is to the third word as the second is to the first, ready for JSON."""
        a, b, c = three
        found = analogy(self.table, a, b, c, k)
        return {
            "analogy": [self.tokeniser.word_of(id) for id in three],
            "found": [{**self._word(id), "cosine": value} for id, value in found],
        }

    def _word(self, id: int) -> dict[str, Any]:
        return {"word": self.tokeniser.word_of(id), "id": id}

    def _like(self, word: str) -> str:
        close = get_close_matches(word.lower(), self.tokeniser.words, n=3, cutoff=0.6)
        return f" Did you mean {' or '.join(map(repr, close))}?" if close else ""


def read_word_vectors(store: Store, text: str) -> WordVectors:
    """Read the word vectors of a run.

    Args:
        store: Where the run is.
        text: Names the run; see `find_run`.

    Raises:
        InputError: There is no such run, it has no embedding, or its files don't fit each other.
        TrackingError: The store cannot be read.
    """
    run = find_run(store, text)
    label = run_label(run)
    files = read_artifacts(store, run.info.run_id, (TOKENISER, EMBEDDING))
    lacking = [name for name in (TOKENISER, EMBEDDING) if name not in files]
    if lacking:
        raise refused(
            "RUN",
            f"must have learned word vectors: a finished run of a model of texts with an embedding. "
            f"Received: {shown(text)}, which is {label} and has no {' and no '.join(lacking)}.",
        )
    try:
        tokeniser = Tokeniser.from_json(files[TOKENISER].decode())
        table = np.load(io.BytesIO(files[EMBEDDING]), allow_pickle=False)
    except (ValueError, KeyError, TypeError, EOFError, OSError) as error:
        raise refused("RUN", f"must have whole files. Received: {label}; {type(error).__name__}: {error}") from error
    if table.ndim != 2 or len(table) != tokeniser.size or not np.isfinite(table).all():
        raise refused(
            "RUN",
            f"must have finite vectors, a row for each of its {tokeniser.size} ids. Received: {label}, "
            f"whose {EMBEDDING} has the shape {table.shape}",
        )
    return WordVectors(run.info.run_id, str(run.info.run_name), label, tokeniser, table)


Similarity = Literal["cosine", "l2"]
WordTable = NDArray[np.floating]


def nearest_words(
    table: WordTable, query_vector: WordTable, k: int, metric: Similarity, exclude: Collection[int] = ()
) -> list[tuple[int, float]]:
    """Return the words nearest to a vector, best first; of equally near ones the lowest id first.

    Reserved ids are no words; a row of zeros is a word without a vector. Both are left out.

    Args:
        table: (ids, dimensions), a row an id.
        query_vector: (dimensions,).
        k: How many, at most.
        metric: "cosine": x·y / (|x| |y|), in [-1, 1], the greatest first; "l2": |x - y|, the smallest first.
        exclude: Ids that are left out, such as the query's own.

    Returns:
        (id, cosine or distance) pairs.

    Raises:
        ValueError: The query of a cosine is zeros: it has no direction.
    """
    rows, query = table.astype(np.float64), query_vector.astype(np.float64)
    lengths, length = np.linalg.norm(rows, axis=1), np.linalg.norm(query)
    candidates = np.flatnonzero(lengths)
    candidates = candidates[(candidates >= RESERVED) & ~np.isin(candidates, list(exclude))]
    if metric == "l2":
        values = np.linalg.norm(rows[candidates] - query, axis=1)
        order = np.argsort(values, kind="stable")[:k]
    else:
        if length == 0:
            raise ValueError("a vector of zeros has no direction, so no cosine")
        values = np.clip(rows[candidates] @ query / (lengths[candidates] * length), -1, 1)
        order = np.argsort(-values, kind="stable")[:k]
    return [(int(candidates[rank]), float(values[rank])) for rank in order]


def analogy(table: WordTable, a: int, b: int, c: int, k: int = 10) -> list[tuple[int, float]]:
    """Return what is to c as b is to a: the words nearest, by cosine, to b - a + c; a, b and c are left out.

    The three vectors are first scaled to length one, as in Mikolov, Yih and Zweig (2013), "Linguistic Regularities in
    Continuous Space Word Representations", section 4.

    Args:
        table: (ids, dimensions), a row an id.
        a: The id of a word, like b and c: "man" where b is "woman" and c is "king".
        b: See a.
        c: See a.
        k: How many, at most.

    Returns:
        (id, cosine) pairs, best first.

    Raises:
        ValueError: One of the three is a row of zeros, or b - a + c is.
    """
    three = table[[a, b, c]].astype(np.float64)
    lengths = np.linalg.norm(three, axis=1, keepdims=True)
    if not lengths.all():
        raise ValueError("a word of the analogy has no vector: its row is zeros")
    first, second, third = three / lengths
    return nearest_words(table, second - first + third, k, "cosine", exclude=(a, b, c))

"""The word vectors that a run has learned, as `seqexp embeddings` reads them, and what is asked about them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import Fault, InputError, refused, shown
from seqexp.data.text.tokeniser import RESERVED, Tokeniser, split_words
from seqexp.reporting.embeddings.neighbours import analogy, nearest_words
from seqexp.tracking.artifacts import read_artifacts
from seqexp.tracking.find import find_run, run_label
from seqexp.tracking.store import Store

TOKENISER, EMBEDDING = "tokeniser.json", "embedding.npy"

# The most frequent words of a language are "the", "of", "is": a picture of the next ones says more.
_SKIPPED, _SHOWN = 50, 100


@dataclass(frozen=True)
class WordVectors:
    """What an embedding layer has learned.

    Attributes:
        run_id: The run's id.
        run_name: Its name.
        label: Which run it is, for a person.
        tokeniser: What gave the words their ids.
        table: (tokeniser.size, dimensions) float32, a row an id.
    """

    run_id: str
    run_name: str
    label: str
    tokeniser: Tokeniser
    table: NDArray[np.float32]

    @property
    def facts(self) -> dict[str, Any]:
        """Which run it is and how large its table, as JSON holds it."""
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
            words: Upper case is as lower case, as in the texts.
            argument: Where they were given, for messages.

        Raises:
            InputError: With a message for each that is not in the vocabulary or has no vector.
        """
        found, faults = [], []
        for word in dict.fromkeys(words):
            parts = split_words(word)
            id = self.tokeniser.ids.get(parts[0]) if len(parts) == 1 else None
            if id is None:
                known = len(self.tokeniser.words)
                faults.append(
                    Fault(
                        argument,
                        f"{argument}: {shown(word)} is not among the {known:,} words of this run.{self._like(word)}",
                    )
                )
            elif not self.table[id].any():
                faults.append(Fault(argument, f"{argument}: {shown(word)} has no vector in this run: its row is zeros"))
            else:
                found.append(id)
        if faults:
            raise InputError(*faults)
        return list(dict.fromkeys(found))

    def near(self, id: int, k: int) -> dict[str, Any]:
        """Return a word and its k nearest neighbours by either measure, as JSON holds it."""
        by_cosine = nearest_words(self.table, self.table[id], k, "cosine", exclude=[id])
        by_distance = nearest_words(self.table, self.table[id], k, "l2", exclude=[id])
        return {
            **self._word(id),
            "cosine": [{**self._word(other), "cosine": value} for other, value in by_cosine],
            "l2": [{**self._word(other), "distance": value} for other, value in by_distance],
        }

    def analogy(self, three: Sequence[int], k: int) -> dict[str, Any]:
        """Return what is to the third word as the second is to the first, as JSON holds it."""
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
    """Read what a run has learned.

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

"""A set of labelled texts as words, and what is known about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import PARTS, Part, Rows, make_read_only
from seqexp.data.findings import CheckResult

Words = NDArray[np.int32]
# What `Corpus.given` holds for a text whose part the data does not say.
NOT_GIVEN = -1
SENTIMENTS = ("neg", "pos")  # the classes of film reviews


@dataclass(frozen=True)
class Corpus:
    """Labelled texts, each a list of words.

    Attributes:
        name: The dataset's name, such as "imdb".
        words: Every word that occurs, each once. In the order of the official index where `is_ranked`.
        tokens: (tokens,) int32, all texts' words one after the other, as positions in `words`.
        starts: (texts + 1,) int64: text i is tokens[starts[i] : starts[i + 1]].
        labels: (texts,) int64, positions in `classes`.
        classes: The classes' names; of a binary task the second is the positive one.
        given: (texts,) int8, which part the data puts a text into: the position in `PARTS`, or NOT_GIVEN.
        source: "official", "package", "simulated" or "path".
        origin: Where the texts came from, in words for a person.
        digest: SHA-256 of the content; see `corpus_digest`.
        is_ranked: Whether `words` is an official index, in its order: ids then follow from it alone. Otherwise the
            vocabulary is counted in the training part.
        raw: The texts as written, where they are known.
        notes: What was found out about the file's format, in words for a person.
        found: What was wrong or noteworthy while reading: empty texts left out, say.
        joined: Of each label of the texts the class that it counts as, where some are joined; else empty.
    """

    name: str
    words: tuple[str, ...]
    tokens: Words
    starts: Rows
    labels: Rows
    classes: tuple[str, ...]
    given: NDArray[np.int8]
    source: str
    origin: str
    digest: str
    is_ranked: bool = False
    raw: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    found: tuple[CheckResult, ...] = ()
    joined: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        make_read_only(self, "tokens", "starts", "labels", "given")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> Rows:
        """(texts,) int64, words a text."""
        return np.diff(self.starts)

    @cached_property
    def first_alike(self) -> Rows:
        """(texts,) int64: the first row that has the same words, which is a text's own row if none has before."""
        seen: dict[bytes, int] = {}
        tokens, starts = self.tokens, self.starts.tolist()
        return np.array(
            [seen.setdefault(tokens[starts[row] : starts[row + 1]].tobytes(), row) for row in range(len(self))],
            dtype=np.int64,
        )

    def words_of(self, row: int) -> list[str]:
        """Return a text's words."""
        return [self.words[token] for token in self.tokens[self.starts[row] : self.starts[row + 1]]]

    def text_of(self, row: int) -> str:
        """Return a text as written; its words with spaces between where that isn't known."""
        return self.raw[row] if self.raw is not None else " ".join(self.words_of(row))

    def rows_given(self, part: Part) -> Rows:
        """Return the rows that the data itself puts into a part, in their order."""
        return np.flatnonzero(self.given == PARTS.index(part)).astype(np.int64)


def corpus_digest(tokens: Words, starts: Rows, words: Iterable[str], labels: Rows, classes: Iterable[str]) -> str:
    """Return the SHA-256 (hex) of what the texts say and how they are labelled, whatever file they came from.

    The arguments are as in `Corpus`.
    """
    whole = hashlib.sha256()
    for array, kind in ((tokens, "<i4"), (starts, "<i8"), (labels, "<i8")):
        whole.update(hashlib.sha256(np.ascontiguousarray(array.astype(kind)).data).digest())
    for names in (words, classes):
        whole.update(hashlib.sha256("\x1f".join(names).encode(errors="surrogatepass")).digest())
    return whole.hexdigest()

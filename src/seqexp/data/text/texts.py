"""Padded rows of ids over a corpus: the samples and targets that every model of texts learns from and is scored on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import PARTS, Floats32, Part, Rows, make_read_only
from seqexp.data.samples import PartRows, digest_of_arrays
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.tokeniser import UNKNOWN, Tokeniser

Ids = NDArray[np.int32]


@dataclass(frozen=True)
class Texts:
    """A corpus as padded rows of ids: the samples, the targets, and how they were made."""

    corpus: Corpus  # the texts as words
    tokeniser: Tokeniser  # what made the rows
    inputs: Ids  # (texts, maxlen) int32: every text of the corpus, cut and padded
    kept: Rows  # (texts,) int64: ids of each row that are not padding, the start id included
    tokens: Ids  # (tokens,) int32: every text's ids, start ids included, neither cut nor padded, one after the other
    starts: Rows  # (texts + 1,) int64: text i is tokens[starts[i] : starts[i + 1]]
    batch_size: int  # as in the dataset's configuration
    bucket: bool  # whether texts of about one length share a batch
    rows: PartRows  # the corpus rows of each part. Validation and test: those that are scored.

    def __post_init__(self) -> None:
        make_read_only(self, "inputs", "kept", "tokens", "starts")

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def data(self) -> Corpus:
        """The texts as words."""
        return self.corpus

    def score_digest(self) -> str:
        """Return the SHA-256 of what scores are taken with: the rows of each part, and all labels."""
        return digest_of_arrays((*(self.rows.of(part) for part in PARTS), self.corpus.labels))

    def contents(self) -> dict[str, object]:
        """Return what the store keeps of the corpus, as JSON allows."""
        corpus = self.corpus
        counts = np.bincount(corpus.labels, minlength=len(corpus.classes)).tolist()
        return {
            "texts": len(corpus),
            "classes": dict(zip(corpus.classes, counts, strict=True)),
            self.tokeniser.tokens: int(corpus.starts[-1]),
            f"distinct_{self.tokeniser.tokens}": len(corpus.words),
        }

    def documents(self) -> dict[str, str]:
        """Return the tokeniser: all that is needed to make the same rows again."""
        return {"tokeniser.json": self.tokeniser.as_json()}

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names."""
        return self.corpus.classes

    @property
    def shape(self) -> tuple[int]:
        """(ids,) of one row."""
        return (self.tokeniser.maxlen,)

    def labels(self, rows: Rows) -> Rows:
        """Return (texts,) int64, the class of each text."""
        return self.corpus.labels[rows]

    targets = labels

    def arrange(self, rows: Rows, weights: Floats32, generator: np.random.Generator) -> tuple[Rows, Floats32]:
        """Return an epoch's (batches, batch) rows and weights, in buckets by length if so asked."""
        return sort_by_length(rows, weights, self.kept, generator) if self.bucket else (rows, weights)

    def scoring_order(self, rows: Rows) -> Rows:
        """Return the positions of (texts,) rows in the order in which they are scored: by length, if in buckets."""
        return np.argsort(self.kept[rows], kind="stable") if self.bucket else np.arange(len(rows), dtype=np.int64)

    def widths(self, batches: Rows) -> Rows:
        """Return (batches,) int64: how many ids of a row each batch needs; 0: all."""
        if not self.bucket:
            return np.zeros(len(batches), dtype=np.int64)
        return widths_of(self.kept[batches], self.tokeniser.maxlen)

    @property
    def shortest(self) -> int:
        """How few ids a batch in buckets may have; 0: all batches have whole rows."""
        return int(self.widths(np.array([[np.argmin(self.kept)]]))[0])

    def ids(self, row: int) -> Ids:
        """Return all of a text's ids, start id included, neither cut nor padded."""
        return self.tokens[self.starts[row] : self.starts[row + 1]]

    def share_cut(self, part: Part | Literal["all"] = "all") -> float:
        """Return the share of texts, of one part or of all, that are longer than a row."""
        rows = np.arange(len(self)) if part == "all" else self.rows.of(part)
        return float(np.mean(np.diff(self.starts)[rows] > self.tokeniser.maxlen)) if len(rows) else 0.0

    @cached_property
    def unknown(self) -> Rows:
        """(texts,) int64: how many words of each text are not in the vocabulary."""
        before = np.concatenate([[0], np.cumsum(self.tokens == UNKNOWN)])
        return np.diff(before[self.starts])

    def share_unknown(self, part: Part) -> float:
        """Return the share of a part's words that are not in the vocabulary."""
        rows = self.rows.of(part)
        words = int(self.corpus.lengths[rows].sum())
        return int(self.unknown[rows].sum()) / words if words else 0.0

    @property
    def majority(self) -> int:
        """The most frequent class of the training part; the first of those that are equally frequent."""
        counts = np.bincount(self.labels(self.rows.train), minlength=len(self.classes))
        return int(np.argmax(counts))


# Batches whose texts are sorted together: enough for batches of even length, few enough to stay mixed.
POOL = 25
# Different lengths of batches: a graph is traced for each.
WIDTHS = 8


def sort_by_length(
    rows: Rows, weights: Floats32, lengths: Rows, generator: np.random.Generator
) -> tuple[Rows, Floats32]:
    """Sort drawn texts by length within pools of batches; the generator puts the batches in random order then.

    Rows and weights are (batches, batch), lengths (texts,): those of every text of the corpus.
    """
    size = rows.shape[1]
    flat, flat_weights = rows.ravel().copy(), weights.ravel().copy()
    for first in range(0, len(flat), POOL * size):
        pool = slice(first, first + POOL * size)
        order = np.argsort(lengths[flat[pool]], kind="stable")
        flat[pool], flat_weights[pool] = flat[pool][order], flat_weights[pool][order]
    order = generator.permutation(len(rows))
    return flat.reshape(rows.shape)[order], flat_weights.reshape(rows.shape)[order]


def widths_of(lengths: Rows, maxlen: int) -> Rows:
    """Return how many ids hold every text of each batch: one of a few lengths, for which graphs are traced.

    Lengths are (batches, batch), the ids of each text that are not padding; a row has `maxlen`.
    """
    step = -(-maxlen // WIDTHS)
    needed = np.maximum(lengths.max(axis=1), 1)
    found: Rows = np.minimum(-(-needed // step) * step, maxlen).astype(np.int64)
    return found

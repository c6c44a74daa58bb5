"""Turn a corpus into the padded rows of ids that models read: split it, choose the vocabulary, look up the ids."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import numpy as np

from seqexp.config.errors import refused
from seqexp.config.limits.machine import in_bytes, machine_memory
from seqexp.config.schema import Fold, TextConfig
from seqexp.data.arrays import Rows
from seqexp.data.samples import PartRows
from seqexp.data.text.characters import WITHOUT_SPACES, in_characters, share_without_spaces
from seqexp.data.text.corpus import NOT_GIVEN, Corpus
from seqexp.data.text.labelled_texts import split_texts_into_words
from seqexp.data.text.split import scored_rows, split_texts
from seqexp.data.text.texts import Ids, Texts
from seqexp.data.text.tokeniser import RESERVED, START, UNKNOWN, Tokeniser, Unit


def make_texts(corpus: Corpus, dataset: TextConfig, score_every: int) -> Texts:
    """Return a corpus as padded rows of ids, with the parts that are trained on and scored.

    Of the validation and the test part one text in `score_every` is scored; see `scored_rows`.

    Raises:
        InputError: The parts can't be made, or the training part holds no word. One message a fault.
    """
    rows = split_texts(corpus, dataset.split, Fold.read(dataset.fold))
    corpus, unit = _in_units(corpus, rows.train, dataset.tokens)
    known = known_words(corpus, rows.train, dataset.num_words)
    if not len(known):
        received = f"{len(rows.train):,} training texts without one"
        raise refused("dataset.format.text", f"must name texts with words in them. Received: {received}.")
    _check_memory(len(corpus), dataset.maxlen)
    words = tuple(corpus.words[position] for position in known)
    tokeniser = Tokeniser(words, dataset.maxlen, dataset.padding, dataset.truncating, unit)
    tokens, starts = ids_of(corpus, known)
    inputs = tokeniser.rows(tokens[first:end] for first, end in pairwise(starts.tolist()))
    return Texts(
        corpus=corpus,
        tokeniser=tokeniser,
        inputs=inputs,
        kept=np.minimum(np.diff(starts), dataset.maxlen),
        tokens=tokens,
        starts=starts,
        batch_size=dataset.batch_size,
        bucket=dataset.bucket,
        rows=PartRows(
            rows.train,
            scored_rows(corpus, "val", rows.val, dataset.split, score_every),
            scored_rows(corpus, "test", rows.test, dataset.split, score_every),
            possible={"val": len(rows.val), "test": len(rows.test)},
        ),
    )


def _check_memory(texts: int, maxlen: int) -> None:
    """Check that a row of so many ids for each text can be held in the memory of this machine.

    Raises:
        InputError: It can't.
    """
    memory = machine_memory()
    each = texts * np.dtype(np.int32).itemsize
    if memory is not None and each * maxlen > memory:
        what = f"must be at most {memory // each}: {texts:,} texts take {in_bytes(each * maxlen)}"
        raise refused("dataset.maxlen", f"{what}, and this machine has {in_bytes(memory)}. Received: {maxlen}.")


def _in_units(corpus: Corpus, train: Rows, asked: Literal["auto", "words", "characters"]) -> tuple[Corpus, Unit]:
    """Return the corpus as words or as characters, and which of them: that which is asked for, or fits its script."""
    if asked == "auto":
        share = share_without_spaces(corpus, train)
        if share <= WITHOUT_SPACES:
            return corpus, "words"
        why = f"{share:.0%} of the training texts' letters are of a script without spaces"
        corpus = replace(corpus, notes=(*corpus.notes, f"characters instead of words: {why}"))
    return (corpus, "words") if asked == "words" else (in_characters(corpus), "characters")


def texts_to_classify(strings: Sequence[str], tokeniser: Tokeniser, classes: tuple[str, ...]) -> Texts:
    """Return texts without labels as rows of ids, for a model of these classes that was trained with this tokeniser.

    They are the test part, in their order.
    """
    words, tokens, starts = split_texts_into_words(strings)
    labels = np.zeros(len(strings), dtype=np.int64)
    given = np.full(len(strings), NOT_GIVEN, dtype=np.int8)
    corpus = Corpus(
        "texts", words, tokens, starts, labels, classes, given, "path", "texts given", "", raw=tuple(strings)
    )
    corpus = corpus if tokeniser.tokens == "words" else in_characters(corpus)
    ids = [np.array(tokeniser.encode(string), dtype=np.int32) for string in strings]
    lengths = np.array([len(of_one) for of_one in ids], dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    return Texts(
        corpus=corpus,
        tokeniser=tokeniser,
        inputs=tokeniser.rows(ids),
        kept=np.minimum(lengths, tokeniser.maxlen),
        tokens=np.concatenate([np.empty(0, np.int32), *ids]),
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        batch_size=1,
        bucket=False,
        rows=PartRows(nothing, nothing, np.arange(len(strings), dtype=np.int64)),
    )


def known_words(corpus: Corpus, train: Rows, num_words: int | None) -> Rows:
    """Return the vocabulary as positions in `corpus.words`, by rank.

    The first words of the official index where the corpus has one. Else the words of the training part alone, the
    most frequent first. Equally frequent ones are in the order of their hashes, which says nothing about a text: by
    their first occurrence, a file sorted by class would keep the rare words of its first class alone. With the
    reserved ones there are `num_words` ids; None: all words.
    """
    most = None if num_words is None else num_words - RESERVED
    if corpus.is_ranked:
        return np.arange(len(corpus.words), dtype=np.int64)[:most]
    is_train = np.zeros(len(corpus), dtype=bool)
    is_train[train] = True
    tokens = corpus.tokens[np.repeat(is_train, corpus.lengths)]
    counts = np.bincount(tokens, minlength=len(corpus.words))
    present = np.flatnonzero(counts)
    hashes = np.array([_hash_of(corpus.words[position]) for position in present], dtype=np.uint64)
    order: Rows = present[np.lexsort((hashes, -counts[present]))].astype(np.int64)
    return order[:most]


def _hash_of(word: str) -> int:
    """Return a number of 64 bits that is the same for a word wherever it stands."""
    return int.from_bytes(hashlib.blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest(), "big")


def ids_of(corpus: Corpus, known: Rows) -> tuple[Ids, Rows]:
    """Return every text's ids with the start id in front, and where each text begins, as `Texts` holds them.

    They are (tokens + texts,) int32 and (texts + 1,) int64. The vocabulary is as `known_words` gives it.
    """
    lookup = np.full(len(corpus.words), UNKNOWN, dtype=np.int32)
    lookup[known] = np.arange(RESERVED, RESERVED + len(known), dtype=np.int32)
    starts: Rows = corpus.starts + np.arange(len(corpus) + 1)
    ids = np.full(starts[-1], START, dtype=np.int32)
    is_word = np.ones(len(ids), dtype=bool)
    is_word[starts[:-1]] = False
    ids[is_word] = lookup[corpus.tokens]
    return ids, starts

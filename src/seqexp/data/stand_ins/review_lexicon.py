"""The words and clauses of the simulated reviews, and the urns that words are drawn from: alike on every machine.

An urn is an array of a power of two of tickets; the top bits of a random number pick one. All of it is integer
arithmetic on PCG64's own output, which numpy promises never to change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Mask, Rows
from seqexp.data.stand_ins import review_words as lists
from seqexp.data.stand_ins.review_clauses import CLAUSES, NEGATION_SLOTS, OPINION_SLOTS, SLOTS
from seqexp.data.stand_ins.review_words import SCOPE
from seqexp.data.text.corpus import Words

Raw = NDArray[np.uint64]


def raw(bits: np.random.PCG64, count: int) -> Raw:
    """Return (count,) uint64, 64 random bits each."""
    return np.asarray(bits.random_raw(count), dtype=np.uint64)


def below(numbers: Raw, bits: int) -> Rows:
    """Return the top bits of random numbers: integers below 2**bits, int64."""
    return (numbers >> np.uint64(64 - bits)).astype(np.int64)


def chance(bits: np.random.PCG64, of_1024: int | Rows, count: int) -> Mask:
    """Return (count,) bool, true in `of_1024` of 1,024 cases."""
    return below(raw(bits, count), 10) < of_1024


def draw_tickets(bits: np.random.PCG64, urn: Words, count: int) -> Words:
    """Return (count,) int32, tickets from an urn of 2**k."""
    return urn[below(raw(bits, count), bits_of(urn))]


def bits_of(urn: Words) -> int:
    """Return k of an urn of 2**k tickets, its last axis."""
    return int(urn.shape[-1]).bit_length() - 1


def filled(tickets: Sequence[int], weights: Sequence[int], bits: int) -> Words:
    """Return (2**bits,) int32, an urn that holds each ticket as often as its weight says, to within one.

    Weights are non-negative integers; a ticket whose weight is much smaller than their sum may not be in it.
    """
    sums = [0, *accumulate(weights)]
    bounds = np.array([(bound << bits) // sums[-1] for bound in sums], dtype=np.int64)
    return np.repeat(np.array(tickets, dtype=np.int32), np.diff(bounds))


def zipf(count: int, head: int, tail: int) -> list[int]:
    """Return (count,) weights of words by rank r from 1, in units of 2**-40: 1 / ((r + head) (1 + r / tail)).

    Zipf's law in Mandelbrot's form with the exponent 1, which goes over to 2 beyond the rank `tail`, as it does in
    collections of texts (Ferrer i Cancho and Sole, Two regimes in the frequency of words, 2001).
    """
    return [(tail << 40) // ((rank + head) * (rank + tail)) for rank in range(1, count + 1)]


GENRE_BITS = 3  # of the number of genres

_BITS = 20  # of an urn's size
_GENRE_URN_BITS = 17
# How many made-up words a slot has, and how they end.
_MADE_UP: dict[str, tuple[int, tuple[str, ...]]] = {
    "N": (9_000, ("", "er", "", "ing")),
    "Q": (7_500, ("", "son", "o", "ski")),
    "A": (4_500, ("ish", "y", "al")),
    "V": (4_000, ("ed",)),
}
_MADE_UP_A_GENRE, _GENRE_ENDINGS = 900, ("", "s")
# Where the law of a slot's frequencies begins and turns; see `zipf`.
_HEAD = dict(zip("TNGPQAVSBLMKHC", (0, 8, 4, 6, 12, 6, 8, 6, 4, 4, 1, 1, 2, 2), strict=True))
_TAIL = {"S": 4, "B": 3, "L": 4}
_LONG_TAIL = 4_000


@dataclass(frozen=True)
class Lexicon:
    """Words, urns and clauses.

    Attributes:
        words: Every word that may occur.
        urns: By slot, (tickets,) int32, positions in `words`; of "G" (genres, tickets). Of a pair of opinions an urn
            holds the positive one.
        mirror: (words,) int32: of an opinion the other one of its pair, of any other word the word itself.
        clauses: (clauses, width) int32: a position in `words`, or -1 - a position in `SLOTS`. 0 beyond a clause's end.
        widths: (clauses,) int64, words a clause.
        negated: (clauses, width): a negation within the clause turns the word around.
        conceded: (clauses, width): the word stands before the clause's "but".
        closing: (clauses,): the clause closes a review.
    """

    words: tuple[str, ...]
    urns: Mapping[str, Words]
    mirror: Words
    clauses: Words
    widths: Rows
    negated: Mask
    conceded: Mask
    closing: Mask


def clause_rows(kind: str) -> list[list[str]]:
    """Return the clauses of a kind, each a list of words and slots."""
    return [line.split() for line in CLAUSES[kind].strip().splitlines()]


def lexicon() -> Lexicon:
    """Return the vocabulary, the urns and the clauses."""
    rows = [row for kind in CLAUSES for row in clause_rows(kind)]
    written = sorted({word for row in rows for word in row} - set(SLOTS) | {"an"})
    by_slot, genres = _words_by_slot(set(written))
    ids: dict[str, int] = {}
    for words in (written, *lists.pairs(), *by_slot.values(), *genres):
        for word in words:
            ids.setdefault(word, len(ids))

    urns = {slot: _urn(words, slot, ids, _BITS) for slot, words in by_slot.items()}
    urns["G"] = np.stack([_urn(words, "G", ids, _GENRE_URN_BITS) for words in genres])
    mirror = np.arange(len(ids), dtype=np.int32)
    for positive, negative in lists.pairs():
        mirror[[ids[positive], ids[negative]]] = ids[negative], ids[positive]
    return _with_clauses(rows, ids, urns, mirror)


def _words_by_slot(taken: set[str]) -> tuple[dict[str, list[str]], list[list[str]]]:
    """Return the words of each slot but G, most frequent first, and of each genre; `taken` are not to be made up."""
    by_slot: dict[str, list[str]] = {slot: lists.LISTED.get(slot, "").split() for slot in SLOTS if slot != "G"}
    for slot in OPINION_SLOTS:
        by_slot[slot] = [positive for positive, _ in lists.pairs(slot)]
    genres = [words.split() for words in lists.GENRES.values()]
    used = taken.union(*by_slot.values(), *lists.pairs(), *genres)
    for slot, (count, endings) in _MADE_UP.items():
        by_slot[slot] += lists.made_up(count, endings, used)
    return by_slot, [words + lists.made_up(_MADE_UP_A_GENRE, _GENRE_ENDINGS, used) for words in genres]


def _urn(words: list[str], slot: str, ids: Mapping[str, int], bits: int) -> Words:
    """Return (2**bits,) int32, the urn of a slot's words."""
    return filled([ids[word] for word in words], zipf(len(words), _HEAD[slot], _TAIL.get(slot, _LONG_TAIL)), bits)


def _with_clauses(rows: list[list[str]], ids: Mapping[str, int], urns: Mapping[str, Words], mirror: Words) -> Lexicon:
    """Return the lexicon, given its words."""
    shape = (len(rows), max(len(row) for row in rows))
    clauses = np.zeros(shape, dtype=np.int32)
    negated, conceded = np.zeros((2, *shape), dtype=bool)
    for number, row in enumerate(rows):
        clauses[number, : len(row)] = [-1 - SLOTS.index(word) if word in SLOTS else ids[word] for word in row]
        turns = [word in NEGATION_SLOTS or word in lists.ALL_NEGATORS for word in row]
        negated[number, : len(row)] = [any(turns[max(0, at - SCOPE) : at]) for at in range(len(row))]
        conceded[number, : len(row)] = [lists.CONTRAST in row[at:] for at in range(len(row))]
    return Lexicon(
        words=tuple(ids),
        urns=urns,
        mirror=mirror,
        clauses=clauses,
        widths=np.array([len(row) for row in rows], dtype=np.int64),
        negated=negated,
        conceded=conceded,
        closing=np.array([kind == "closing" for kind in CLAUSES for _ in clause_rows(kind)]),
    )

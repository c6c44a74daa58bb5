"""How a text becomes ids, and a padded row of them: by the rule of the official IMDB set.

Ids: 0 pad, 1 start, 2 unknown, 3 never used, then the words by rank: rank (from 1) + 3. With `num_words` N the ids are
below N, so that the N - 4 most frequent words are known. A text begins with the start id. Where a script has no spaces,
the characters of what the rule calls words stand for words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Side = Literal["pre", "post"]
Unit = Literal["words", "characters"]

PAD, START, UNKNOWN, UNUSED = 0, 1, 2, 3
RESERVED = 4  # ids before the first word's
# What stands between two words besides the space, as in the text preprocessing that the official set was made with.
FILTERED = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
# A to Z alone are lower-cased: the official index keeps "Åge" and "À" apart from "åge" and "à".
_TABLE = str.maketrans(dict.fromkeys(FILTERED, " ") | dict(zip(ascii_uppercase, ascii_lowercase, strict=True)))


def split_words(text: str) -> list[str]:
    """Return a text's words: A to Z lower-cased, split at spaces, tabs, line ends, all punctuation but apostrophes."""
    return [word for word in text.translate(_TABLE).split(" ") if word]


@dataclass(frozen=True)
class Tokeniser:
    """What turns texts into padded rows of ids."""

    words: tuple[str, ...]  # that are known, or characters, by rank: the first has the id 4
    maxlen: int  # ids per row; longer texts are cut, never left out
    padding: Side = "pre"  # where short rows are filled up with 0
    truncating: Side = "pre"  # where long texts lose words
    tokens: Unit = "words"  # what has an id: a word, or each character of the words

    @property
    def size(self) -> int:
        """How many ids there are: one more than the largest."""
        return RESERVED + len(self.words)

    @cached_property
    def ids(self) -> dict[str, int]:
        """The id of each known word."""
        return {word: number for number, word in enumerate(self.words, start=RESERVED)}

    def split(self, text: str) -> list[str]:
        """Return what of a text has ids: its words, or their characters."""
        words = split_words(text)
        return words if self.tokens == "words" else list("".join(words))

    def encode(self, text: str) -> list[int]:
        """Return a text's ids, start id included, neither cut nor padded."""
        return [START, *(self.ids.get(word, UNKNOWN) for word in self.split(text))]

    def rows(self, texts: Iterable[Sequence[int] | NDArray[np.int32]]) -> NDArray[np.int32]:
        """Return (texts, maxlen) int32: ids, cut and padded."""
        kept = [ids[-self.maxlen :] if self.truncating == "pre" else ids[: self.maxlen] for ids in texts]
        found = np.full((len(kept), self.maxlen), PAD, dtype=np.int32)
        for row, ids in zip(found, kept, strict=True):
            if len(ids):
                row[slice(-len(ids), None) if self.padding == "pre" else slice(len(ids))] = ids
        return found

    def word_of(self, id: int) -> str:
        """Return what an id stands for; reserved ids as <pad>, <start>, <unknown> and <unused>."""
        reserved = ("<pad>", "<start>", "<unknown>", "<unused>")
        return reserved[id] if id < RESERVED else self.words[id - RESERVED]

    def as_json(self) -> str:
        """Return all that is needed to make the same rows again, as JSON."""
        split = "split at" if self.tokens == "words" else "split into characters without"
        content = {
            "rule": f"A to Z in lower case; {split} spaces, tabs, line ends and the characters filtered; ids: 0 pad, "
            f"1 start, 2 unknown, 3 never used, then the {self.tokens} in their order from 4",
            "tokens": self.tokens,
            "filtered": FILTERED,
            "maxlen": self.maxlen,
            "padding": self.padding,
            "truncating": self.truncating,
            "words": self.words,
        }
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Tokeniser:
        """Return the tokeniser that `as_json` wrote down."""
        content: dict[str, Any] = json.loads(text)
        tokens = content.get("tokens", "words")  # older ones know words alone
        return cls(tuple(content["words"]), content["maxlen"], content["padding"], content["truncating"], tokens)

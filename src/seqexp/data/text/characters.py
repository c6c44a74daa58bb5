"""Texts as characters: for scripts that put no spaces between words, such as Chinese, Japanese and Thai."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Rows
from seqexp.data.text.corpus import Corpus

WITHOUT_SPACES = 0.5  # of the letters: from there on a text's words are not what stands between its spaces
# First and last code points of the scripts: Thai, Lao, Tibetan, Burmese, Khmer, kana, Chinese characters and kana of
# half width. Korean has spaces.
_BLOCKS = (
    (0x0E00, 0x0FFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x20000, 0x3FFFF),
)


def share_without_spaces(corpus: Corpus, rows: Rows) -> float:
    """Return the share of some texts' letters that are of scripts without spaces; 0 where there are no letters."""
    counts = np.zeros(len(corpus.words), dtype=np.int64)
    chosen = np.zeros(len(corpus), dtype=bool)
    chosen[rows] = True
    np.add.at(counts, corpus.tokens[np.repeat(chosen, corpus.lengths)], 1)
    codes, lengths = _codes(corpus.words)
    distinct, numbers = np.unique(codes, return_inverse=True)
    of_code = np.bincount(numbers, weights=np.repeat(counts, lengths), minlength=len(distinct))
    bare = np.any([(first <= distinct) & (distinct <= last) for first, last in _BLOCKS], axis=0)
    letters = bare | np.array([chr(code).isalpha() for code in distinct], dtype=bool)
    total = of_code[letters].sum()
    return float(of_code[bare].sum() / total) if total else 0.0


def in_characters(corpus: Corpus) -> Corpus:
    """Return a corpus whose words are the characters of its words, one after the other; the content is the same."""
    codes, lengths = _codes(corpus.words)
    distinct, numbers = np.unique(codes, return_inverse=True)
    firsts, of_token = np.cumsum(lengths) - lengths, lengths[corpus.tokens]
    ends = np.concatenate([[0], np.cumsum(of_token)])
    # Where each character stands among those of all words: its word's first one, and how far it is within the word.
    positions = np.repeat(firsts[corpus.tokens] - ends[:-1], of_token) + np.arange(ends[-1])
    return replace(
        corpus,
        words=tuple(map(chr, distinct.tolist())),
        tokens=numbers[positions].astype(np.int32),
        starts=ends[corpus.starts],
        is_ranked=False,
    )


def _codes(words: tuple[str, ...]) -> tuple[NDArray[np.uint32], Rows]:
    """Return the code points of all words, one after the other, and (words,) int64, how many each has."""
    codes = np.frombuffer("".join(words).encode("utf-32-le", errors="surrogatepass"), dtype="<u4")
    return codes, np.array([len(word) for word in words], dtype=np.int64)

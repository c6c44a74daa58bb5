"""Texts as characters, held against Python's own strings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.text.characters import in_characters, share_without_spaces
from seqexp.data.text.prepare import make_texts, texts_to_classify
from seqexp.data.text.tokeniser import Tokeniser
from tests.data.text.helpers import corpus_of, text_config

CHINESE = ["\u5f88\u597d", "\u4e0d\u597d\uff0c\u9000\u8d27", "iPhone 15 \u5f88\u597d!", "\u5f88\u6162"]
JAPANESE = ["\u3068\u3066\u3082\u826f\u3044", "\u30b2\u30fc\u30e0\u304c\u9045\u3044"]
THAI = ["\u0e14\u0e35\u0e21\u0e32\u0e01", "\u0e44\u0e21\u0e48\u0e14\u0e35"]
KOREAN = ["\uc544\uc8fc \uc88b\uc544\uc694", "\ubcc4\ub85c"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=6))
def test_they_are_the_characters_of_the_words_in_their_order(written: list[str]) -> None:
    corpus = corpus_of(written, [0] * len(written))
    found = in_characters(corpus)
    for row in range(len(written)):
        assert found.words_of(row) == list("".join(corpus.words_of(row)))
    assert len(set(found.words)) == len(found.words)
    assert (found.tokens.dtype, found.starts.dtype) == (np.int32, np.int64)
    assert (found.digest, found.raw, found.labels.tolist()) == (corpus.digest, corpus.raw, corpus.labels.tolist())


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (CHINESE, 10 / 16),
        (JAPANESE, 1.0),
        (THAI, 1.0),
        (KOREAN, 0.0),
        (["good film", "\u00c5ge"], 0.0),
        (["12", "..."], 0.0),
    ],
)
def test_the_share_of_letters_in_scripts_without_spaces(texts: list[str], expected: float) -> None:
    corpus = corpus_of(texts, [0] * len(texts))
    assert share_without_spaces(corpus, np.arange(len(texts))) == pytest.approx(expected)


def test_the_script_is_that_of_the_texts_that_are_counted() -> None:
    corpus = corpus_of([*CHINESE, *KOREAN, *CHINESE], [0] * 10)
    assert share_without_spaces(corpus, np.array([4, 5])) == 0
    assert share_without_spaces(corpus, np.array([0, 1, 3])) == 1


def script(texts: list[str], tokens: str) -> Tokeniser:
    """Return the tokeniser of texts in all parts, alike in both classes."""
    written = [f"{text}{number:02}" for number in range(20) for text in texts]
    corpus = corpus_of(written, [number % 2 for number in range(len(written))])
    made = make_texts(corpus, text_config(tokens=tokens), 1)
    assert bool(made.corpus.notes) == (tokens == "auto" and made.tokeniser.tokens == "characters")
    for row in range(len(corpus)):
        assert made.tokeniser.encode(corpus.text_of(row)) == made.ids(row).tolist()
    given = texts_to_classify([corpus.text_of(0), "", "\u597d!"], made.tokeniser, ("neg", "pos"))
    assert given.ids(0).tolist() == made.ids(0).tolist()
    assert np.diff(given.corpus.starts).tolist() == [len(given.ids(row)) - 1 for row in range(3)]
    return made.tokeniser


@pytest.mark.parametrize("texts", [CHINESE, JAPANESE, THAI], ids=["Chinese", "Japanese", "Thai"])
def test_a_script_without_spaces_is_read_in_characters(texts: list[str]) -> None:
    tokeniser = script(texts, "auto")
    assert tokeniser.tokens == "characters"
    assert {len(word) for word in tokeniser.words} == {1}
    assert script(texts, "characters") == tokeniser
    assert script(texts, "words").tokens == "words"


@pytest.mark.parametrize("texts", [KOREAN, ["good film", "a bad film"]], ids=["Korean", "English"])
def test_a_script_with_spaces_is_read_in_words(texts: list[str]) -> None:
    tokeniser = script(texts, "auto")
    assert tokeniser.tokens == "words"
    assert script(texts, "words") == tokeniser
    assert {len(word) for word in script(texts, "characters").words} == {1}


def test_the_saved_tokeniser_reads_new_texts_alike() -> None:
    for tokens in ("words", "characters"):
        tokeniser = script(CHINESE, tokens)
        assert Tokeniser.from_json(tokeniser.as_json()) == tokeniser
    older = Tokeniser(("a", "b"), 5)
    assert Tokeniser.from_json(older.as_json().replace('"tokens": "words",', "")) == older


def test_an_official_index_can_be_read_in_characters_too() -> None:
    corpus = corpus_of(["abc a", "b", "c", "cc"] * 5, [0, 1] * 10)
    ranked = replace(corpus, is_ranked=True)
    assert set(make_texts(ranked, text_config(tokens="characters"), 1).tokeniser.words) == {"a", "b", "c"}
    assert make_texts(ranked, text_config(), 1).tokeniser.words == corpus.words

"""Holm's step-down and letters for all pairs, against plain loops and all subsets."""

from __future__ import annotations

import string
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.evaluation.letters import letters_of, over_all_pairs


@st.composite
def differing(draw: st.DrawFn) -> list[list[bool]]:
    """Return which of two to seven members differ, pair by pair."""
    members = draw(st.integers(2, 7))
    found = [[False] * members for _ in range(members)]
    for one, other in combinations(range(members), 2):
        found[one][other] = found[other][one] = draw(st.booleans())
    return found


def alike_by_all_subsets(differ: list[list[bool]]) -> set[frozenset[int]]:
    """Return the largest sets of members no two of which differ."""
    members = range(len(differ))
    alike = [
        frozenset(each)
        for size in range(1, len(differ) + 1)
        for each in combinations(members, size)
        if not any(differ[one][other] for one, other in combinations(each, 2))
    ]
    return {each for each in alike if not any(each < other for other in alike)}


@given(differ=differing(), data=st.data())
def test_a_letter_stands_for_each_largest_set_of_those_that_do_not_differ(
    differ: list[list[bool]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(differ))))
    found = letters_of(differ, order)
    assert found is not None
    members = {letter: frozenset(at for at, own in enumerate(found) if letter in own) for letter in "".join(found)}
    assert set(members.values()) == alike_by_all_subsets(differ)
    assert len(set(members.values())) == len(members)
    assert found[order[0]].startswith("a")


def test_letters_are_those_of_the_field() -> None:
    """Of five in a row those differ that are three apart or more."""
    differ = [[abs(one - other) >= 3 for other in range(5)] for one in range(5)]
    assert letters_of(differ, range(5)) == ["a", "ab", "abc", "bc", "c"]
    assert letters_of([[False] * 3] * 3, [2, 0, 1]) == ["a", "a", "a"]
    apart = [[one != other for other in range(26)] for one in range(26)]
    assert letters_of(apart, range(26)) == list(string.ascii_lowercase)


def test_more_letters_than_there_are_are_not_given() -> None:
    """Of 100 members who differ at random there would be thousands, and it must not take until they are counted."""
    random = np.random.default_rng(0)
    differ = np.triu(random.random((100, 100)) < 0.5, 1)
    assert letters_of((differ | differ.T).tolist(), range(100)) is None
    apart = [[one != other for other in range(27)] for one in range(27)]
    assert letters_of(apart, range(27)) is None


def holm_by_loops(p_values: list[list[float]]) -> dict[tuple[int, int], float]:
    pairs = sorted(combinations(range(len(p_values)), 2), key=lambda pair: p_values[pair[0]][pair[1]])
    found, highest = {}, 0.0
    for rank, (one, other) in enumerate(pairs):
        highest = max(highest, min(1.0, (len(pairs) - rank) * p_values[one][other]))
        found[one, other] = highest
    return found


@pytest.mark.parametrize("members", [2, 3, 6])
def test_all_pairs_are_adjusted_one_after_the_other(members: int) -> None:
    random = np.random.default_rng(members)
    raw = np.triu(random.random((members, members)) ** 4, 1)
    p_values = raw + raw.T
    found = over_all_pairs(p_values)
    for (one, other), expected in holm_by_loops(p_values.tolist()).items():
        assert found[one, other] == found[other, one] == pytest.approx(expected)
    assert np.diag(found).tolist() == [1.0] * members

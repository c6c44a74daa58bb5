"""Which of all pairs differ, and letters that say so: those who share one can't be told apart.

Sources:
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6.
    Piepho, H.-P. (2004). An algorithm for a letter-based representation of all-pairwise comparisons. Journal of
        Computational and Graphical Statistics 13.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats

_ALPHABET = string.ascii_lowercase


def over_all_pairs(p_values: Floats) -> Floats:
    """Return (members, members): p-values adjusted to the number of pairs (Holm 1979).

    A pair differs where its own is less than 0.05: if no two members differed, one would be said to in 5 % at most.

    Args:
        p_values: (members, members), symmetric: those of each pair by itself.
    """
    first, second = np.triu_indices(len(p_values), 1)
    alone = p_values[first, second]
    order = np.argsort(alone, kind="stable")
    steps = alone[order] * np.arange(len(alone), 0, -1)
    adjusted = np.empty_like(alone)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    found: Floats = np.ones_like(p_values)
    found[first, second] = found[second, first] = adjusted
    return found


def letters_of(differ: Sequence[Sequence[bool]], order: Sequence[int]) -> list[str] | None:
    """Return the letters of each member: two that differ share none, two that don't share one.

    A letter stands for as many members as can't be told apart from each other. They are found by insertion and
    absorption (Piepho 2004): a letter of both members of a pair that differs becomes two, each without one of them; one
    whose members all have another letter in common is given up. It is None where the alphabet has too few letters, as
    of many members of whom most pairs differ this way and that: nobody could read them.

    Args:
        differ: (members, members), symmetric.
        order: The members, the best first, who have the first letters.
    """
    columns = [frozenset(order)]
    for at, one in enumerate(order):
        for other in order[at + 1 :]:
            if differ[one][other]:
                columns = _inserted(columns, one, other)
        if len(columns) > len(_ALPHABET):
            return None
    place = {member: at for at, member in enumerate(order)}
    columns.sort(key=lambda column: sorted(place[member] for member in column))
    found = [""] * len(order)
    for letter, column in zip(_ALPHABET, columns, strict=False):
        for member in column:
            found[member] += letter
    return found


def _inserted(columns: Sequence[frozenset[int]], one: int, other: int) -> list[frozenset[int]]:
    """Return columns none of which has both members, and none of which is in another."""
    both = {one, other}
    kept = [column for column in columns if not both <= column]
    for column in columns:
        if both <= column:
            for each in (other, one):
                part = column - {each}
                if not any(part <= whole for whole in kept):
                    kept.append(part)
    return kept

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

_ALPHABET = string.ascii_lowercase + string.ascii_uppercase


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


def letters_of(differ: Sequence[Sequence[bool]], order: Sequence[int]) -> list[str]:
    """Return the letters of each member: two that differ share none, two that don't share one.

    A letter stands for as many members as can't be told apart from each other. They are found by insertion and
    absorption (Piepho 2004): a letter of both members of a pair that differs becomes two, each without one of them; one
    whose members all have another letter in common is given up.

    Args:
        differ: (members, members), symmetric.
        order: The members, the best first, who have the first letters.
    """
    columns = [frozenset(order)]
    for at, one in enumerate(order):
        for other in order[at + 1 :]:
            if differ[one][other]:
                split = [column - {each} for column in columns if {one, other} <= column for each in (other, one)]
                columns = _absorbed([column for column in columns if not {one, other} <= column] + split)
    place = {member: at for at, member in enumerate(order)}
    columns.sort(key=lambda column: sorted(place[member] for member in column))
    found = [""] * len(order)
    for at, column in enumerate(columns):
        for member in column:
            found[member] += _letter(at)
    return found


def _absorbed(columns: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    unique = list(dict.fromkeys(columns))
    return [column for column in unique if not any(column < other for other in unique)]


def _letter(at: int) -> str:
    return _ALPHABET[at] if at < len(_ALPHABET) else f"({at + 1})"

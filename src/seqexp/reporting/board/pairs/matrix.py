"""All pairs of a table's groups: by how much they differ on the test part, and which of them can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from seqexp.reporting.board.columns import ALIKE, letters_in_words
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.pairs.judgement import Judgement
from seqexp.reporting.board.pairs.words import best_in_words, resolution_in_words
from seqexp.reporting.board.tables import TitledTable, board_title
from seqexp.reporting.board.words import warnings
from seqexp.reporting.text_table import ABSENT, TextTable, plain_table

_ALIKE = "alike"
_FINE = 0.01  # of a test part that tells smaller differences the second decimal is shown


def pair_tables(boards: Sequence[Board]) -> list[TitledTable]:
    """Return one matrix per task: a line and a column for each group that the test part can judge."""
    return [_section(board) for board in boards]


def _section(board: Board) -> TitledTable:
    judgement = board.judgement
    if judgement is None or len(judgement.groups) < 2:
        what = "no pairs: of fewer than two groups there are forecasts of the same test samples"
        return TitledTable(board_title(board), [*warnings(board), what], plain_table(["group"], []))
    worse = "worse" if judgement.metric.better == "lower" else "better"
    found = [f"the line's {judgement.figure} less the column's, in % of that: + is {worse}"]
    if judgement.is_enough:
        found.append(f"{ALIKE} can't be told apart (all pairs at once, 5 %; Holm)")
        found.append(best_in_words(judgement, board.hidden))
    else:
        found.append(f"{ALIKE} can't be told apart: too few independent {board.task.kind.sample}s")
    found.append(resolution_in_words(judgement, board.task.kind.sample))
    return TitledTable(board_title(board), warnings(board), _matrix(board, judgement), found)


def _matrix(board: Board, judgement: Judgement) -> TextTable:
    every = range(len(judgement.groups))
    of_group = {id(standing.group): standing for standing in board.standings}
    headings = ["", *([_ALIKE] if judgement.is_enough else []), *(str(at + 1) for at in every)]
    digits = 2 if (judgement.resolution(with_seeds=False) or 1.0) < _FINE else 1
    rows = []
    for at, group in enumerate(judgement.groups):
        letters = [letters_in_words(of_group[id(group)])] if judgement.is_enough else []
        rows.append([f"{at + 1} {group.name}", *letters, *(_cell(judgement, at, other, digits) for other in every)])
    return plain_table(headings, rows, left={"", _ALIKE}, kept={1})


def _cell(judgement: Judgement, one: int, other: int, digits: int) -> str:
    share = judgement.relative(one, other)
    if one == other or share is None:
        return ABSENT
    return f"{'' if judgement.differ(one, other) else ALIKE}{100 * share:+.{digits}f}"


def pairs_of_board(board: Board) -> list[dict[str, object]]:
    """Return what is known of each pair of groups, each pair once, in the table's order."""
    judgement = board.judgement
    every = range(0 if judgement is None else len(judgement.groups))
    return [_pair(judgement, one, other) for one, other in combinations(every, 2) if judgement is not None]


def _pair(judgement: Judgement, one: int, other: int) -> dict[str, object]:
    share, half = judgement.relative(one, other), judgement.half(one, other)
    return {
        "group": judgement.groups[one].name,
        "other": judgement.groups[other].name,
        "relative": share,
        "low": None if share is None or half is None else share - half,
        "high": None if share is None or half is None else share + half,
        "p": float(judgement.pairs.p_values[one, other]),
        "p_of_all_pairs": float(judgement.adjusted[one, other]),
        "can_be_told": judgement.differ(one, other) if judgement.is_enough else None,
    }

"""Tasks that differ in nothing but how far ahead they forecast, side by side: as the field's tables have them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.groups import Group, common_words, with_own_names
from seqexp.reporting.board.leaderboard import RankedTask
from seqexp.reporting.board.lines import shown_baselines
from seqexp.reporting.board.rows import recipe_of
from seqexp.reporting.board.words import boundary_in_words, warnings
from seqexp.reporting.text_table import ABSENT, TextTable, plain_table
from seqexp.tasks.metric import PUBLISHED

_BEST = "best baseline by validation"
Key = tuple[object, ...]


@dataclass(frozen=True)
class Horizons:
    """Boards of tasks that differ in their horizon alone, the shortest first, each horizon once.

    Its figures are those of the boards, and rank nothing: a task's own table says how sure they are.
    """

    boards: tuple[Board, ...]

    @property
    def title(self) -> str:
        """What the table shows."""
        task = self.boards[0].task
        every = f", {task.horizon_step} rows apart" if task.horizon_step > 1 else ""
        names = " / ".join(metric.label for metric in PUBLISHED)
        return f"{task.dataset}: test {names} by rows ahead{every}, of scaled values{boundary_in_words(task)}"

    @property
    def warnings(self) -> list[str]:
        """What must be known before a figure is read: what holds of every horizon, then what holds of some."""
        of_each = {board.task.horizon: warnings(board) for board in self.boards}
        first, *others = of_each.values()
        common = [line for line in first if all(line in other for other in others)]
        own = ((horizon, line) for horizon, lines in of_each.items() for line in lines if line not in common)
        return [*common, *(f"{horizon:,} rows ahead: {line}" for horizon, line in own)]

    @property
    def table(self) -> TextTable:
        """A line for each configuration, a column for each horizon; means over the seeds."""
        lines = sorted(self._groups().values(), key=self._order)
        names = [group.name for group in with_own_names([_joined(found) for found in lines])]
        rows = [
            [name, *(_figures(found.get(board.task.horizon)) for board in self.boards)]
            for name, found in zip(names, lines, strict=True)
        ]
        rows.append([_BEST, *map(_of_best_baseline, self.boards)])
        headings = ["", *(f"{board.task.horizon:,}" for board in self.boards)]
        return replace(plain_table(headings, rows, left={""}), faint={len(rows) - 1})

    def _groups(self) -> dict[Key, dict[int, Group]]:
        """Return the groups by what they have chosen but for the horizon, then by the horizon."""
        found: defaultdict[Key, dict[int, Group]] = defaultdict(dict)
        for board in self.boards:
            for standing in board.standings:
                found[_choices(standing.group)].setdefault(board.task.horizon, standing.group)
        return found

    def _order(self, found: dict[int, Group]) -> tuple[int, tuple[float, ...]]:
        """Return what lines are sorted by: those of most horizons first, then by the mean of what ranks."""
        figures = [figure for group in found.values() if (figure := group.figure) is not None]
        mean = fmean(figures) if figures and all(map(math.isfinite, figures)) else None
        return -len(found), self.boards[0].task.ranking.order(mean)


def by_horizon(boards: Sequence[Board]) -> list[Horizons]:
    """Return the tables of tasks that differ in their horizon alone; of a task on its own there is none."""
    alike: defaultdict[Key, dict[int, Board]] = defaultdict(dict)
    for board in boards:
        if board.task.columns and board.task.at is None:
            alike[_task_but_horizon(board.task)].setdefault(board.task.horizon, board)
    return [Horizons(tuple(board for _, board in sorted(found.items()))) for found in alike.values() if len(found) > 1]


def _task_but_horizon(task: RankedTask) -> Key:
    row = task.rows[0]
    tags, params = row.stored.tags, row.stored.params
    cut = tuple(sorted((key, value) for key, value in params.items() if key.startswith("dataset.split")))
    measures = (row.delay, task.horizon_step, task.boundary, task.columns, task.ranking.by)
    return (tags.get("seqexp.data_digest", task.dataset), task.simulated, *measures, cut)


def _choices(group: Group) -> Key:
    """Return what a group's runs have in common, but for the horizon and what follows from it."""
    if group.by:
        return tuple(item for item in group.by.items() if item[0] != "dataset.horizon")
    chosen = dict(recipe_of(group.rows[0].stored))
    follows = {key for key in chosen if key.startswith(("dataset.horizon", "training.score_every"))}
    return tuple(sorted((key, value) for key, value in chosen.items() if key not in follows))


def _joined(found: dict[int, Group]) -> Group:
    """Return the groups of all horizons as one, with the words that all their names share."""
    groups = [found[horizon] for horizon in sorted(found)]
    words = common_words([group.name for group in groups])
    name = " ".join(word for word in words if not word.startswith("horizon=")) or groups[0].model
    return replace(groups[0], name=name, rows=tuple(row for group in groups for row in group.rows))


def _figures(group: Group | None) -> str:
    return ABSENT if group is None else _both([group.mean(metric.name("test")) for metric in PUBLISHED])


def _of_best_baseline(board: Board) -> str:
    best = next(iter(shown_baselines(board)), None)
    return ABSENT if best is None else _both([best.figures.get(metric.name("test")) for metric in PUBLISHED])


def _both(values: Sequence[float | None]) -> str:
    return " / ".join(ABSENT if value is None else f"{value:.3f}" for value in values)

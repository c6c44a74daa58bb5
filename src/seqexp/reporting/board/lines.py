"""The lines of a leaderboard: groups and baselines in one order, and what each is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from seqexp.data.arrays import SCORED
from seqexp.reporting.board.column import leads
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import Baseline, baselines, rounded
from seqexp.reporting.board.rows import Row, metrics_of
from seqexp.reporting.board.standing import Standing
from seqexp.tasks.kinds import baseline_in_words


def lines_of(board: Board) -> list[Standing | Baseline]:
    """Return groups and baselines in one order: a group that stands below a baseline is worse than it.

    A baseline that was run as a model is one line: that of the run. In the order of a figure that no baseline has,
    baselines come last.
    """
    ranking, of_baselines = board.task.ranking, shown_baselines(board)
    runs = [line for each in board.standings if (line := as_baseline(each.group, of_baselines)) is not None]
    others = [baseline for baseline in of_baselines if baseline not in runs]

    def order(line: Standing | Baseline) -> tuple[bool, float]:
        figure = line.group.figure if isinstance(line, Standing) else line.figures.get(ranking.by)
        return ranking.order(figure)

    lines: list[Standing | Baseline] = [*board.standings, *others]
    return sorted(lines, key=order) if any(ranking.by in line.figures for line in of_baselines) else lines


def shown_baselines(board: Board) -> list[Baseline]:
    """Return the baselines on the samples that a table's figures are of."""
    return baselines((row for each in board.standings for row in each.group.rows), board.task.ranking)


def skill_is_against(board: Board) -> str:
    """Return the names of the baselines that the shown skills are against: one, unless runs see unlike things."""
    return names_in_words(dict.fromkeys(name for each in board.standings for name in each.group.baselines))


def names_in_words(baselines: Iterable[str]) -> str:
    """Return the names of baselines as people call them."""
    return " or ".join(map(baseline_in_words, baselines))


def line_name(line: Standing | Baseline, of_baselines: Sequence[Baseline]) -> str:
    """Return what a line is called, such as "naive (baseline)": with its true lead where several have the name."""
    if isinstance(line, Baseline):
        alike = Counter(baseline.name for baseline in of_baselines)
        lead = f", {leads(line.lead)}" if alike[line.name] > 1 else ""
        return f"{baseline_in_words(line.name)} (baseline{lead})"
    same = as_baseline(line.group, of_baselines)
    if same is None:
        return line.group.name
    called, named = baseline_in_words(same.name), baseline_in_words(line.group.name)
    which = "" if named.startswith(called) else called.removeprefix(named).strip()
    return f"{line.group.name} (baseline{f' {which}' if which else ''})"


def as_baseline(group: Group, of_baselines: Sequence[Baseline]) -> Baseline | None:
    """Return the baseline that was run as the model of a group: one of its estimator's name, with the same figures."""
    estimators = {_estimator(row) for row in group.rows}
    names = [metric.name(part) for metric in metrics_of(group.ranking.kind) for part in SCORED]
    for baseline in of_baselines:
        known = [name for name in names if name in baseline.figures]
        is_named = len(estimators) == 1 and baseline.name.replace("_", "").startswith(tuple(estimators))
        if is_named and all(rounded(group.mean(name)) == rounded(baseline.figures[name]) for name in known):
            return baseline
    return None


def _estimator(row: Row) -> str:
    """Return the name of a run's estimator as baselines have it: "seasonalnaive" of SeasonalNaive; " " of networks."""
    keys = (key.split(".") for key in row.stored.params)
    return next((names[2].lower() for names in keys if names[:2] == ["model", "estimator"] and len(names) > 2), " ")

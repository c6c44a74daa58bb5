"""The leaderboard's words: the lines above and below a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from seqexp.data.arrays import PART_WORDS, SCORED
from seqexp.data.samples import FEWEST_JUDGED
from seqexp.data.series.targets import target_in_words
from seqexp.evaluation.intervals import FEWEST_SEEDS
from seqexp.reporting.board.columns import ALIKE, FRONT, columns
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.leaderboard import TOO_FEW, Leaderboard, RankedTask, scored_samples
from seqexp.reporting.board.lines import lines_of, skill_is_against
from seqexp.reporting.board.pairs.words import flattered_in_words, judged_in_words
from seqexp.reporting.board.ranking import is_cost
from seqexp.reporting.board.rows import metrics_of
from seqexp.reporting.board.standing import Standing
from seqexp.reporting.numbers import counted
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tasks.metric import is_clearly_less

STAND_IN = "simulated stand-in, not the official record"
NOTHING = "No finished runs yet."
_OF_OTHERS = ("lecture", "drop_last")  # how others cut the windows of parts, errors of theirs included
_NAMED = 3  # groups that a remark names


def title(task: RankedTask, *, anew: bool = False) -> str:
    """Return the line that states what all runs of a table did.

    Where they were scored anew, how many samples that were when they ran is no matter of the table.
    """
    counts = {tuple(scored_samples(row.stored.tags).items()) for row in task.rows}
    scored = ""
    if not anew and len(counts) == 1 and (parts := dict(counts.pop())):
        each = (f"{count:,} {PART_WORDS[part]}" for part, count in parts.items())
        scored = f", scored on {' and '.join(each)} {task.kind.sample}s"
    what = f"classes {task.target}" if task.kind.order == "independent" else _forecast(task)
    runs = counted(len(task.rows), "run")
    groups = f" in {counted(len(task.groups), 'group')}" if len(task.groups) < len(task.rows) else ""
    return f"{task.dataset}: {what}{scored} | {runs}{groups} | task {task.digest.removeprefix('sha256:')[:8]}"


def _forecast(task: RankedTask) -> str:
    """Return what is forecast, how far ahead, and whether parts are cut as others do, which no other run is."""
    found = target_in_words(task.columns) if len(task.columns) > 1 else task.target
    rows = task.horizon // task.horizon_step
    if rows > 1:
        every = "" if task.horizon_step == 1 else f", {task.horizon_step} apart"
        begin = f" from {counted(task.delay, 'row')} after the window" if task.delay else ""
        begin = f", the first at a lead of {counted(task.lead, 'row')}" if task.lead is not None else begin
        found += f", {counted(rows, 'row')} ahead{every}{begin}"
    elif task.lead is not None:
        found += f", {counted(task.lead, 'row')} ahead"
    else:
        found += f", {counted(task.delay or 0, 'row')} after the window"
    if task.at is not None:
        found += f"; at {task.at}"
    return f"{found}{boundary_in_words(task)}"


def boundary_in_words(task: RankedTask) -> str:
    """Return how parts are cut, as the end of a title, where others cut them so; else ""."""
    return f", boundary={task.boundary}" if task.boundary in _OF_OTHERS else ""


def warnings(board: Board) -> list[str]:
    """Return what must be known before a figure is read: stand-in data, selection on the test part, other rows."""
    found = [STAND_IN] if board.task.simulated else []
    ranking, where = board.task.ranking, board.task.where
    if where is not None:
        on_test = ", that is SELECTED ON THE TEST PART: their test figures are flattered by it"
        found.append(f"only runs where {where.text}{on_test if board.task.chosen_on_test else ''}")
    if not board.is_ranked:
        found.append(_not_ranked(board))
    elif ranking.selects_on_test:
        found.append(
            f"ranked by {ranking.by}, that is SELECTED ON THE TEST PART: the best one's test figure is better than "
            "it would be on new data"
        )
    elif ranking.part is None:
        found.append(f"ranked by {ranking.by}")
    if board.common is not None:
        found.append(
            f"scored anew on the {board.common['val']:,} validation and {board.common['test']:,} test "
            f"{board.task.kind.sample}s that all runs have in common"
        )
        if board.is_ranked and not ranking.is_score and not is_cost(ranking.by):
            found.append(f"{ranking.by} is as recorded, each run on its own windows")
    few = [
        f"{PART_WORDS[part]} is worth about {worth:.0f} (its errors stay alike over about {board.blocks[part]})"
        for part, worth in board.independent.items()
        if worth < FEWEST_JUDGED
    ]
    if few:
        found.append(f"too few independent {board.task.kind.sample}s to tell: {', '.join(few)}")
    return [*found, *board.notes]


def _not_ranked(board: Board) -> str:
    by = board.task.ranking.by
    if all(group.figure is None for group in board.groups):
        return f"no run of this task has {by}: not ranked"
    return f"{by} is finite in no group of this task: not ranked"


def remarks(board: Board) -> list[str]:
    """Return what explains a table, to stand below it."""
    standings = board.standings
    found = [*judged_in_words(board), *flattered_in_words(board)]
    if any(standing.group.n > 1 for standing in standings):
        found.append("val, test: mean ± standard deviation over the runs of a group")
    several = [standing.versus for standing in standings if standing.versus]
    if several or any(standing.skill_test for standing in standings):
        what = "skill, vs best: ± half the 95 % interval" if several else "skill: ± half the 95 % interval"
        found.append(what + _methods(board))
    if any(standing.group.mean("skill_val") is not None for standing in standings):
        several_names = len({name for standing in standings for name in standing.group.baselines}) > 1
        which = "the best baseline by validation" if not several_names else "whichever the line names"
        found.append(f"skill: the share of the error of {skill_is_against(board)}, {which}, that is taken away")
    found += _never_err(board)
    unlike = [standing.group for standing in standings if len(standing.group.baselines) > 1]
    if unlike:
        found.append(
            f"no mean skill of {_some(group.name for group in unlike)}: those of the runs are against several baselines"
        )
    alike = [each.group.name for each in standings if each.versus and not each.versus.can_be_told]
    if alike:
        found.append(f"{ALIKE} can't be told from the best: {_some(alike)}")
    found += [*_too_few(board), *_remarkable(board), *_ordered_otherwise(board)]
    if any(standing.on_front for standing in standings):
        found.append(f"{FRONT} no group is both better and cheaper in {board.cost}")
    if board.task.older:
        found.append(f"{counted(board.task.older, 'older run')} of the same configuration and seed left out")
    if board.hidden:
        found.append(f"{counted(board.hidden, 'more group')}: --top 0 shows all")
    return found


def _never_err(board: Board) -> Iterator[str]:
    """Yield of which baselines and parts there is no skill, for nothing could be taken away."""
    metric, rows = board.task.metric, [row for standing in board.standings for row in standing.group.rows]
    for name in dict.fromkeys(row.baselines[0] for row in rows):
        values = {part: [row.baseline(part) for row in rows if row.baselines[0] == name] for part in SCORED}
        parts = [
            PART_WORDS[part] for part in SCORED if any(v is not None and metric.never_errs(v) for v in values[part])
        ]
        if parts:
            yield f"{baseline_in_words(name)} never errs in {' and '.join(parts)}: no skill can be computed there"


def _too_few(board: Board) -> Iterator[str]:
    """Yield how many runs the groups have that have an interval, and too few runs for their spread to be in it."""
    few = {
        standing.group.n
        for standing in board.standings
        if standing.group.n < FEWEST_SEEDS and (standing.skill_test or standing.skill_val or standing.versus)
    }
    what = "run" if any(standing.group.by for standing in board.standings) else "seed"
    if few:
        counts = " and ".join(counted(n, what) for n in sorted(few))
        yield f"{counts}: too few to know their spread; such intervals are over {board.task.kind.sample}s alone"


def _remarkable(board: Board) -> Iterator[str]:
    """Yield remarks on groups, for a figure other than the one that ranks them."""
    for metric in metrics_of(board.task.kind):
        values = [(each.name, each.mean(metric.name("val"))) for each in board.groups]
        found = [f"{name} ({value:.4f})" for name, value in values if value is not None and metric.is_remarkable(value)]
        if found:
            yield f"val {metric.label} of {_some(found)}: {metric.remark}"


def _some(names: Iterable[str]) -> str:
    """Return the first of several names, and how many more there are."""
    known = list(names)
    more = f" and {counted(len(known) - _NAMED, 'more group')}" if len(known) > _NAMED else ""
    return f"{', '.join(known[:_NAMED])}{more}"


def _ordered_otherwise(board: Board) -> Iterator[str]:
    """Yield what another error says of a group that stands above another group or a baseline, metric by metric."""
    metric, part = board.task.ranking.decides or (board.task.metric, None)
    lines = lines_of(board)
    name = next(column for column in columns(board) if column.key == "name")
    for other in metrics_of(board.task.kind):
        if part is None or other is metric or not (metric.is_error and other.is_error):
            continue
        by = other.name(part)
        values = [line.group.mean(by) if isinstance(line, Standing) else line.figures.get(by) for line in lines]
        pairs = zip(lines, values, strict=True)
        known = [(line, value) for line, value in pairs if value is not None and math.isfinite(value)]
        for position, (line, value) in enumerate(known):
            # How baselines stand to each other says nothing of a model.
            below = [pair for pair in known[position:] if isinstance(line, Standing) or isinstance(pair[0], Standing)]
            less = [pair for pair in below if is_clearly_less(pair[1], than=value)]
            if less:
                best, least = min(less, key=lambda pair: pair[1])
                said = f"{name.cell(best)} is better than {name.cell(line)}: {least:.4f} against {value:.4f}"
                yield f"{other.label} orders the lines differently: by {part} {other.label} {said}"
                break


def _methods(board: Board) -> str:
    versus = [standing.versus.shown for standing in board.standings if standing.versus]
    skills = [skill for standing in board.standings for skill in (standing.skill_val, standing.skill_test)]
    shown = [interval for interval in (*versus, *skills) if interval is not None]
    blocks = sorted({interval.block for interval in shown if interval.block})
    found = []
    if any(interval.over == "seeds" for interval in shown):
        found.append("paired over seeds where 3 or more match")
    kind = board.task.kind
    if kind.order == "independent" and blocks:
        found.append(f"the {kind.sample}s resampled one by one")
    elif blocks:
        span = f"{blocks[0]}" if len(blocks) == 1 else f"{blocks[0]} to {blocks[-1]}"
        found.append(f"circular block bootstrap over {kind.sample}s, {span} per block (Politis and White 2004)")
    return f": {'; '.join(found)}" if found else ""


def unranked_line(board: Leaderboard) -> str:
    """Return how many runs have no rank, such as "Not ranked: 1 failed"."""
    explained = {TOO_FEW: f"{TOO_FEW} windows or texts (--few ranks them)"}
    counts = (f"{count} {explained.get(status, status)}" for status, count in board.unranked_counts())
    return f"Not ranked: {', '.join(counts)}"

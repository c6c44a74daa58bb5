"""What is said of how many seeds it takes: a table per task, and the commands that train those that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seqexp.evaluation.intervals import FEWEST_SEEDS
from seqexp.evaluation.power import POWER
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.pairs.words import in_percent
from seqexp.reporting.board.power.outlook import FOLDS, MOST_FOLDS, Needed, Outlook, PairOutlook
from seqexp.reporting.board.tables import TitledTable, board_title
from seqexp.reporting.board.words import warnings
from seqexp.reporting.numbers import counted
from seqexp.reporting.page.recipes import command_of_seeds
from seqexp.reporting.text_table import ABSENT, TextTable, plain_table

_NONE = "none"
_HARDLY = 1e-4  # a share below which a difference is not spoken of


@dataclass(frozen=True)
class NextStep:
    """What to run next: what it is for, and the command lines."""

    what: str
    commands: list[str]


def section_of(found: Outlook) -> TitledTable:
    """Return the table of a task."""
    board = found.board
    title, above = board_title(board), warnings(board)
    if not found.pairs:
        what = "nothing to tell apart: of fewer than two groups there are forecasts of the same test samples"
        if board.judgement is not None and not board.judgement.best:
            what = f"no share of the best {board.judgement.figure} can be told: it is 0"
        return TitledTable(title, [*above, what], plain_table(["difference"], []))
    return TitledTable(title, above, _table(found), list(_remarks(found)))


def next_step(found: Outlook) -> NextStep | None:
    """Return what to run next for the best two; None where all is there, or nothing helps."""
    relative, missing = found.next_step
    if not missing:
        return None
    seeds = " and ".join(f"{counted(count, 'more seed')} of {group.name}" for group, count in missing)
    what = "to know their spread" if relative is None else f"to tell {in_percent(relative)}"
    return NextStep(f"{seeds}, {what}", [_command(group, count) for group, count in missing])


def _command(group: Group, count: int) -> str:
    return command_of_seeds([row.stored for row in group.rows], count)


def _table(found: Outlook) -> TextTable:
    judgement = found.board.judgement
    assert judgement is not None  # there are pairs
    headings = ["difference", judgement.figure, *(f"seeds: {pair.name}" for pair in found.pairs), "folds"]
    rows = []
    for at, relative in enumerate(found.differences):
        of_pairs = [needed[at] for _, needed in found.needed]
        absolute = f"{relative * abs(judgement.best):.4f}"
        rows.append([in_percent(relative), absolute, *map(_seeds, of_pairs), _folds(of_pairs[0])])
    return plain_table(headings, rows, kept=(2,), folding=())


def _seeds(needed: Needed) -> str:
    if needed.can_be_told is None:
        return ABSENT
    if needed.seeds is None:
        return _NONE if needed.low is None else f"{_NONE} ({needed.low:,} or more)"
    if needed.low == needed.high:
        return f"{needed.seeds:,}"
    most = "or more" if needed.high is None else f"to {needed.high:,}"
    return f"{needed.seeds:,} ({needed.low:,} {most})"


def _folds(needed: Needed) -> str:
    if needed.can_be_told is None:
        return ABSENT
    return f"over {MOST_FOLDS}" if needed.folds is None else f"{needed.folds}"


def _remarks(found: Outlook) -> Iterator[str]:
    judgement, kind = found.board.judgement, found.board.task.kind
    assert judgement is not None  # there are pairs
    for pair in found.pairs:
        yield _limit(pair, len(found.pairs) > 1)
    if found.pairs[0].knows_seeds:
        yield (
            f"seeds: how many of each group the leaderboard's test needs to tell a true difference in "
            f"{100 * POWER:.0f} of 100 cases (5 %, two-sided); in brackets what the runs that there are and "
            f"{judgement.independent:,.0f} independent {kind.sample}s leave open, with 80 %"
        )
        if any(each.can_be_told is False for _, needed in found.needed for each in needed):
            yield f"{_NONE}: no number of seeds tells it on this test part"
        yield (
            f"folds: how many test parts like this one tell it of {found.pairs[0].name}, with {FEWEST_SEEDS} seeds on "
            "each: roughly, for other parts may be harder or easier"
        )
    if found.few_independent:
        few = f"{judgement.independent:,.0f} independent {kind.sample}s"
        yield f"{few} are too few to know their variance: all this is rough"


def _limit(pair: PairOutlook, named: bool) -> str:
    """Return what this test part can tell of a pair at all."""
    least, low, high = pair.floor
    name = f"{pair.name}: " if named else ""
    folds = f"{FOLDS} folds would tell about {in_percent(pair.with_folds(FOLDS))}"
    if not pair.knows_seeds:
        single = ", or less, for what single runs err by themselves is in it" if pair.seeds == 1 else ""
        unknown = f"the spread over seeds isn't known, for no group has {FEWEST_SEEDS} seeds"
        limit = f"by the windows alone no number of seeds tells less than about {in_percent(least)}{single}"
        return f"{name}{unknown}; {limit}; {folds}"
    if least < _HARDLY:
        limit = "the runs that there are show no limit that this test part sets to more seeds"
        return f"{name}{_now(pair)}{limit}; if there is one, it is below {in_percent(high)} (90 %)"
    between = f"{in_percent(low)} to {in_percent(high)}"
    limit = f"no number of seeds tells less than {in_percent(least)} ({between}) on this test part"
    return f"{name}{_now(pair)}{limit}; {folds}"


def _now(pair: PairOutlook) -> str:
    if pair.now is None:
        return ""
    return f"{counted(pair.seeds, 'seed')} of each tell about {in_percent(pair.now)}; "

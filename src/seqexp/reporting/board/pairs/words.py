"""What is said below a table of its best set, its letters, its best one's luck, and what its test part can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqexp.reporting.board.columns import MAY_BE_BEST
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.pairs.judgement import Judgement
from seqexp.reporting.numbers import counted, decimals_for

_NAMED = 5  # groups that a line names
_SAYS_SO = 0.0005  # a flattery that is less, as a share of the figure, is not spoken of
_MATTERS = 1.1  # the spread over seeds is spoken of where it widens intervals by more


def judged_in_words(board: Board) -> Iterator[str]:
    """Yield which groups may be the best, what letters mean, and what differences the test part tells."""
    judgement = board.judgement
    if judgement is None:
        return
    if len(judgement.groups) > 1 and judgement.is_enough:
        yield best_in_words(judgement, board.hidden)
        if judgement.tells_anything:
            yield letters_explained(judgement)
    yield resolution_in_words(judgement, board.task.kind.sample)


def flattered_in_words(board: Board) -> Iterator[str]:
    """Yield by how much the best group's figure is flattered, and whether its test figure is."""
    found = board.flattered
    if found is None or found.share is None or found.share < _SAYS_SO:
        return
    digits = decimals_for([found.amount])
    label = f"{found.part} {found.metric.label}"
    by = f"by about {found.amount:.{digits}f} ({in_percent(found.share)})"
    seeds = "" if found.with_seeds else ", its seeds' luck not counted"
    test = ""
    if found.part == "val" and not board.task.selects_on_test:
        test = f"; test {found.metric.label}, which chose nothing, doesn't flatter"
    yield f"luck helps to be the best of {found.groups:,}: its {label} is flattered {by}{seeds}{test}"


def letters_explained(judgement: Judgement) -> str:
    """Return what letters mean, or why there are none."""
    if judgement.letters is None:
        return "alike: of so many groups there are no letters; --pairs shows which can't be told apart"
    figure = judgement.figure
    return f"alike: groups that share a letter can't be told apart by {figure} (all pairs at once, 5 %; Holm)"


def best_in_words(judgement: Judgement, hidden: int) -> str:
    """Return which groups may be the best of those that are shown, where so many are not."""
    return f"{_best(judgement)}{_of_others(judgement, hidden)}"


def _best(judgement: Judgement) -> str:
    inside = [group for group, is_in in zip(judgement.groups, judgement.in_best_set or [], strict=True) if is_in]
    out = len(judgement.groups) - len(inside)
    if not out:
        return f"any of {_named(inside)} may be the best by {judgement.figure}: with 95 % confidence none is out"
    among = f"is among: {_named(inside)}" if len(inside) > 1 else f"is {inside[0].name}"
    others = "1 other is out" if out == 1 else f"{out:,} others are out"
    return f"{MAY_BE_BEST} with 95 % confidence the best by {judgement.figure} {among}; {others}"


def _of_others(judgement: Judgement, hidden: int) -> str:
    """Return which groups nothing is said of, as the end of a sentence."""
    unjudged = f"; not judged: {_named(judgement.left_out)}" if judgement.left_out else ""
    return f"{unjudged}; of the groups that are shown" if hidden else unjudged


def resolution_in_words(judgement: Judgement, sample: str) -> str:
    """Return what differences the test part tells, and how many independent samples it is worth."""
    worth = f"{judgement.independent:,.0f} independent {sample}s"
    share = judgement.resolution(with_seeds=False)
    if share is None:
        return f"this test part is worth about {worth}"
    whole = judgement.resolution(with_seeds=True) or share
    seeds = f" ({in_percent(whole)} with the spread over their seeds)" if whole > _MATTERS * share else ""
    if not judgement.is_enough:
        found = (
            f"this test part tells, at best, differences of about {in_percent(share)} between models like these{seeds}"
        )
        return f"{found}; {worth}: too few to say which may be the best"
    return f"this test part tells differences of about {in_percent(share)} between models like these{seeds}; {worth}"


def in_percent(share: float) -> str:
    """Return a share with two digits, such as "0.84 %", "3.2 %" or "140 %"."""
    value = 100 * share
    return f"{value:.2f} %" if value < 1 else f"{value:.1f} %" if value < 10 else f"{value:,.0f} %"


def _named(groups: Sequence[Group]) -> str:
    more = f" and {counted(len(groups) - _NAMED, 'more group')}" if len(groups) > _NAMED else ""
    return f"{', '.join(group.name for group in groups[:_NAMED])}{more}"

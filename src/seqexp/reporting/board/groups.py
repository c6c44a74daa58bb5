"""Runs that differ in nothing but their seeds, or that have in common what is asked for."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from seqexp.config.errors import nearest, nearest_path, raise_any, wrong
from seqexp.reporting.board.ranking import Ranking
from seqexp.reporting.board.rows import Choices, Row, configurations, recipe_of
from seqexp.reporting.numbers import differing_parts
from seqexp.tasks.lead import Lead
from seqexp.tasks.metric import better_of, order_key
from seqexp.tracking.reading.stored_runs import StoredRun

_ABSENT = "-"
_SKILLS = frozenset(("skill_val", "skill_test"))
_SHORT = 20  # characters of a choice that is added to a name before longer ones are
_LONG = 60  # characters of a choice that is written whole in a name, even where only a part of it differs


@dataclass(frozen=True)
class Spread:
    """How a figure varies over those n runs of a group that have it."""

    n: int
    mean: float
    sd: float | None  # with n - 1; None of one run
    best: float


@dataclass(frozen=True)
class Group:
    """Runs that are summed up in one line.

    Attributes:
        name: Tells it from the other groups of the task.
        by: What its runs have in common, of what was asked for; empty where that is all but the seed.
        rows: Its runs, the best first; of those of one configuration and seed only the newest.
        failed: Runs of these configurations that failed, with seeds that no finished run has: what the mean leaves out.
        ranking: What orders runs and groups.
    """

    name: str
    by: Mapping[str, str]
    rows: tuple[Row, ...]
    failed: int
    ranking: Ranking

    @property
    def n(self) -> int:
        """How many runs."""
        return len(self.rows)

    @property
    def model(self) -> str:
        """The model's name; several, if the runs are of several."""
        return ", ".join(dict.fromkeys(row.model for row in self.rows))

    @property
    def baselines(self) -> list[str]:
        """The names of the baselines that the skills of its runs are against: one, but for unlike runs."""
        return list(dict.fromkeys(row.baselines[0] for row in self.rows))

    @property
    def figure(self) -> float | None:
        """The mean that decides the rank."""
        return self.mean(self.ranking.by)

    @property
    def val(self) -> Spread:
        """The validation figure of what its runs are judged by."""
        spread = self.spread(self.ranking.metric.name("val"))
        assert spread is not None  # every ranked run has one
        return spread

    def spread(self, figure: str) -> Spread | None:
        """Return how the figure of this name varies over the runs; None if none has it.

        Skills against several baselines are shares of unlike errors: they have no mean.
        """
        if figure in _SKILLS and len(self.baselines) > 1:
            return None
        values = [value for row in self.rows if (value := row.figure(figure)) is not None]
        if not values:
            return None
        finite = [value for value in values if math.isfinite(value)]
        whole = len(finite) == len(values)
        better = self.ranking.better if figure == self.ranking.by else better_of(figure)
        return Spread(
            n=len(values),
            mean=fmean(values) if whole else sum(values),  # an infinity or NaN, which fmean takes no two of
            sd=stdev(values) if len(values) > 1 and whole else None,
            best=min(finite or values, key=lambda value: order_key(better, value)),
        )

    def mean(self, figure: str) -> float | None:
        """Return the mean of a figure over the runs that have it; None if none has."""
        spread = self.spread(figure)
        return None if spread is None else spread.mean

    @property
    def leads(self) -> list[Lead]:
        """The true leads of its runs, each once, the shortest first, of many the first and last; empty for texts."""
        return sorted({lead for row in self.rows for lead in (row.lead, row.last_lead) if lead is not None})

    def by_seed(self) -> dict[str, Row]:
        """Return the runs by their seeds; nothing if two runs share one, of which neither would be the other's pair."""
        found = {row.seed: row for row in self.rows}
        return found if len(found) == self.n else {}


def check_by(by: Sequence[str], runs: Sequence[StoredRun]) -> None:
    """Check that each key by which runs are to be grouped is one that a run has.

    Raises:
        InputError: None of the runs has a key; one message a key.
    """
    faults = []
    for key in by:
        if runs and all(run.value(key) is None for run in runs):
            known = list(dict.fromkeys(name for run in runs for name in (*run.params, *run.tags)))
            hint = nearest(key, known) or nearest_path(key, known)
            faults.append(
                wrong("--by", f"must name configuration keys or tags that a run has. Received: {key!r}.{hint}")
            )
    raise_any(faults)


def grouped(rows: Sequence[Row], failed: Sequence[StoredRun], by: Sequence[str], ranking: Ranking) -> tuple[Group, ...]:
    """Return the groups of a task's runs, best first.

    `by` names the configuration keys, tags or attributes that the runs of a group have in common; where it is empty,
    they have all that is chosen but the seed.
    """
    chosen = configurations([*(row.stored for row in rows), *failed])
    newest: dict[tuple[Choices, str], Row] = {}
    for row in sorted(rows, key=lambda row: row.stored.started):
        newest[chosen[row.stored.run_id], row.seed] = row
    of_key: defaultdict[Choices, list[Row]] = defaultdict(list)
    for (choices, _), row in newest.items():
        of_key[_key(by, row.stored, choices)].append(row)
    never = {(chosen[run.run_id], run.params.get("seed", "")): run for run in failed}
    lost = Counter(_key(by, run, choices) for (choices, seed), run in never.items() if (choices, seed) not in newest)
    groups = [_group(members, lost[key], key if by else (), ranking) for key, members in of_key.items()]
    named = _named_by_what_was_asked(groups) if by and groups else with_own_names(groups)
    return tuple(sorted(named, key=lambda group: (*ranking.order(group.figure), group.rows[0].stored.started)))


def _key(by: Sequence[str], run: StoredRun, choices: Choices) -> Choices:
    """Return what is equal for the runs of one group, of a run with all its choices."""
    found = ((key, run.value(key)) for key in by)
    return tuple((key, _ABSENT if value is None else str(value)) for key, value in found) if by else choices


def _group(rows: Sequence[Row], failed: int, by: Choices, ranking: Ranking) -> Group:
    ordered = sorted(rows, key=lambda row: (*ranking.order(row.figure(ranking.by)), row.stored.started))
    return Group(_common_name(rows), dict(by), tuple(ordered), failed, ranking)


def _named_by_what_was_asked(groups: Sequence[Group]) -> list[Group]:
    """Return the groups with names such as "gru step=3" for model.name=gru, dataset.step=3."""
    keys = groups[0].by
    shown = {key: differing_parts([group.by[key] for group in groups], _LONG) for key in keys}
    return [
        replace(group, name=" ".join(_in_words(key, shown[key][position]) for key in keys))
        for position, group in enumerate(groups)
    ]


def _in_words(key: str, value: str) -> str:
    return value if key == "model.name" else f"{key.rpartition('.')[2]}={value}"


def _common_name(rows: Sequence[Row]) -> str:
    """Return the words that the runs' names have in common; the model's name if there are none."""
    return " ".join(common_words([row.name for row in rows])) or rows[0].model


def common_words(names: Sequence[str]) -> list[str]:
    """Return the words of the first name that all others have, too."""
    first, *others = (name.split() for name in names)
    return [word for word in first if all(word in other for other in others)]


def with_own_names(groups: Sequence[Group]) -> list[Group]:
    """Return the groups with what differs between those of one name put behind it."""
    of_name: defaultdict[str, list[Group]] = defaultdict(list)
    for group in groups:
        of_name[group.name].append(group)
    return [
        group if len(same := of_name[group.name]) == 1 else replace(group, name=_with_choices(group, same))
        for group in groups
    ]


def _with_choices(group: Group, same: Sequence[Group]) -> str:
    """Return the name with as many choices behind it as make it unique among the groups of that name."""
    recipes = [dict(recipe_of(other.rows[0].stored)) for other in same]
    differing = {key for recipe in recipes for key in recipe if len({other.get(key) for other in recipes}) > 1}
    # What YAML wrote out, such as a list of layers, follows from the shorter choices that are behind it.
    longest = {key: max(len(recipe.get(key, "")) for recipe in recipes) for key in differing}
    taken: list[str] = []
    values: list[tuple[str | None, ...]] = [()] * len(recipes)
    for key in sorted(differing, key=lambda key: (longest[key] > _SHORT, not key.startswith("model."), key)):
        more = [(*before, recipe.get(key)) for before, recipe in zip(values, recipes, strict=True)]
        if len(set(more)) > len(set(values)):
            taken, values = [*taken, key], more
    position = next(position for position, other in enumerate(same) if other is group)
    shown = (differing_parts([recipe.get(key, _ABSENT) for recipe in recipes], _LONG)[position] for key in taken)
    return " ".join(
        [group.name, *(f"{key.rpartition('.')[2]}={value}" for key, value in zip(taken, shown, strict=True))]
    )

"""Which finished runs may be compared, and in which order: tasks, in them groups, in them runs."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from seqexp.config.errors import Fault, InputError, collecting
from seqexp.reporting.board.groups import Group, Grouping, grouped
from seqexp.reporting.board.ranking import Ranking, is_of_test
from seqexp.reporting.board.rows import Row, row_of
from seqexp.tasks.metric import ACCURACY, MAE, Measure
from seqexp.tracking.recorder import FAILURE, PRUNED
from seqexp.tracking.stored_runs import SWEEP, StoredRun
from seqexp.tracking.where import Where

_BASELINE_DIGITS = 6


@dataclass(frozen=True)
class Baseline:
    """The baseline on the samples of some of the runs: the naive forecast, or the majority class."""

    val: float
    test: float | None
    test_units: float | None
    lead_hours: float | None


@dataclass(frozen=True)
class Task:
    """Runs that did the same task, in groups, the best group first.

    Attributes:
        digest: The task digest that they share.
        dataset: The dataset's name.
        target: The column that is forecast; of texts, their classes.
        delay: Rows from the window's end to the target, as text; empty for texts.
        score_every: Every n-th window was scored, as text.
        unit: The target's unit, such as "deg C".
        simulated: Whether the data is the stand-in, not the official record.
        ranking: What the groups are ordered by.
        groups: The groups, the best first; those whose figure is not finite come last.
        older: Runs that were made again later, with the same configuration and seed, and are in no group.
        where: The condition by which runs were chosen; None: all of the task are in it.
        chosen_on_test: Whether that is one on a figure of the test part.
    """

    digest: str
    dataset: str
    target: str
    delay: str
    score_every: str
    unit: str
    simulated: bool
    ranking: Ranking
    groups: tuple[Group, ...]
    older: int
    where: Where | None = None
    chosen_on_test: bool = False

    @property
    def measure(self) -> Measure:
        """What the task's runs are judged by."""
        return self.ranking.measure

    @property
    def selects_on_test(self) -> bool:
        """Whether the test part decides who is best, or who is there at all."""
        return self.ranking.selects_on_test or self.chosen_on_test

    @property
    def rows(self) -> list[Row]:
        """All its runs, group by group."""
        return [row for group in self.groups for row in group.rows]


@dataclass(frozen=True)
class Unranked:
    """A run that has no rank: it did not finish, or lacks what a rank needs."""

    name: str
    model: str
    status: str
    reason: str
    started: datetime


@dataclass(frozen=True)
class Leaderboard:
    """All runs of a store, or those that were chosen of it.

    Attributes:
        tasks: The ranked runs by task; the task with the newest run first.
        unranked: The others, newest first.
    """

    tasks: tuple[Task, ...]
    unranked: tuple[Unranked, ...]

    def unranked_counts(self) -> list[tuple[str, int]]:
        """Return how many unranked runs there are of each status, the most frequent first."""
        return Counter(run.status for run in self.unranked).most_common()


def leaderboard(
    runs: Iterable[StoredRun], by: Sequence[str] = (), metric: str | None = None, where: Where | None = None
) -> Leaderboard:
    """Order runs task by task.

    Sweeps' parents have no figures of their own and are left out; so are runs of other programs. A run that was made
    again, with the same seed, counts once: the newest.

    Args:
        runs: The runs.
        by: What the runs of a group have in common: configuration keys or tags. Empty: all that is chosen but the seed.
        metric: The metric that orders the groups; None: the validation figure of each task.
        where: The condition by which the runs were chosen, which readers must know.

    Raises:
        InputError: No run has the metric, or keys of `by`.
    """
    candidates = [run for run in runs if run.kind not in ("", SWEEP)]
    reasons = {run.run_id: _unranked(run) for run in candidates}
    ranked = [run for run in candidates if reasons[run.run_id] is None]
    faults: list[Fault] = []
    grouping = Grouping()
    with collecting(faults):
        grouping = Grouping.of(by, ranked)
    with collecting(faults):
        Ranking.check(metric, ranked)
    if faults:
        raise InputError(*faults)
    failed = [run for run in candidates if run.status == "FAILED"]
    on_test = where is not None and any(_is_test_figure(name, candidates) for name in where.names)
    unranked = [reason for reason in reasons.values() if reason is not None]
    return Leaderboard(
        tasks=tuple(
            replace(task, where=where, chosen_on_test=on_test) for task in _tasks(ranked, failed, grouping, metric)
        ),
        unranked=tuple(sorted(unranked, key=lambda run: run.started, reverse=True)),
    )


def _is_test_figure(name: str, runs: Sequence[StoredRun]) -> bool:
    """Return whether a name of a condition is that of a figure of the test part, and not of a key or a tag."""
    if name.startswith("metrics."):
        return is_of_test(name)
    return is_of_test(name) and any(name in run.metrics for run in runs) and not any(name in run.params for run in runs)


def _tasks(
    runs: Iterable[StoredRun], failed: Sequence[StoredRun], grouping: Grouping, metric: str | None
) -> tuple[Task, ...]:
    of_task: defaultdict[str, list[StoredRun]] = defaultdict(list)
    for run in runs:
        of_task[_digest(run.tags)].append(run)
    newest = sorted(of_task, key=lambda digest: max(run.started for run in of_task[digest]), reverse=True)
    return tuple(
        _task(digest, of_task[digest], [run for run in failed if _digest(run.tags) == digest], grouping, metric)
        for digest in newest
    )


def _task(
    digest: str, runs: Sequence[StoredRun], failed: Sequence[StoredRun], grouping: Grouping, metric: str | None
) -> Task:
    params, tags = runs[0].params, runs[0].tags
    ranking = Ranking.of(ACCURACY if ACCURACY.best("val") in runs[0].metrics else MAE, metric)
    groups = grouped([row_of(run, ranking.measure) for run in runs], failed, grouping, ranking)
    return Task(
        digest=digest,
        dataset=params.get("dataset.name", "unknown dataset"),
        target=tags.get("seqexp.classes") or params.get("dataset.target", "unknown target"),
        delay="" if ranking.measure is ACCURACY else params.get("dataset.delay", "?"),
        score_every=params.get("training.score_every", "?"),
        unit=tags.get("seqexp.unit", ""),
        simulated=any(run.tags.get("seqexp.data_source") == "simulated" for run in runs),
        ranking=ranking,
        groups=groups,
        older=len(runs) - sum(group.n for group in groups),
    )


def _digest(tags: Mapping[str, str]) -> str:
    return tags.get("seqexp.task_digest", "")


def _unranked(run: StoredRun) -> Unranked | None:
    """Return why the run has no rank, or None if it has one."""
    if PRUNED in run.tags:
        status, reason = "pruned", f"given up by the search after epoch {run.tags[PRUNED]}"
    elif run.status != "FINISHED":
        status, reason = run.status.lower(), run.tags.get(FAILURE, "")
    elif not _digest(run.tags):
        status, reason = "finished without a task digest", ""
    elif not any(measure.best("val") in run.metrics for measure in (MAE, ACCURACY)):
        status, reason = f"finished without {MAE.best('val')} or {ACCURACY.best('val')}", ""
    else:
        return None
    return Unranked(run.name, run.params.get("model.name", ""), status, reason, run.started)


def baselines(rows: Iterable[Row], measure: Measure) -> list[Baseline]:
    """Return the baselines of runs, best first; several where lookback or step change what they are given to see."""
    found: dict[tuple[object, ...], Baseline] = {}
    for row in rows:
        if row.baseline_val is None:
            continue
        units = row.baseline_test * row.scale if row.baseline_test is not None and row.scale is not None else None
        key = (_rounded(row.baseline_val), _rounded(row.baseline_test), row.lead_hours)
        found.setdefault(key, Baseline(row.baseline_val, row.baseline_test, units, row.lead_hours))
    sign = -1 if measure.higher_is_better else 1
    return sorted(found.values(), key=lambda baseline: sign * baseline.val)


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, _BASELINE_DIGITS)

"""Which finished runs may be compared, and in which order: tasks, in them groups, in them runs."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from seqexp.config.errors import Fault, collecting, raise_any
from seqexp.data.arrays import SCORED, Part
from seqexp.data.samples import FEWEST_JUDGED
from seqexp.data.sources import titled
from seqexp.reporting.board.at_lead import At
from seqexp.reporting.board.groups import Group, check_by, grouped
from seqexp.reporting.board.ranking import Ranking, is_of_test
from seqexp.reporting.board.rows import Row, metrics_of
from seqexp.tasks.kinds import Kind, baseline_figure, judged_by
from seqexp.tasks.lead import Lead
from seqexp.tasks.metric import Metric, order_key
from seqexp.tasks.recorded import whole_number
from seqexp.tracking.reading.stored_runs import SWEEP, StoredRun
from seqexp.tracking.reading.where import Where
from seqexp.tracking.tags import FAILURE_TAG, PRUNED_TAG

TOO_FEW = "scored on too few"
_BASELINE_DIGITS = 6


@dataclass(frozen=True)
class Baseline:
    """A baseline on the samples of some of the runs: such as the naive forecast, or the most frequent class."""

    name: str
    figures: Mapping[str, float]  # its figures, by the names of those of the runs
    lead: Lead | None  # the true lead of the runs, or the first one; None where they differ, and for texts
    last: Lead | None = None  # the last one, where a run has several


@dataclass(frozen=True)
class RankedTask:
    """Runs that did the same task, in groups, the best group first."""

    digest: str  # the task digest that they share
    dataset: str  # the dataset's name
    target: str  # the column that is forecast, or how they were asked for; of texts, their classes
    lead: int | None  # rows from the last one that is seen to the target, where that is given
    delay: int | None  # else rows from the window's end to the target; None for texts
    score_every: int | None  # one of so many windows or texts was scored
    unit: str  # the target's unit, such as "deg C"
    simulated: bool  # whether the data is the stand-in, not the official record
    ranking: Ranking  # what the groups are ordered by
    groups: tuple[Group, ...]  # the groups, the best first; those whose figure is not finite come last
    older: int  # runs that were made again later, with the same configuration and seed, and are in no group
    where: Where | None = None  # the condition by which runs were chosen; None: all of the task are in it
    chosen_on_test: bool = False  # whether that is one on a figure of the test part
    columns: tuple[str, ...] = ()  # the columns that are forecast; none of texts
    horizon: int = 1  # rows from the first one that is forecast to behind the last one
    horizon_step: int = 1  # rows from one that is forecast to the next
    boundary: str = ""  # how windows are cut at the parts' ends; "" of texts
    at: At | None = None  # the lead or the column that all figures are of; None: of all

    @property
    def kind(self) -> Kind:
        """The kind of its samples."""
        return self.ranking.kind

    @property
    def metric(self) -> Metric:
        """What its runs are judged by."""
        return self.ranking.metric

    @property
    def has_many(self) -> bool:
        """Whether several numbers of a window are forecast."""
        return self.horizon > self.horizon_step or len(self.columns) > 1

    @property
    def selects_on_test(self) -> bool:
        """Whether the test part decides which group is best, or which runs are ranked at all."""
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
    """All runs of a store, or those that were chosen of it."""

    tasks: tuple[RankedTask, ...]  # the ranked runs by task; the task with the newest run first
    unranked: tuple[Unranked, ...]  # the others, newest first

    def unranked_counts(self) -> list[tuple[str, int]]:
        """Return how many unranked runs there are of each status, the most frequent first."""
        return Counter(run.status for run in self.unranked).most_common()


def leaderboard(
    runs: Iterable[StoredRun],
    by: Sequence[str] = (),
    metric: str | None = None,
    where: Where | None = None,
    *,
    few: bool = False,
    at: At | None = None,
) -> Leaderboard:
    """Order runs task by task.

    Sweeps' parents have no figures of their own and are left out; so are runs of other programs. A run that was made
    again, with the same seed, counts once: the newest.

    Args:
        runs: The runs.
        by: What the runs of a group have in common: configuration keys or tags. Empty: all that is chosen but the seed.
        metric: The name of the figure that orders the groups; None: the validation figure of each task.
        where: The condition by which the runs were chosen, which readers must know.
        at: The lead or the column that the runs' figures are of; None: of all.
        few: Whether to rank runs that were scored on fewer than `FEWEST_JUDGED` samples of a part, too.

    Raises:
        InputError: No run has the figure, or keys of `by`; or the figure can't be better or worse.
    """
    candidates = [run for run in runs if run.kind not in ("", SWEEP)]
    reasons = {run.run_id: _unranked(run, 0 if few else FEWEST_JUDGED) for run in candidates}
    ranked = [run for run in candidates if reasons[run.run_id] is None]
    faults: list[Fault] = []
    with collecting(faults):
        check_by(by, ranked)
    with collecting(faults):
        Ranking.check(metric, ranked)
    raise_any(faults)
    failed = [run for run in candidates if run.status == "FAILED"]
    on_test = where is not None and any(_is_test_figure(name, candidates) for name in where.names)
    unranked = [reason for reason in reasons.values() if reason is not None]
    return Leaderboard(
        tasks=tuple(
            replace(task, where=where, chosen_on_test=on_test) for task in _tasks(ranked, failed, by, metric, at)
        ),
        unranked=tuple(sorted(unranked, key=lambda run: run.started, reverse=True)),
    )


def _is_test_figure(name: str, runs: Sequence[StoredRun]) -> bool:
    """Return whether a name of a condition is that of a figure of the test part, and not of a key or a tag."""
    if name.startswith("metrics."):
        return is_of_test(name)
    return is_of_test(name) and any(name in run.metrics for run in runs) and not any(name in run.params for run in runs)


def _tasks(
    runs: Iterable[StoredRun], failed: Sequence[StoredRun], by: Sequence[str], metric: str | None, at: At | None
) -> tuple[RankedTask, ...]:
    of_task: defaultdict[tuple[str, str], list[StoredRun]] = defaultdict(list)
    for run in runs:
        of_task[_digest(run.tags), judged_by(run.tags, run.metrics)[1].key].append(run)
    newest = sorted(of_task.items(), key=lambda item: max(run.started for run in item[1]), reverse=True)
    return tuple(
        _task(digest, alike, [run for run in failed if _digest(run.tags) == digest], by, metric, at)
        for (digest, _), alike in newest
    )


def _task(
    digest: str,
    runs: Sequence[StoredRun],
    failed: Sequence[StoredRun],
    by: Sequence[str],
    metric: str | None,
    at: At | None,
) -> RankedTask:
    params, tags = runs[0].params, runs[0].tags
    kind, judge = judged_by(tags, runs[0].metrics)
    ranking = Ranking.of(kind, judge, metric)
    is_narrowed = at is not None and at.lead is not None
    rows = [Row(run, kind, judge, run.metrics, is_narrowed) for run in runs]
    groups = grouped(rows, failed, by, ranking)
    return RankedTask(
        digest=digest,
        dataset=titled(params.get("dataset.name", "unknown dataset"), params.get("dataset.where", "{}")),
        target=tags.get("seqexp.classes") or params.get("dataset.target", "unknown target"),
        columns=rows[0].columns,
        horizon=rows[0].horizon,
        horizon_step=rows[0].horizon_step,
        boundary=params.get("dataset.boundary", ""),
        at=at,
        lead=whole_number(params.get("dataset.lead")),
        delay=whole_number(params.get("dataset.delay")),
        score_every=whole_number(params.get("training.score_every")),
        unit=tags.get("seqexp.unit", ""),
        simulated=any(run.tags.get("seqexp.data_source") == "simulated" for run in runs),
        ranking=ranking,
        groups=groups,
        older=len(runs) - sum(group.n for group in groups),
    )


def scored_samples(tags: Mapping[str, str]) -> dict[Part, int]:
    """Return how many samples of validation and test a run was scored on, as far as it has recorded that."""
    counts = (tags.get("seqexp.windows") or tags.get("seqexp.texts") or "").split()
    found = {name: whole_number(count) for name, _, count in (text.partition("=") for text in counts)}
    return {part: count for part in SCORED if (count := found.get(part)) is not None}


def _digest(tags: Mapping[str, str]) -> str:
    return tags.get("seqexp.task_digest", "")


def _unranked(run: StoredRun, fewest: int) -> Unranked | None:
    """Return why the run has no rank, or None if it has one; `fewest` is how many samples of a part it must have."""
    if PRUNED_TAG in run.tags:
        status, reason = "pruned", f"given up by the search after epoch {run.tags[PRUNED_TAG]}"
    elif run.status != "FINISHED":
        status, reason = run.status.lower(), run.tags.get(FAILURE_TAG, "")
    elif not _digest(run.tags):
        status, reason = "finished without a task digest", ""
    elif (name := judged_by(run.tags, run.metrics)[1].name("val")) not in run.metrics:
        status, reason = f"finished without {name}", ""
    elif few := {part: count for part, count in scored_samples(run.tags).items() if count < fewest}:
        part, count = min(few.items(), key=lambda item: item[1])
        status, reason = TOO_FEW, f"{count} of {part}, under {fewest}: --few ranks it"
    else:
        return None
    return Unranked(run.name, run.params.get("model.name", ""), status, reason, run.started)


def baselines(rows: Iterable[Row], ranking: Ranking) -> list[Baseline]:
    """Return the baselines of runs, best first; one several times where the step changes what it is given to see."""
    metric = ranking.metric
    val, test = metric.name("val"), metric.name("test")
    found: dict[tuple[object, ...], Baseline] = {}
    for row in rows:
        for name in row.baselines:
            figures = _of_baseline(name, row)
            if val in figures:
                key = (name, rounded(figures[val]), rounded(figures.get(test)))
                same = found.get(key, Baseline(name, {}, row.lead))
                lead = row.lead if same.lead == row.lead else None
                # Runs of earlier versions have not recorded all of them.
                found[key] = Baseline(name, {**figures, **same.figures}, lead, row.last_lead)
    ordered = sorted(found.values(), key=lambda baseline: order_key(metric.better, baseline.figures[val]))
    return [replace(each, figures={**each.figures, **_skills(each, ordered[0], metric)}) for each in ordered]


def _skills(baseline: Baseline, best: Baseline, metric: Metric) -> dict[str, float]:
    """Return the skills of a baseline against the best one, as those of the runs are called."""
    figures: dict[str, float] = {}
    for part in SCORED:
        own, of_best = (each.figures.get(metric.name(part)) for each in (baseline, best))
        if own is not None and of_best is not None and (skill := metric.skill(own, of_best)) is not None:
            figures[f"skill_{part}"] = skill
    return figures


def _of_baseline(name: str, row: Row) -> dict[str, float]:
    """Return the figures of one of a run's baselines by the names of the run's own."""
    figures: dict[str, float] = {}
    for metric in metrics_of(row.kind):
        for part in ("val", "test"):
            value = row.figure(baseline_figure(name, metric, part))
            if value is not None:
                figures[metric.name(part)] = value
                if metric.has_unit and row.scale is not None:
                    figures[f"{metric.name(part)}_units"] = value * row.scale
    return figures


def rounded(value: float | None) -> float | None:
    """Return a baseline's figure with the digits by which it is known again; None of one that is not finite."""
    return None if value is None or not math.isfinite(value) else round(value, _BASELINE_DIGITS)

"""Which finished runs may be compared, and in which order: the figures behind `seqexp compare`."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from seqexp.evaluation.measure import ACCURACY, MAE, Measure

if TYPE_CHECKING:
    from mlflow.entities import Run

    from seqexp.tracking.store import Store

_INFINITE = 1e300  # SQL stores keep infinities as the largest float
_NAIVE_DIGITS = 6


@dataclass(frozen=True)
class Row:
    """One finished run. Errors of forecasts are in standard deviations of the target unless said otherwise.

    Attributes:
        run_id: The run's id in the store.
        name: The run's name.
        model: The model's name.
        seed: The seed, as text.
        val: Validation figure, such as the MAE, at the best epoch; decides the rank.
        test: Test figure of the same weights.
        test_units: Test MAE in the target's own unit.
        baseline_val: Validation figure of the baseline on the same samples.
        baseline_test: Test figure of the baseline on the same samples.
        skill_val: The share of the baseline's validation error that the model takes away.
        skill_test: The same on the test part.
        lead_hours: Hours from the last value seen to the target.
        parameters: Trainable parameters.
        seconds: Seconds spent training.
        recipe: All parameters but the seed and the tracking keys: equal for repetitions of one configuration.
        started: When the run began.
    """

    run_id: str
    name: str
    model: str
    seed: str
    val: float
    test: float | None
    test_units: float | None
    baseline_val: float | None
    baseline_test: float | None
    skill_val: float | None
    skill_test: float | None
    lead_hours: float | None
    parameters: float | None
    seconds: float | None
    recipe: frozenset[tuple[str, str]]
    started: datetime


@dataclass(frozen=True)
class Baseline:
    """The baseline on the samples of some of the runs: the naive forecast, or the majority class."""

    val: float
    test: float | None
    test_units: float | None
    lead_hours: float | None


@dataclass(frozen=True)
class Repeated:
    """One configuration that was trained with several seeds."""

    name: str
    model: str
    seeds: int
    val_mean: float
    val_sd: float
    test_mean: float | None
    test_sd: float | None


@dataclass(frozen=True)
class Task:
    """Runs that did the same task, best first.

    Attributes:
        digest: The task digest that they share.
        dataset: The dataset's name.
        target: The column that is forecast; of texts, their classes.
        delay: Rows from the window's end to the target, as text; empty for texts.
        score_every: Every n-th window was scored, as text.
        unit: The target's unit, such as "deg C".
        simulated: Whether the data is the stand-in, not the official record.
        measure: What its runs are ranked by.
        rows: The runs, best validation figure first.
    """

    digest: str
    dataset: str
    target: str
    delay: str
    score_every: str
    unit: str
    simulated: bool
    measure: Measure
    rows: tuple[Row, ...]

    def order(self, figure: float) -> tuple[bool, float]:
        """Return the key by which figures are sorted, best first: what is not finite comes last."""
        return not math.isfinite(figure), -figure if self.measure.higher_is_better else figure

    def baselines(self) -> list[Baseline]:
        """Return the baselines, best first; several where lookback or step change the scored windows."""
        found: dict[tuple[object, ...], Baseline] = {}
        for row in self.rows:
            if row.baseline_val is None:
                continue
            key = (_rounded(row.baseline_val), _rounded(row.baseline_test), row.lead_hours)
            found.setdefault(key, _baseline_of(row, row.baseline_val))
        return sorted(found.values(), key=lambda baseline: self.order(baseline.val))

    def repeated(self) -> list[Repeated]:
        """Return the configurations that were trained with at least two seeds, best mean first."""
        groups: defaultdict[frozenset[tuple[str, str]], dict[str, Row]] = defaultdict(dict)
        for row in self.rows:
            if math.isfinite(row.val):
                groups[row.recipe].setdefault(row.seed, row)
        found = [_repeated(list(group.values())) for group in groups.values() if len(group) > 1]
        return sorted(found, key=lambda repeated: self.order(repeated.val_mean))


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
    """All runs of a store, or of one experiment in it.

    Attributes:
        tasks: The ranked runs by task; the task with the newest run first.
        unranked: The others, newest first.
    """

    tasks: tuple[Task, ...]
    unranked: tuple[Unranked, ...]

    def unranked_counts(self) -> list[tuple[str, int]]:
        """Return how many unranked runs there are of each status, the most frequent first."""
        return Counter(run.status for run in self.unranked).most_common()


def read_leaderboard(store: Store, experiment: str | None) -> Leaderboard:
    """Read the runs of `experiment`, or of all experiments, and order them task by task.

    Sweeps' parents have no figures of their own and are left out; so are runs of other programs.

    Raises:
        InputError: There is no such experiment.
        TrackingError: The store cannot be read.
    """
    experiment_ids = [store.find_experiment(experiment)] if experiment else [*store.experiments().values()]
    runs = list(store.runs(experiment_ids, "tags.`seqexp.kind` != 'sweep'")) if experiment_ids else []
    unranked = [found for run in runs if (found := _unranked(run)) is not None]
    ranked = [run for run in runs if _unranked(run) is None]
    return Leaderboard(
        tasks=_tasks(ranked),
        unranked=tuple(sorted(unranked, key=lambda run: run.started, reverse=True)),
    )


def _tasks(runs: Iterable[Run]) -> tuple[Task, ...]:
    groups: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        groups[run.data.tags["seqexp.task_digest"]].append(run)
    tasks = [_task(digest, group) for digest, group in groups.items()]
    newest = {task.digest: max(row.started for row in task.rows) for task in tasks}
    return tuple(sorted(tasks, key=lambda task: newest[task.digest], reverse=True))


def _task(digest: str, runs: Sequence[Run]) -> Task:
    params, tags = runs[0].data.params, runs[0].data.tags
    measure = _measure(runs[0])
    task = Task(
        digest=digest,
        dataset=params.get("dataset.name", "unknown dataset"),
        target=tags.get("seqexp.classes") or params.get("dataset.target", "unknown target"),
        delay="" if measure is ACCURACY else params.get("dataset.delay", "?"),
        score_every=params.get("training.score_every", "?"),
        unit=tags.get("seqexp.unit", ""),
        simulated=any(run.data.tags.get("seqexp.data_source") == "simulated" for run in runs),
        measure=measure,
        rows=(),
    )
    rows = sorted((_row(run, measure) for run in runs), key=lambda row: (*task.order(row.val), row.started))
    return replace(task, rows=tuple(rows))


def _measure(run: Run) -> Measure:
    return ACCURACY if ACCURACY.best("val") in run.data.metrics else MAE


def _row(run: Run, measure: Measure) -> Row:
    params, metrics, tags = run.data.params, run.data.metrics, run.data.tags
    return Row(
        run_id=run.info.run_id,
        name=_name(run),
        model=params.get("model.name", ""),
        seed=params.get("seed", ""),
        val=_value(metrics[measure.best("val")]),
        test=_metric(run, measure.best("test")),
        test_units=_metric(run, "test_mae_units"),
        baseline_val=_metric(run, measure.baseline_metric.format(part="val")),
        baseline_test=_metric(run, measure.baseline_metric.format(part="test")),
        skill_val=_metric(run, "skill_val"),
        skill_test=_metric(run, "skill_test"),
        lead_hours=float(tags["seqexp.true_lead_hours"]) if "seqexp.true_lead_hours" in tags else None,
        parameters=_metric(run, "parameters"),
        seconds=_metric(run, "train_seconds"),
        recipe=frozenset(
            (key, value) for key, value in params.items() if key != "seed" and not key.startswith("tracking.")
        ),
        started=_started(run),
    )


def _unranked(run: Run) -> Unranked | None:
    """Return why the run has no rank, or None if it has one."""
    tags = run.data.tags
    if run.info.status != "FINISHED":
        status, reason = run.info.status.lower(), tags.get("seqexp.failure", "")
    elif "seqexp.task_digest" not in tags:
        status, reason = "finished without a task digest", ""
    elif not any(measure.best("val") in run.data.metrics for measure in (MAE, ACCURACY)):
        status, reason = f"finished without {MAE.best('val')} or {ACCURACY.best('val')}", ""
    else:
        return None
    return Unranked(_name(run), run.data.params.get("model.name", ""), status, reason, _started(run))


def _baseline_of(row: Row, val: float) -> Baseline:
    scale = row.test_units / row.test if row.test_units and row.test else None
    units = row.baseline_test * scale if row.baseline_test is not None and scale is not None else None
    return Baseline(val, row.baseline_test, units, row.lead_hours)


def _repeated(rows: Sequence[Row]) -> Repeated:
    others = [row.name.split() for row in rows[1:]]
    common = [word for word in rows[0].name.split() if all(word in other for other in others)]
    val = [row.val for row in rows]
    test = [row.test for row in rows if row.test is not None]
    return Repeated(
        name=" ".join(common) or rows[0].model,
        model=rows[0].model,
        seeds=len(rows),
        val_mean=fmean(val),
        val_sd=stdev(val),
        test_mean=fmean(test) if test else None,
        test_sd=stdev(test) if len(test) > 1 else None,
    )


def _metric(run: Run, name: str) -> float | None:
    return _value(run.data.metrics[name]) if name in run.data.metrics else None


def _value(recorded: float) -> float:
    return math.copysign(math.inf, recorded) if abs(recorded) > _INFINITE else float(recorded)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _NAIVE_DIGITS)


def _name(run: Run) -> str:
    return str(run.info.run_name or run.info.run_id)


def _started(run: Run) -> datetime:
    return datetime.fromtimestamp(run.info.start_time / 1000, UTC)

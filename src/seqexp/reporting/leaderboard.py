"""Which finished runs may be compared, and in which order: the figures behind `seqexp compare`."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean, stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow.entities import Run

    from seqexp.tracking.store import Store

_INFINITE = 1e300  # SQL stores keep infinities as the largest float
_NAIVE_DIGITS = 6


@dataclass(frozen=True)
class Row:
    """One finished run. Errors are in standard deviations of the target unless said otherwise.

    Attributes:
        run_id: The run's id in the store.
        name: The run's name.
        model: The model's name.
        seed: The seed, as text.
        val_mae: Validation MAE at the best epoch; decides the rank.
        test_mae: Test MAE of the same weights.
        test_units: Test MAE in the target's own unit.
        naive_val: Validation MAE of the naive forecast on the same windows.
        naive_test: Test MAE of the naive forecast on the same windows.
        skill_val: 1 - val_mae / naive_val.
        skill_test: 1 - test_mae / naive_test.
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
    val_mae: float
    test_mae: float | None
    test_units: float | None
    naive_val: float | None
    naive_test: float | None
    skill_val: float | None
    skill_test: float | None
    lead_hours: float | None
    parameters: float | None
    seconds: float | None
    recipe: frozenset[tuple[str, str]]
    started: datetime


@dataclass(frozen=True)
class Naive:
    """The naive forecast on the windows of some of the runs."""

    val_mae: float
    test_mae: float | None
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
        target: The column that is forecast.
        delay: Rows from the window's end to the target, as text.
        score_every: Every n-th window was scored, as text.
        unit: The target's unit, such as "deg C".
        simulated: Whether the data is the stand-in, not the official record.
        rows: The runs, ordered by validation MAE.
    """

    digest: str
    dataset: str
    target: str
    delay: str
    score_every: str
    unit: str
    simulated: bool
    rows: tuple[Row, ...]

    def naive(self) -> list[Naive]:
        """Return the naive baselines, best first; several where lookback or step change the scored windows."""
        found: dict[tuple[object, ...], Naive] = {}
        for row in self.rows:
            if row.naive_val is None:
                continue
            key = (_rounded(row.naive_val), _rounded(row.naive_test), row.lead_hours)
            found.setdefault(key, _naive_of(row, row.naive_val))
        return sorted(found.values(), key=lambda naive: naive.val_mae)

    def repeated(self) -> list[Repeated]:
        """Return the configurations that were trained with at least two seeds, best mean first."""
        groups: defaultdict[frozenset[tuple[str, str]], dict[str, Row]] = defaultdict(dict)
        for row in self.rows:
            if math.isfinite(row.val_mae):
                groups[row.recipe].setdefault(row.seed, row)
        found = [_repeated(list(group.values())) for group in groups.values() if len(group) > 1]
        return sorted(found, key=lambda repeated: repeated.val_mean)


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
    rows = sorted(map(_row, runs), key=lambda row: (not math.isfinite(row.val_mae), row.val_mae, row.started))
    return Task(
        digest=digest,
        dataset=params.get("dataset.name", "unknown dataset"),
        target=params.get("dataset.target", "unknown target"),
        delay=params.get("dataset.delay", "?"),
        score_every=params.get("training.score_every", "?"),
        unit=tags.get("seqexp.unit", ""),
        simulated=any(run.data.tags.get("seqexp.data_source") == "simulated" for run in runs),
        rows=tuple(rows),
    )


def _row(run: Run) -> Row:
    params, metrics, tags = run.data.params, run.data.metrics, run.data.tags
    val_mae, test_mae = _value(metrics["best_val_mae"]), _metric(run, "test_mae")
    return Row(
        run_id=run.info.run_id,
        name=_name(run),
        model=params.get("model.name", ""),
        seed=params.get("seed", ""),
        val_mae=val_mae,
        test_mae=test_mae,
        test_units=_metric(run, "test_mae_units"),
        naive_val=_metric(run, "naive_val_mae"),
        naive_test=_metric(run, "naive_test_mae"),
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
    elif "best_val_mae" not in run.data.metrics:
        status, reason = "finished without best_val_mae", ""
    else:
        return None
    return Unranked(_name(run), run.data.params.get("model.name", ""), status, reason, _started(run))


def _naive_of(row: Row, val_mae: float) -> Naive:
    scale = row.test_units / row.test_mae if row.test_units and row.test_mae else None
    units = row.naive_test * scale if row.naive_test is not None and scale is not None else None
    return Naive(val_mae, row.naive_test, units, row.lead_hours)


def _repeated(rows: Sequence[Row]) -> Repeated:
    others = [row.name.split() for row in rows[1:]]
    common = [word for word in rows[0].name.split() if all(word in other for other in others)]
    val = [row.val_mae for row in rows]
    test = [row.test_mae for row in rows if row.test_mae is not None]
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

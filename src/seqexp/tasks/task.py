"""A task: samples, what is to be predicted for them, and how that is judged. Tasks differ in data alone."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.config.digests import task_digest, text_folds_digest, text_task_digest
from seqexp.config.schema import Experiment
from seqexp.data.arrays import PARTS, Floats, Floats32, Part, Rows, Values
from seqexp.data.samples import Samples
from seqexp.data.series.cutting import share_scored
from seqexp.data.series.folds import bounds_of_all
from seqexp.data.series.geometry import Geometry
from seqexp.data.series.season import Season, seasons_of
from seqexp.data.series.targets import EVERY, ColumnsAsked, columns_asked
from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts
from seqexp.tasks.baselines import seasonal_errors, series_baselines
from seqexp.tasks.kinds import SERIES, TEXT, Kind
from seqexp.tasks.metric import METRICS, Metric, order_key
from seqexp.tasks.predictions import check_finite, checked
from seqexp.tasks.score import OfRows, Score
from seqexp.tasks.target import Problem, Target


@dataclass(frozen=True)
class Task:
    """Samples with what is to be learned about them, and how models are judged.

    Attributes:
        experiment: What is run, with whatever only the data determines filled in.
        baselines: From rows to what each baseline says of them, by its name, the best in validation first: models are
            compared with that one.
        digest: Runs may be ranked together only where it is equal.
        seasonal: (columns,) float64, the mean absolute error of the seasonal naive forecast in the training part; None
            of texts.
        folds_digest: What the digests of all folds have in common; None where it is no fold.
    """

    experiment: Experiment
    kind: Kind
    samples: Samples
    target: Target
    problem: Problem
    baselines: Mapping[str, Callable[[Rows], Floats]]
    digest: str
    seasonal: Floats | None = None
    folds_digest: str | None = None

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The figures that a run of this task has, the one that ranks first."""
        others = (metric for metric in METRICS.values() if metric.samples == self.kind.key)
        return tuple(dict.fromkeys((self.kind.metric, *others)))

    @property
    def metric(self) -> Metric:
        """The metric that ranks."""
        return self.kind.metric

    def truth(self, rows: Rows) -> Values:
        """Return (samples, leads, columns) float64 values, or (samples,) int64 classes."""
        if self.target.classes:
            return self.samples.targets(rows)
        return OfRows(rows, (len(rows), *self.target.truth_shape), self.samples.targets)

    def shaped(self, predictions: object, rows: Rows, by: str = "the model") -> NDArray[Any]:
        """Return what a model gave out for rows in the target's shape; see `checked`.

        Raises:
            PredictionError: If it is of no use. It names the model as `by`.
        """
        return checked(predictions, len(rows), self.target, by)

    def score(self, part: Part, predictions: object, by: str = "the model") -> Score:
        """Put predictions for a part's rows, in their order, beside the truth and the baselines'.

        Raises:
            PredictionError: If they are of no use, or not finite. It names the model as `by`.
        """
        rows = self.samples.rows.of(part)
        given = self.shaped(predictions, rows, by)
        check_finite(given, by)
        return self.score_of(part, given)

    def score_of(self, part: Part, predictions: NDArray[Any]) -> Score:
        """Put predictions for a part's rows, checked and in the target's shape, beside the truth and the baselines'."""
        rows = self.samples.rows.of(part)
        shape = (len(rows), *self.target.point_shape)
        baselines = {name: OfRows(rows, shape, predict) for name, predict in self.baselines.items()}
        quantiles, point = predictions if self.target.levels else None, self.target.point(predictions)
        return Score(part, rows, self.target, self.truth(rows), point, baselines, self.seasonal, quantiles)

    @cached_property
    def baseline(self) -> tuple[str, float]:
        """The name of the baseline that models are compared with, and its figure on the validation part."""
        name, say = next(iter(self.baselines.items()))
        rows = self.samples.rows.val
        said = OfRows(rows, (len(rows), *self.target.point_shape), say)
        return name, Score("val", rows, self.target, self.truth(rows), said, {}, self.seasonal).figure(self.metric)


def in_rows(experiment: Experiment, columns: ColumnsAsked, geometry: Geometry, total: int) -> Experiment:
    """Return the experiment as its series determines it: columns named, every measure in rows.

    So "24h" and 144 are one experiment, and so are scoring every window and the automatic share of a short part.

    Args:
        experiment: As it was asked for.
        columns: Those of it.
        geometry: The measures of its windows.
        total: Rows of the repaired series.
    """
    season, asked = None if geometry.season is None else list(geometry.season), experiment.series
    names = list(columns.targets)
    target = names[0] if len(names) == 1 else EVERY if asked.target == EVERY else names
    filled = {**vars(geometry), "season": season, "target": target}
    if asked.inputs is not None:
        filled["inputs"] = list(columns.inputs)
    if asked.lead is not None:
        filled |= {"lead": geometry.lead, "delay": None}
    training = experiment.training
    # Of folds it is the same for all, one of which may be a row longer than another.
    if training.score_every == "auto" and all(
        share_scored(asked, "val", bounds) == 1 for bounds in bounds_of_all(asked, total)
    ):
        training = training.model_copy(update={"score_every": 1})
    return experiment.model_copy(update={"dataset": asked.model_copy(update=filled), "training": training})


def forecasting_task(experiment: Experiment, windows: Windows) -> Task:
    """Return the task of forecasting the target's columns from each window of a series, at one lead or several."""
    leads = tuple(int(rows) + windows.step for rows in windows.ahead)
    # An estimator's forecasts have no levels.
    levels = experiment.training.levels if experiment.model.estimator is None else ()
    target = Target(columns=windows.target.names, leads=leads, levels=levels)
    experiment = in_rows(experiment, columns_asked(experiment.series, windows.series), windows.geometry, len(windows))
    problem = Problem(
        windows.shape,
        numbers=math.prod(target.truth_shape),
        leads=len(target.leads),
        targets=windows.target.inputs,
        ahead=tuple(rows / windows.step for rows in target.leads),
        levels=len(levels) or 1,
    )
    seasons = _seasons(windows, windows.geometry.season)
    digest, folds_digest = _digests(experiment, windows, seasons)
    baselines, metric = series_baselines(windows, seasons), SERIES.metric
    seasonal = seasonal_errors(windows, seasons)
    task = Task(experiment, SERIES, windows, target, problem, baselines, digest, seasonal, folds_digest)
    rows = windows.rows.val
    score = task.score_of("val", np.broadcast_to(0.0, (len(rows), *target.shape)))

    def order(name: str) -> float:
        figure = score.figure(metric, name)
        # Of several that never err the first in the list is compared with, not the one whose rounding is luckiest.
        return 0.0 if metric.never_errs(figure) else order_key(metric.better, figure)

    best_first = {name: baselines[name] for name in sorted(baselines, key=order)}
    return replace(task, baselines=best_first)


def _digests(experiment: Experiment, windows: Windows, seasons: Sequence[Season]) -> tuple[str, str | None]:
    """Return the digest of a forecast, and the one that all its folds have in common; None where it is no fold."""
    asked, is_fold = windows.geometry.season, experiment.series.fold is not None
    # To name what would be found changes nothing; folds find unlike ones, and theirs must stay one task.
    is_usual = asked is None if is_fold else list(seasons) == list(_seasons(windows, None))

    def digest(*, of_all_folds: bool) -> str:
        return task_digest(
            experiment,
            data_digest=windows.series.digest,
            max_gap=None if experiment.series.boundary == "lecture" else windows.geometry.max_gap,
            seasons=None if is_usual else [season.rows for season in seasons],
            total_rows=len(windows),
            of_all_folds=of_all_folds,
        )

    return digest(of_all_folds=False), digest(of_all_folds=True) if is_fold else None


def _seasons(windows: Windows, named: Sequence[int] | None) -> tuple[Season, ...]:
    """Return the seasons that are named, else those that the training part shows."""
    first, end = windows.rows.train_bounds
    measured = ~np.isin(np.arange(first, end), windows.unmeasured)
    series = windows.series
    return seasons_of(named, series.interval, windows.target.values[first:end], measured, series.months)


def classifying_task(experiment: Experiment, texts: Texts, table: Floats32 | None = None) -> Task:
    """Return the task of classifying texts; an Embedding starts with the table, (ids, dimensions)."""
    of_parts = {part: hashlib.sha256(texts.rows.of(part).astype("<i8").tobytes()) for part in PARTS}
    parts = hashlib.sha256(b"".join(digest.digest() for digest in of_parts.values()))
    problem = Problem(
        shape=(None,) if texts.bucket else texts.shape,
        classes=len(texts.classes),
        vocabulary=texts.tokeniser.size,
        table=table,
        shortest=texts.shortest,
    )

    def majority(rows: Rows) -> Floats:
        return np.tile(np.eye(len(texts.classes))[texts.majority], (len(rows), 1))

    dataset = experiment.dataset.model_copy(update={"tokens": texts.tokeniser.tokens})
    experiment = experiment.model_copy(update={"dataset": dataset})
    data = texts.corpus.digest
    digest = text_task_digest(experiment, data_digest=data, split_digest=parts.hexdigest())
    folds_digest = None
    if experiment.dataset.fold is not None:
        folds_digest = text_folds_digest(experiment, data_digest=data, test_digest=of_parts["test"].hexdigest())
    target, baselines = Target(classes=texts.classes), {TEXT.baseline: majority}
    return Task(experiment, TEXT, texts, target, problem, baselines, digest, folds_digest=folds_digest)

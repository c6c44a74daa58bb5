"""A task: samples, what is to be predicted for them, and how that is judged. Tasks differ in data alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqexp.config.digests import task_digest, text_task_digest
from seqexp.config.schema import Experiment
from seqexp.data.arrays import PARTS, Floats, Floats32, Part, Rows
from seqexp.data.samples import Samples
from seqexp.data.series.geometry import Geometry
from seqexp.data.series.season import Season, seasons_of
from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts
from seqexp.tasks.baselines import series_baselines
from seqexp.tasks.kinds import SERIES, TEXT, Kind
from seqexp.tasks.metric import METRICS, Metric, Truth, order_key
from seqexp.tasks.predictions import check_finite, checked
from seqexp.tasks.score import Score
from seqexp.tasks.target import Problem, Target


@dataclass(frozen=True)
class Task:
    """Samples with what is to be learned about them, and how models are judged.

    Attributes:
        experiment: What is run, with whatever only the data determines filled in.
        baselines: From rows to what each baseline says of them, by its name, the best in validation first: models are
            compared with that one.
        digest: Runs may be ranked together only where it is equal.
    """

    experiment: Experiment
    kind: Kind
    samples: Samples
    target: Target
    problem: Problem
    baselines: Mapping[str, Callable[[Rows], Floats]]
    digest: str

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The figures that a run of this task has, the one that ranks first."""
        others = (metric for metric in METRICS.values() if metric.samples == self.kind.key)
        return tuple(dict.fromkeys((self.kind.metric, *others)))

    @property
    def metric(self) -> Metric:
        """The metric that ranks."""
        return self.kind.metric

    def truth(self, rows: Rows) -> Truth:
        """Return (samples, leads, columns) float64 values, or (samples,) int64 classes."""
        return self.samples.targets(rows).reshape(len(rows), *self.target.truth_shape)

    def shaped(self, predictions: object, rows: Rows, by: str = "the model") -> Floats:
        """Return what a model gave out for rows in the target's shape, float64; see `checked`.

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
        baselines = {name: self.shaped(predict(rows), rows, name) for name, predict in self.baselines.items()}
        return Score(part, rows, self.target, self.truth(rows), given, baselines)

    @cached_property
    def baseline(self) -> tuple[str, float]:
        """The name of the baseline that models are compared with, and its figure on the validation part."""
        name, first = next(iter(self.baselines.items()))
        return name, self.score("val", first(self.samples.rows.val)).figure(self.metric)


def in_rows(experiment: Experiment, target: str, geometry: Geometry) -> Experiment:
    """Return the experiment with the target named and every measure in rows: "24h" and 144 are one experiment."""
    season = None if geometry.season is None else list(geometry.season)
    measures = {**vars(geometry), "season": season, "target": target}
    if experiment.series.lead is not None:
        measures |= {"lead": geometry.lead, "delay": None}
    dataset = experiment.dataset.model_copy(update=measures)
    return experiment.model_copy(update={"dataset": dataset})


def forecasting_task(experiment: Experiment, windows: Windows) -> Task:
    """Return the task of forecasting one value of a series from each window."""
    target = Target(columns=(windows.target_name,), leads=(windows.true_lead_rows,))
    experiment = in_rows(experiment, windows.target_name, windows.geometry)
    problem = Problem(windows.shape, numbers=int(np.prod(target.shape)))
    seasons, shown = _seasons(windows, windows.geometry.season), _seasons(windows, None)
    digest = task_digest(
        experiment,
        data_digest=windows.series.digest,
        target=windows.target_name,
        max_gap=None if experiment.series.boundary == "lecture" else windows.geometry.max_gap,
        # To name what would be found changes nothing.
        seasons=None if seasons == shown else [season.rows for season in seasons],
        total_rows=len(windows),
    )
    baselines, metric = series_baselines(windows, seasons), SERIES.metric
    truth = windows.targets(windows.rows.val)

    def order(name: str) -> float:
        figure = metric.figure(truth, baselines[name](windows.rows.val))
        # Of several that never err the first in the list is compared with, not the one whose rounding is luckiest.
        return 0.0 if metric.never_errs(figure) else order_key(metric.better, figure)

    best_first = {name: baselines[name] for name in sorted(baselines, key=order)}
    return Task(experiment, SERIES, windows, target, problem, best_first, digest)


def _seasons(windows: Windows, named: Sequence[int] | None) -> tuple[Season, ...]:
    """Return the seasons that are named, else those that the training part shows."""
    first, end = windows.rows.train_bounds
    measured = ~np.isin(np.arange(first, end), windows.unmeasured)
    series = windows.series
    return seasons_of(named, series.interval, windows.target_values[first:end], measured, series.months)


def classifying_task(experiment: Experiment, texts: Texts, table: Floats32 | None = None) -> Task:
    """Return the task of classifying texts; an Embedding starts with the table, (ids, dimensions)."""
    parts = hashlib.sha256()
    for part in PARTS:
        parts.update(hashlib.sha256(texts.rows.of(part).astype("<i8").tobytes()).digest())
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
    digest = text_task_digest(experiment, data_digest=texts.corpus.digest, split_digest=parts.hexdigest())
    return Task(experiment, TEXT, texts, Target(classes=texts.classes), problem, {TEXT.baseline: majority}, digest)

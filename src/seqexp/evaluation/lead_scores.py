"""How a part's figures depend on lead and column: a model's, and those of the naive forecasts beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqexp.data.arrays import PARTS, Floats, Part, blocks_of
from seqexp.tasks.kinds import SEASONAL_NAIVE
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score

WHO = ("value", "naive", "seasonal_naive", "baseline")  # whose figures are known: the model's first
_NAMES = ("part", "column", "lead", "metric")


@dataclass(frozen=True)
class LeadScores:
    """Figures of one part, of scaled columns, by lead and column.

    Attributes:
        columns: The target's columns.
        leads: Rows from the last one seen to the target, rising.
        figures: (leads + 1, columns + 1) float64 by the metric's key and by whose they are, one of `WHO`: of each lead
            and column; the last line and the last column are over all leads and over all columns. NaN where a figure
            can't be had. Who is not there has none.
    """

    part: Part
    columns: tuple[str, ...]
    leads: tuple[int, ...]
    figures: Mapping[tuple[str, str], Floats]

    def over_leads(self, metric: str, who: str = "value", column: str | None = None) -> Floats | None:
        """Return (leads,) of one column or over all; None where there are none."""
        found = self.figures.get((metric, who))
        return None if found is None else found[:-1, -1 if column is None else self.columns.index(column)]

    def over_columns(self, metric: str, who: str = "value", lead: int | None = None) -> Floats | None:
        """Return (columns,) at one lead or over all; None where there are none."""
        found = self.figures.get((metric, who))
        return None if found is None else found[-1 if lead is None else self.leads.index(lead), :-1]

    def at(
        self, metric: str, who: str = "value", *, column: str | None = None, lead: int | None = None
    ) -> float | None:
        """Return the figure at a lead and a column, or over all; None where there is none."""
        found = self.figures.get((metric, who))
        if found is None:
            return None
        row = -1 if lead is None else self.leads.index(lead)
        value = float(found[row, -1 if column is None else self.columns.index(column)])
        return None if np.isnan(value) else value


def lead_scores(score: Score, metrics: Sequence[Metric]) -> LeadScores:
    """Return the figures of a part, in one pass over its forecasts."""
    seasonal = next((name for name in score.baselines if name.startswith(SEASONAL_NAIVE)), None)
    naive = "naive" if "naive" in score.baselines else None
    known = {"value": None, "naive": naive, "seasonal_naive": seasonal, "baseline": next(iter(score.baselines), None)}
    whose = {who: of for who, of in known.items() if who == "value" or of is not None}
    of_losses = [metric for metric in metrics if metric.loss is not None]
    figures: dict[tuple[str, str], Floats] = {}
    for who, of in whose.items():
        sums = _mean_losses(score, dict.fromkeys(metric.loss for metric in of_losses if metric.loss is not None), of)
        for metric in of_losses:
            if metric.loss is not None and not metric.is_relative:
                figures[metric.key, who] = _finished(metric, sums[metric.loss])
            elif metric.loss is not None and score.seasonal is not None:
                figures[metric.key, who] = _finished(metric, sums[metric.loss] / score.seasonal)
        for metric in metrics:
            if metric.loss is None:
                value = score.value(metric, of)
                alone = np.full((len(score.target.leads) + 1, len(score.target.columns) + 1), np.nan)
                alone[-1, -1] = np.nan if value is None else value
                figures[metric.key, who] = alone
    return LeadScores(score.part, score.target.columns, score.target.leads, figures)


def _mean_losses(
    score: Score, losses: Mapping[Callable[..., Floats], None], of: str | None
) -> dict[Callable[..., Floats], Floats]:
    """Return (leads, columns) means over the windows of what each number costs, by the function that says it."""
    totals = {loss: np.zeros(score.target.truth_shape) for loss in losses}
    said = score.predictions if of is None else score.baselines[of]
    for block in blocks_of(said):
        truth, given = score.truth[block], np.asarray(said[block], dtype=np.float64)
        for loss in totals:
            totals[loss] += loss(truth, given).sum(axis=0)
    return {loss: total / len(score.rows) for loss, total in totals.items()}


def _finished(metric: Metric, means: Floats) -> Floats:
    """Return the figures of (leads, columns) mean losses, with those over all leads and over all columns."""
    rows = np.vstack([means, means.mean(axis=0)])
    whole = np.column_stack([rows, rows.mean(axis=1)])
    figures = [metric.finish(np.array([mean])) for mean in whole.ravel().tolist()]
    return np.array(figures, dtype=np.float64).reshape(whole.shape)


def write_scores(parts: Sequence[LeadScores], path: Path) -> None:
    """Write the figures of parts as Parquet, a line for each part, column, lead and metric.

    Columns: part, column, lead (int32, rows from the last one seen), metric, value, naive, seasonal_naive and baseline.
    The last is the best one by validation. Figures are float64, of scaled columns, and null where there are none. A
    line whose column or lead is null is over all of them.
    """
    import pyarrow as pa
    from pyarrow import parquet

    found: dict[str, list[Any]] = {name: [] for name in (*_NAMES, *WHO)}
    for scores in parts:
        for key in dict.fromkeys(key for key, _ in scores.figures):
            for column, lead, *values in _lines(scores, key):
                for name, value in zip(found, (scores.part, column, lead, key, *values), strict=True):
                    found[name].append(value)
    few = pa.dictionary(pa.int32(), pa.string())
    kinds = {"part": few, "column": few, "lead": pa.int32(), "metric": few, **dict.fromkeys(WHO, pa.float64())}
    table = pa.table({name: pa.array(values, kinds[name]) for name, values in found.items()})
    encoding = dict.fromkeys(WHO, "BYTE_STREAM_SPLIT")
    parquet.write_table(table, path, compression="zstd", use_dictionary=list(_NAMES), column_encoding=encoding)


def _lines(scores: LeadScores, key: str) -> Iterator[tuple[Any, ...]]:
    """Yield (column, lead, value, naive, seasonal naive, baseline) of a metric, those over all first."""
    nothing = np.full((len(scores.leads) + 1, len(scores.columns) + 1), np.nan)
    # The last line and column are those over all.
    whose = [np.roll(scores.figures.get((key, who), nothing), 1, axis=(0, 1)) for who in WHO]
    for row, lead in enumerate((None, *scores.leads)):
        for position, column in enumerate((None, *scores.columns)):
            values = [float(figures[row, position]) for figures in whose]
            if not all(map(np.isnan, values)):
                yield (column, lead, *(None if np.isnan(value) else value for value in values))


def read_scores(path: Path) -> dict[Part, LeadScores]:
    """Return what `write_scores` wrote, by part.

    Raises:
        OSError: The file can't be read.
        ValueError, KeyError: It is no such file.
    """
    from pyarrow import parquet

    lines = parquet.ParquetFile(path).read(use_threads=False).to_pydict()
    parts, columns, leads, keys = (lines[name] for name in _NAMES)
    names = tuple(dict.fromkeys(column for column in columns if column is not None))
    rows = tuple(dict.fromkeys(lead for lead in leads if lead is not None))
    at_column = {name: at for at, name in enumerate((*names, None))}
    at_lead = {lead: at for at, lead in enumerate((*rows, None))}
    found: dict[Part, dict[tuple[str, str], Floats]] = {}
    for who in WHO:
        for part, column, lead, key, value in zip(parts, columns, leads, keys, lines[who], strict=True):
            if value is not None:
                of_part = found.setdefault(next(each for each in PARTS if each == part), {})
                if (key, who) not in of_part:
                    of_part[key, who] = np.full((len(rows) + 1, len(names) + 1), np.nan)
                of_part[key, who][at_lead[lead], at_column[column]] = value
    return {part: LeadScores(part, names, rows, figures) for part, figures in found.items()}

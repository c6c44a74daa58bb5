"""The table at a run's end."""

from __future__ import annotations

import numpy as np

from seqexp.reporting.numbers import in_units, number, percent
from seqexp.reporting.text_table import TextTable, plain_table
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tasks.metric import is_clearly_less
from seqexp.tasks.score import Score
from seqexp.tasks.task import Task


def result_table(task: Task, model: str, val: Score, test: Score, scale: tuple[float, str] | None) -> TextTable:
    """Return a run's figures beside the baselines': those that rank of both parts, then the test part's others.

    The best baseline, which the skill is against, has a line, and so has the first that its kind of samples has.

    `scale` is the (factor, unit) that turn an error into the target's unit, if there is one.
    """
    metric, others = task.metric, [each for each in task.metrics[1:] if each.in_brief]
    in_unit = [scale] if scale is not None and metric.has_unit else []
    units = [unit for _, unit in in_unit]
    of_parts = [heading for part in ("val", "test") for heading in (f"{part} {metric.label}", *units, "skill")]
    rows = []

    def cells(value: float, skill: str) -> list[str]:
        return [number(value, 4), *(in_units(value * factor, 2) for factor, _ in in_unit), skill]

    found = (test.value(other) for other in others)
    rows.append(
        [
            model,
            *(cell for score in (val, test) for cell in cells(score.figure(metric), percent(score.skill(metric)))),
            *("" if value is None else number(value, 4) for value in found),
        ]
    )
    for name in dict.fromkeys([next(iter(val.baselines)), task.kind.baseline]):
        is_model = metric.loss is not None and np.array_equal(val.losses(metric), val.losses(metric, name))
        if not is_model:
            figures = (score.figure(metric, name) for score in (val, test))
            # Of a class that is always said there are no probabilities to judge.
            further = (test.value(other, name) if other.samples == "series" else None for other in others)
            rows.append(
                [
                    baseline_in_words(name),
                    *(cell for figure in figures for cell in cells(figure, "")),
                    *("" if value is None else number(value, 4) for value in further),
                ]
            )
    headings = ["", *of_parts, *(other.label for other in others)]
    return plain_table(headings, rows, left=("",), kept=(1, 1 + len(of_parts) // 2))


def result_remarks(task: Task, val: Score) -> list[str]:
    """Return what a reader of a run's validation figures must know beside them."""
    ranked, best = task.metric, next(iter(val.baselines))
    found = [
        f"val {metric.label} {number(value, 4)}: {metric.remark}"
        for metric in task.metrics
        if (value := val.value(metric)) is not None and metric.is_remarkable(value)
    ]
    skill = val.skill(ranked)
    if skill is None:
        found.append(
            f"by val {ranked.label} the baseline {baseline_in_words(best)} never errs: no skill can be computed"
        )
        return found
    for other in task.metrics:
        if other is not ranked and ranked.is_error and other.is_error:
            figures = {name: val.figure(other, name) for name in val.baselines}
            best, own = min(figures, key=lambda name: figures[name]), val.figure(other)
            values = (number(own, 4), number(figures[best], 4))
            by, baseline = f"by val {other.label}", baseline_in_words(best)
            if skill > 0 and is_clearly_less(figures[best], than=own):
                found.append(f"{by} the baseline {baseline} is better: {values[1]} against {values[0]}")
            if skill <= 0 and is_clearly_less(own, than=figures[best]):
                found.append(f"{by} it is better than all baselines: {values[0]} against {values[1]} of {baseline}")
    return found

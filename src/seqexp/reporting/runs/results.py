"""The table at a run's end."""

from __future__ import annotations

import numpy as np
from rich.table import Table

from seqexp.reporting.console import plain_table
from seqexp.reporting.numbers import number, percent
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tasks.metric import is_better, order_key
from seqexp.tasks.score import Score
from seqexp.tasks.task import Task


def result_table(task: Task, model: str, val: Score, test: Score, scale: tuple[float, str] | None) -> Table:
    """Return a run's figures beside the baselines': those that rank of both parts, then the test part's others.

    The best baseline, which the skill is against, has a line, and so has the first that its kind of samples has.

    `scale` is the (factor, unit) that turn an error into the target's unit, if there is one.
    """
    metric, others = task.metric, [each for each in task.metrics[1:] if each.in_brief]
    in_unit = [scale] if scale is not None and metric.has_unit else []
    units = [unit for _, unit in in_unit]
    of_parts = [heading for part in ("val", "test") for heading in (f"{part} {metric.label}", *units, "skill")]
    table = plain_table(["", *of_parts, *(other.label for other in others)], left=("",))

    def cells(value: float, skill: str) -> list[str]:
        return [number(value, 4), *(number(value * factor, 2) for factor, _ in in_unit), skill]

    found = (test.value(other) for other in others)
    table.add_row(
        model,
        *(cell for score in (val, test) for cell in cells(score.figure(metric), percent(score.skill(metric)))),
        *("" if value is None else number(value, 4) for value in found),
    )
    for name in dict.fromkeys([next(iter(val.baselines)), task.kind.baseline]):
        said = val.baselines[name]
        is_model = metric.loss is not None and np.array_equal(
            metric.loss(val.truth, val.predictions), metric.loss(val.truth, said)
        )
        if not is_model:
            figures = (metric.figure(score.truth, score.baselines[name]) for score in (val, test))
            # Of a class that is always said there are no probabilities to judge.
            further = (other.value(test.truth, test.baselines[name]) if other.has_unit else None for other in others)
            table.add_row(
                baseline_in_words(name),
                *(cell for figure in figures for cell in cells(figure, "")),
                *("" if value is None else number(value, 4) for value in further),
            )
    return table


def result_remarks(task: Task, val: Score) -> list[str]:
    """Return what a reader of a run's validation figures must know beside them."""
    found = [
        f"{metric.label} {number(value, 2)}: {metric.remark}"
        for metric in task.metrics
        if (value := val.value(metric)) is not None and metric.is_remarkable(value)
    ]
    for metric in task.metrics:
        if task.metric.is_error and metric.is_error and val.skill(task.metric) > 0:
            errors = {name: metric.figure(val.truth, said) for name, said in val.baselines.items()}
            best = min(errors, key=lambda name: order_key(metric.better, errors[name]))
            if not is_better(metric.better, val.figure(metric), than=errors[best]):
                found.append(f"by val {metric.label} the baseline {baseline_in_words(best)} is as good or better")
    return found

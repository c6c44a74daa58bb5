"""The table at a run's end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from seqexp.data.arrays import PART_WORDS
from seqexp.data.series.windows import Windows
from seqexp.evaluation.lead_scores import WHO, LeadScores, lead_scores
from seqexp.evaluation.saved_losses import has_losses
from seqexp.reporting.leads import lead_after
from seqexp.reporting.numbers import abbreviated, in_units, number, percent
from seqexp.reporting.text_table import TextTable, plain_table
from seqexp.tasks.kinds import SEASONAL_NAIVE, baseline_in_words
from seqexp.tasks.lead import each_in_words
from seqexp.tasks.metric import Metric, is_clearly_less
from seqexp.tasks.score import Score
from seqexp.tasks.task import Task

_LONGEST_NAME = 20  # characters of a model's or a column's name, in a table that fits 80
_MOST_COLUMNS = 8  # that a table lists


def result_table(task: Task, model: str, val: Score, test: Score, scale: tuple[float, str] | None) -> TextTable:
    """Return a run's figures beside the baselines': those that rank of both parts, then the test part's others.

    The best baseline, which the skill is against, has a line, and so has the first that its kind of samples has.

    Of windows with several numbers it has a line for each part, by all errors of scaled columns.

    `scale` is the (factor, unit) that turn an error into the target's unit, if there is one.
    """
    if has_losses(test):
        return _table_by_part(task, model, (val, test))
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


def _table_by_part(task: Task, model: str, parts: Sequence[Score]) -> TextTable:
    metric = task.metric
    errors = [each for each in task.metrics if each is metric or (each.better == "lower" and not each.has_unit)]
    rows = []
    for score in parts:
        part = PART_WORDS[score.part]
        for name, of in _forecasters(task, model, score):
            skill = percent(score.skill(metric)) if of is None else ""
            figures = (score.value(each, of) for each in errors)
            rows.append([part, name, *("" if value is None else number(value, 4) for value in figures), skill])
            part = ""
    headings = ["", "", *(each.label for each in errors), "skill"]
    return plain_table(headings, rows, left=("",), kept=(1, 2), folding=(1,))


def _forecasters(task: Task, model: str, score: Score) -> list[tuple[str, str | None]]:
    """Return (what it is called, its name in the score) of the model, and of baselines that forecast otherwise."""
    found: list[tuple[str, str | None]] = [(abbreviated(model, _LONGEST_NAME), None)]
    for name in dict.fromkeys([next(iter(score.baselines)), task.kind.baseline]):
        if not np.array_equal(score.losses(task.metric), score.losses(task.metric, name)):
            found.append((baseline_in_words(name), name))
    return found


def lead_tables(task: Task, model: str, test: Score) -> Iterator[tuple[str, TextTable]]:
    """Yield (heading, table) of the test error by lead and by column, where there are several."""
    metric = task.metric
    if not has_losses(test) or not isinstance(task.samples, Windows):
        return
    scores, windows = lead_scores(test, [metric]), task.samples
    seasonal = next((name for name in test.baselines if name.startswith(SEASONAL_NAIVE)), "")
    called = {
        "value": abbreviated(model, _LONGEST_NAME),
        "naive": "naive",
        "seasonal_naive": baseline_in_words(seasonal),
    }
    own = scores.figures[metric.key, WHO[0]]
    known = {who: figures for who in WHO[1:3] if (figures := scores.figures.get((metric.key, who))) is not None}
    # A model that is one of them is not shown twice.
    whose = [WHO[0], *(who for who, figures in known.items() if not np.allclose(figures, own))]
    names = [called[who] for who in whose]
    if len(scores.leads) > 1:
        rows = []
        places = dict.fromkeys(round(share * (len(scores.leads) - 1)) for share in (0, 1 / 4, 1 / 2, 3 / 4, 1))
        leads = [scores.leads[at] for at in places]
        for lead, words in zip(leads, each_in_words([lead_after(windows, lead) for lead in leads]), strict=True):
            errors = (_shown(scores.at(metric.key, who, lead=lead)) for who in whose)
            rows.append([f"{lead:,}", words, *errors])
        yield f"test {metric.label} by lead", plain_table(["rows ahead", "lead", *names], rows, kept=(2,))
    if len(scores.columns) > 1:
        shown, which = _columns_shown(scores, metric)
        rows = [
            [abbreviated(column, _LONGEST_NAME), *(_shown(scores.at(metric.key, who, column=column)) for who in whose)]
            for column in shown
        ]
        yield (
            f"test {metric.label} by column{which}",
            plain_table(["column", *names], rows, left=("column",), kept=(1,)),
        )


def _columns_shown(scores: LeadScores, metric: Metric) -> tuple[list[str], str]:
    """Return all of a few columns, else those with the least and the largest error; and in words which these are."""
    if len(scores.columns) <= _MOST_COLUMNS:
        return list(scores.columns), ""
    errors = scores.over_columns(metric.key)
    assert errors is not None  # the model's are always there
    order, few = np.argsort(errors, kind="stable"), _MOST_COLUMNS // 2
    names = [scores.columns[at] for at in (*order[:few], *order[-few:])]
    return names, f": the {few} with the least and the {few} with the largest of {len(scores.columns)}"


def _shown(value: float | None) -> str:
    return "" if value is None else number(value, 4)


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

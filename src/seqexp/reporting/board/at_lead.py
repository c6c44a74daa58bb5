"""Runs as they stand at one lead or for one column of many: their figures, and what they forecast of these alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seqexp.config.errors import Fault, raise_any, shown, wrong
from seqexp.data.arrays import SCORED, Part
from seqexp.data.series.column_names import column_named, unit_of
from seqexp.evaluation.lead_scores import LeadScores, read_scores
from seqexp.evaluation.predictions import file_facts
from seqexp.reporting.board.ranking import is_cost
from seqexp.reporting.board.rows import metrics_of
from seqexp.tasks.kinds import BASELINES_TAG, SEASONAL_NAIVE, SERIES, baseline_figure, baselines_of, judged_by
from seqexp.tasks.lead import HOURS_TAG, MONTHS_TAG
from seqexp.tasks.metric import Metric, order_key
from seqexp.tasks.recorded import recorded_number, whole_number
from seqexp.tracking.reading.artifacts import artifact_file, naming_the_file
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.store.store import Store
from seqexp.tracking.tags import SCALE_TAG

_FILE = "scores.parquet"
_LISTED = 12  # leads or columns that a message names


@dataclass(frozen=True)
class At:
    """A lead, in rows from the last one seen, or a column, or both: the figures are of these alone."""

    lead: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        """Return "OT, 24 rows ahead"."""
        rows = "" if self.lead is None else f"{self.lead:,} row{'' if self.lead == 1 else 's'} ahead"
        return ", ".join(filter(None, [self.column or "", rows]))


def narrowed(store: Store, runs: Iterable[StoredRun], at: At) -> tuple[list[StoredRun], At]:
    """Return the runs that forecast a column at a lead, with their figures there, and the column by its whole name.

    Raises:
        InputError: No run does; the message says which columns and leads there are.
        TrackingError: Files of the runs can't be read.
    """
    known = {run.run_id: (run, scores) for run in runs if (scores := _scores_of(store, run)) is not None}
    every = [scores for _, scores in known.values()]
    columns = list(dict.fromkeys(name for scores in every for name in scores["test"].columns))
    column = None if at.column is None else column_named(at.column, columns)
    at = replace(at, column=column)
    found = [_at(store, run, scores, at) for run, scores in known.values() if _has(scores["test"], at)]
    if not found:
        leads = sorted({lead for scores in every for lead in scores["test"].leads})
        raise_any(_faults(at, leads, columns))
    return found, at


def _scores_of(store: Store, run: StoredRun) -> dict[Part, LeadScores] | None:
    if run.status != "FINISHED" or judged_by(run.tags, run.metrics)[0] is not SERIES:
        return None
    path = artifact_file(store, run, _FILE)
    if path is None:
        return None
    with naming_the_file(run, path):
        scores = read_scores(path)
        return scores if all(part in scores for part in SCORED) else None


def _has(scores: LeadScores, at: At) -> bool:
    return (at.lead is None or at.lead in scores.leads) and (at.column is None or at.column in scores.columns)


def _faults(at: At, leads: Sequence[int], columns: Sequence[str]) -> list[Fault]:
    if not leads:
        what = "asks for figures by lead and column, which none of these runs recorded"
        return [wrong("--lead" if at.lead is not None else "--column", f"{what}. Received: {at}.")]
    found = []
    if at.lead is not None and at.lead not in leads:
        found.append(
            wrong("--lead", f"must be one of {_some(leads)}, rows after the last one seen. Received: {at.lead}.")
        )
    if at.column is not None and at.column not in columns:
        names = ", ".join(columns[:_LISTED]) + (f" and {len(columns) - _LISTED} more" if len(columns) > _LISTED else "")
        found.append(wrong("--column", f"must be one of {names}. Received: {shown(at.column)}."))
    return found or [
        wrong("--lead", f"must be one that runs with --column {shown(at.column)} have. Received: {at.lead}.")
    ]


def _some(leads: Sequence[int]) -> str:
    if len(leads) <= _LISTED:
        return ", ".join(map(str, leads))
    first, last = leads[0], leads[-1]
    every = "" if len(leads) == last - first + 1 else f" ({', '.join(map(str, leads[:4]))}, ...)"
    return f"{first} to {last}{every}"


def _at(store: Store, run: StoredRun, scores: Mapping[Part, LeadScores], at: At) -> StoredRun:
    """Return a run with the figures of a column at a lead in place of its own."""
    judge = judged_by(run.tags, run.metrics)[1]
    path = artifact_file(store, run, "predictions/test.parquet")
    scale, saved = _saved(run, path, at)
    whose = {name: who for name, who in _whose(run).items() if not saved or name in saved}
    names = _best_first(scores["val"], judge, at, whose)
    metrics = {name: value for name, value in run.metrics.items() if is_cost(name)}
    for part in SCORED:
        metrics |= dict(_figures(scores[part], judge, at, {name: whose[name] for name in names}, scale))
    tags = {**run.tags, BASELINES_TAG: " ".join(names), SCALE_TAG: repr(scale), **_lead_tags(run, scores["val"], at)}
    if at.column is not None and len(scores["val"].columns) > 1:
        tags["seqexp.unit"] = unit_of(at.column)
    return replace(run, metrics=metrics, tags=tags)


def _saved(run: StoredRun, path: Path | None, at: At) -> tuple[float | None, list[str]]:
    """Return what turns errors into the column's unit, and the baselines whose forecasts are saved."""
    recorded = recorded_number(run.tags.get(SCALE_TAG))
    if path is None:
        return recorded, []
    with naming_the_file(run, path):
        facts = file_facts(path)
    if at.column is not None and at.column in facts.columns:
        return facts.scale[facts.columns.index(at.column)], list(facts.baselines)
    return recorded, list(facts.baselines)


def _whose(run: StoredRun) -> dict[str, str]:
    """Return whose figures, one of `WHO`, are those of each of a run's baselines that figures are recorded of."""
    names = baselines_of(SERIES, run.tags)
    seasonal = next((name for name in names if name.startswith(SEASONAL_NAIVE)), None)
    return {names[0]: "baseline", "naive": "naive"} | ({seasonal: "seasonal_naive"} if seasonal else {})


def _best_first(val: LeadScores, judge: Metric, at: At, whose: Mapping[str, str]) -> list[str]:
    """Return the baselines that have figures there, the best in validation first."""
    found = ((name, _value(val, judge, who, at)) for name, who in whose.items())
    figures = {name: value for name, value in found if value is not None}
    return sorted(figures, key=lambda name: order_key(judge.better, figures[name]))


def _value(scores: LeadScores, metric: Metric, who: str, at: At) -> float | None:
    return scores.at(metric.key, who, column=at.column, lead=at.lead)


def _figures(
    scores: LeadScores, judge: Metric, at: At, whose: Mapping[str, str], scale: float | None
) -> Iterator[tuple[str, float]]:
    """Yield (name, value) of what a run records of a part, of a column at a lead."""
    part = scores.part
    for metric in metrics_of(SERIES):
        value = _value(scores, metric, "value", at)
        if value is not None:
            yield metric.name(part), value
            if part == "test" and metric.has_unit and scale is not None:
                yield f"{metric.name(part)}_units", value * scale
        for name, who in whose.items():
            of_baseline = _value(scores, metric, who, at)
            if of_baseline is not None:
                yield baseline_figure(name, metric, part), of_baseline
                if name.startswith(SEASONAL_NAIVE):
                    yield baseline_figure("seasonal_naive", metric, part), of_baseline
    own, best = (_value(scores, judge, who, at) for who in ("value", next(iter(whose.values()), "baseline")))
    if own is not None and best is not None:
        yield baseline_figure("baseline", judge, part), best
        if (skill := judge.skill(own, best)) is not None:
            yield f"skill_{part}", skill


def _lead_tags(run: StoredRun, scores: LeadScores, at: At) -> dict[str, str]:
    """Return the tags of the true lead of a run at a lead; nothing where it stays what it is."""
    hours, months = recorded_number(run.tags.get(HOURS_TAG)), whole_number(run.tags.get(MONTHS_TAG))
    if at.lead is None or hours is None:
        return {}
    rows = scores.leads[0]
    found = {HOURS_TAG: f"{hours / rows * at.lead:g}"}
    return found | ({MONTHS_TAG: str(months // rows * at.lead)} if months else {})

"""The description of a series as one value of plain numbers and texts: for machines, and for the tables."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from seqexp.data.arrays import PARTS
from seqexp.data.series.column_names import column_named, split_name
from seqexp.data.series.inputs.categories import Category
from seqexp.data.series.months import step_length
from seqexp.data.series.splits import split_bounds
from seqexp.data.series.targets import target_in_words
from seqexp.data.series.windows import Windows
from seqexp.data.survey.survey import Survey
from seqexp.reporting.data.series_facts import inputs_in_words, repairs_in_words
from seqexp.reporting.data.tables import Description
from seqexp.reporting.leads import leads_of_windows
from seqexp.tasks.kinds import SERIES
from seqexp.tasks.score import OfRows, Score
from seqexp.tasks.target import Target


def describe_series(survey: Survey, reason: str) -> Description:
    """Return what is known about a series, whose source was chosen for a reason.

    Every number is unrounded, None what is not known.
    """
    series, windows = survey.series, survey.windows
    return {
        "dataset": series.name,
        "source": series.source,
        "stand_in": series.source == "simulated",
        "reason": reason,
        "origin": series.origin,
        "digest": series.digest,
        "rows": len(series),
        "on_disk": series.is_mapped,
        "columns": _columns(survey),
        "dropped_columns": list(series.dropped),
        "format_notes": list(series.notes),
        "time": _time(survey),
        "repairs": repairs_in_words(windows) if windows else [],
        "input_notes": inputs_in_words(windows) if windows else [],
        "target": windows.target_name if windows else target_in_words(survey.targets) or None,
        "categories": [_category(item) for item in windows.categories] if windows else [],
        "windows": _windows(survey, windows) if windows else None,
        "naive": _naive(windows) if windows else None,
        "faults": [fault.text for fault in survey.obstacles],
    }


def _short_name(name: str, columns: Sequence[str]) -> str:
    """Return the shortest name by which dataset.target takes a column: without its unit, unless others share it."""
    short = split_name(name)[0]
    return short if column_named(short, columns) == name else name


def _columns(survey: Survey) -> list[Description]:
    columns = survey.series.columns
    return [
        {
            "column": column.name,
            "name": _short_name(column.name, columns),
            "unit": survey.series.unit_of(column.name),
            "mean": _finite(column.mean),
            "sd": _finite(column.sd),
            "min": _finite(column.low),
            "max": _finite(column.high),
            "valid": column.valid,
            "missing": column.missing,
            "sentinels": column.sentinels,
            "outside": column.outside,
            "infinite": column.infinite,
            "constant": column.is_constant,
            "constant_in_training": column.name in survey.windows.constant if survey.windows else None,
        }
        for column in survey.columns
    ]


def _category(category: Category) -> Description:
    return {
        "column": category.name,
        "training_rows": dict(zip(category.values, category.rows, strict=True)),
        "rare_in_training": dict(category.rare),
        "unseen_in_training": {part: dict(values) for part, values in category.unseen.items()},
        "inputs": list(category.inputs),
    }


def _time(survey: Survey) -> Description:
    stamps, months = survey.stamps, survey.series.months
    step = step_length(survey.series.interval, months)
    return {
        "first": _iso(stamps.first),
        "last": _iso(stamps.last),
        "interval_seconds": survey.series.interval_seconds,
        "interval_months": months,
        "distances": stamps.distances,
        "distances_that_differ": stamps.other,
        "uneven_distances": stamps.uneven,
        "duplicates": stamps.duplicates,
        "unordered": stamps.unordered,
        "gaps": stamps.gaps,
        "missing_rows": stamps.missing,
        "longest_gaps": [
            {
                "after": _iso(gap.after),
                "before": _iso(gap.before),
                "rows": gap.rows,
                "hours": gap.rows * step / 3600e6,
                **({"months": gap.rows * months} if months else {}),
            }
            for gap in stamps.longest
        ],
    }


def _windows(survey: Survey, windows: Windows) -> Description:
    months = windows.series.months
    step = step_length(windows.series.interval, months)
    lengths = {
        "lookback": windows.lookback,
        "step": windows.step,
        "delay": windows.delay,
        **({"horizon": windows.geometry.horizon} if len(windows.ahead) > 1 else {}),
        "true_lead": windows.true_lead_rows,
    }
    bounds = split_bounds(survey.experiment.series, windows.geometry, len(windows))
    times = windows.repaired.order.times
    return {
        **{
            name: {"rows": rows, "seconds": rows * step / 1e6, **({"months": rows * months} if months else {})}
            for name, rows in lengths.items()
        },
        "max_gap_rows": windows.geometry.max_gap,
        "timesteps": windows.shape[0],
        "inputs": list(windows.columns),
        "score_every": survey.experiment.training.score_every,
        "parts": {
            part: {
                "first_row": bounds[part][0],
                "end_row": bounds[part][1],
                "first": _iso(times[bounds[part][0]]),
                "last": _iso(times[bounds[part][1] - 1]),
                "windows": len(windows.rows.of(part)),
                "across_gaps": windows.rows.across_gaps.get(part, 0),
                "not_measured": windows.rows.not_measured.get(part, 0),
            }
            for part in PARTS
        },
    }


def _naive(windows: Windows) -> Description:
    rows = windows.rows.val
    metric = SERIES.metric
    target = Target(columns=windows.target.names, leads=leads_of_windows(windows))
    shape = (len(rows), *target.truth_shape)
    truth, naive = (OfRows(rows, shape, say) for say in (windows.targets, windows.last_seen))
    error = Score("val", rows, target, truth, naive, {}).figure(metric)
    return {
        f"val_{metric.key}": error,
        **({} if windows.target_scale is None else {f"val_{metric.key}_units": error * windows.target_scale}),
        "unit": windows.unit,
        "windows": len(rows),
    }


def _iso(time: np.datetime64) -> str:
    """Return a time stamp in ISO 8601, with fractions of a second only where there are some."""
    return str(time.astype("datetime64[us]")).removesuffix(".000000")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

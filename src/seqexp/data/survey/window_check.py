"""What in the windows of a series would harm a training: windows lost, parts unlike each other, a leak."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from seqexp.config.durations import DAY, roughly
from seqexp.data.arrays import PARTS, SCORED, Floats, Part
from seqexp.data.findings import CheckResult, Outcomes, drop, length, results_of, stamp
from seqexp.data.series.windows import Windows
from seqexp.data.survey.correlation import correlations, lagged_sums, pearson
from seqexp.data.survey.survey import Survey

LOST_SHARE = 0.10  # of a part's windows
MAX_SHIFT = 3.0  # standard deviations of the training rows
LEAK = 0.999  # correlation with the target to come
LIKENESS = 0.99  # correlation with the target at the same time
FEWEST_WINDOWS = 1000
_CLIP = 4.0  # standard deviations
_YEAR = 365 * DAY  # microseconds


def check_windows(survey: Survey, windows: Windows) -> list[CheckResult]:
    """Return the outcome of every check of a series' windows."""
    near = f"the mean target of validation and test lies within {MAX_SHIFT:g} sd of training's"
    checks = (
        ("gaps", _gaps(survey, windows), f"cost no part more than {LOST_SHARE:.0%} of its windows"),
        ("targets", _unmeasured(survey, windows), "measured in every window"),
        ("windows", _few(windows), f"{FEWEST_WINDOWS:,} or more to train on, over a year or more"),
        ("split", _shift(windows), near),
        ("leak", _leak(windows), f"no column gives the target to come away (correlation above {LEAK:g})"),
        ("likeness", _alike(survey, windows), f"no column says what the target says (correlation above {LIKENESS:g})"),
    )
    return list(results_of(checks))


def _gaps(survey: Survey, windows: Windows) -> Outcomes:
    remedy = "Remedy: a longer dataset.max_gap or a shorter dataset.lookback"
    if survey.stamps.longest:
        gap = survey.stamps.longest[0]
        remedy = f"The longest: {length(gap.rows, survey.stamps.interval)} after {stamp(gap.after)}. {remedy}"
    yield from _lost(survey, windows, windows.rows.across_gaps, "cross a gap", remedy)


def _unmeasured(survey: Survey, windows: Windows) -> Outcomes:
    remedy = f"Remedy: another dataset.target, or a dataset.split where {windows.target_name} was measured"
    yield from _lost(survey, windows, windows.rows.not_measured, "have a target that was not measured", remedy)


def _lost(survey: Survey, windows: Windows, counts: Mapping[Part, int], why: str, remedy: str) -> Outcomes:
    for part in PARTS:
        lost = counts.get(part, 0)
        every = 1 if part == "train" else survey.experiment.training.score_every
        total = lost + len(windows.rows.of(part)) * every
        text = f"{lost:,} of the {total:,} windows of {part} ({lost / total:.1%}) {why}"
        if lost / total > LOST_SHARE:
            yield "finding", f"{text}. {remedy}"
        elif lost:
            yield "note", f"{text}: left out"


def _few(windows: Windows) -> Outcomes:
    count = len(windows.rows.train)
    if count < FEWEST_WINDOWS:
        remedy = "Remedy: a longer dataset.split.train or a shorter dataset.lookback"
        yield "finding", f"{count:,} to train on, fewer than {FEWEST_WINDOWS:,}. {remedy}"
    first, end = windows.rows.train_bounds
    times = windows.repaired.order.times
    span = int((times[end - 1] - times[first]).astype("timedelta64[us]").astype(np.int64))
    if span < _YEAR:
        yield "note", f"the training part is {roughly(span)} long, less than a year: it has not seen every season"


def _shift(windows: Windows) -> Outcomes:
    for part in SCORED:
        # Targets are scaled by the training rows: their mean there is 0, their standard deviation 1.
        shift = float(windows.targets(windows.rows.of(part)).mean())
        if abs(shift) > MAX_SHIFT:
            where = f"{abs(shift):.1f} training sd {'above' if shift > 0 else 'below'} that of training"
            text = f"the mean of {windows.target_name} in {part} lies {where}"
            yield "finding", f"{text}. Remedy: a dataset.split.train that has seen such values"


def _leak(windows: Windows) -> Outcomes:
    """Find columns that are the target of a later row, from `delay` rows later to what a window's first row needs."""
    target, total = windows.target_values, len(windows)
    longest = min(windows.delay + windows.lookback, total // 2)
    leads = np.arange(windows.delay, longest + 1)
    if not len(leads):
        return
    breaks = windows.repaired.order.breaks
    # Clipped, so that a few wild values don't hide what all the others say.
    inputs, clipped = windows.inputs, np.clip(target, -_CLIP, _CLIP)
    sums = lagged_sums(lambda first, end: np.clip(inputs[first:end], -_CLIP, _CLIP), clipped, longest, breaks)
    for index, name in enumerate(windows.columns):
        if index == windows.target:
            continue
        # Sums grow with the pairs, fewer at a longer lead. Where they are largest the correlation itself is taken.
        best = leads[np.argsort(-np.abs(sums[leads, index]) / (total - leads))[:3]]
        for lead in map(int, best):
            r = abs(pearson(windows.inputs[: total - lead, index].astype(np.float64), target[lead:]))
            own = abs(pearson(target[: total - lead], target[lead:])) if r > LEAK else 1.0
            # A slow series goes with its own future as well: that alone gives nothing away.
            if r > LEAK and 1 - r < (1 - own) / 10:
                text = f"{name} is the target {lead:,} rows later (correlation {r:.5f}; the target's own {own:.3f})"
                yield "finding", f"{text}. Remedy: {drop(name)}"
                break


def _alike(survey: Survey, windows: Windows) -> Outcomes:
    columns = survey.series.columns
    means: Floats = np.array([column.mean for column in survey.columns])
    likeness = correlations(windows.repaired, means)[columns.index(windows.target_name)]
    for name, r in zip(columns, likeness, strict=True):
        if name != windows.target_name and abs(r) > LIKENESS:
            yield "note", f"{name} says nearly what {windows.target_name} says (correlation {r:.4f})"

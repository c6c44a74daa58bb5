"""What in a series, and in its windows, would harm a training: each finding with its number and its remedy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from seqexp.config.durations import DAY, in_words, roughly
from seqexp.data.arrays import PARTS, SCORED, Floats, Part
from seqexp.data.findings import CheckResult, Outcomes, drop, length, results_of, stamp
from seqexp.data.series.windows import Windows
from seqexp.data.survey.correlation import correlations, lagged_sums, pearson
from seqexp.data.survey.statistics import FAR, ColumnStatistics
from seqexp.data.survey.survey import Survey

HELD_SHARE = 0.05  # of a column's values
UNEVEN_SHARE = 0.01  # of the distances between rows
STUCK = 20  # times the usual stretch of one value
# What loggers and data portals write for a value that is not there.
_CODES = {sign * code for code in (99.0, 999.0, 9999.0, 99999.0, 999999.0, 6999.0, 1e20, 1e30) for sign in (1, -1)}
_CODES |= {-32768.0, 32767.0, -99.9, -999.9, -9999.9, 9.96921e36, -3.4028234663852886e38, 3.4028234663852886e38}


def check_series(survey: Survey) -> list[CheckResult]:
    """Return the outcome of every check that can be made; those of the windows need windows."""
    checks = (
        ("time stamps", _order(survey), "in order, each once"),
        ("interval", _interval(survey), "regular"),
        ("missing values", _unrepaired(survey), "none is left unrepaired"),
        ("held values", _held(survey), f"no column has more than {HELD_SHARE:.0%} of them, nor a long stretch"),
        ("sentinels", _undeclared(survey), "no value far outside the rest that comes again"),
        ("infinite values", _infinite(survey), "none"),
        ("constant columns", _constant(survey), "none"),
        ("stuck values", _stuck(survey), "no column stops for longer than a day"),
    )
    found = list(results_of(checks))
    reported = any(item.level == "finding" and item.name == "missing values" for item in found)
    for fault in survey.faults:
        if not (reported and fault.key == "dataset.repair"):
            found.append(CheckResult("finding", "windows", fault.text))
    return found + (check_windows(survey, survey.windows) if survey.windows else [])


def _order(survey: Survey) -> Outcomes:
    stamps, is_repaired = survey.stamps, survey.experiment.series.repair == "hold"
    counts = ((stamps.unordered, "step back"), (stamps.duplicates, "repeated"))
    facts = " and ".join(f"{count:,} {what}" for count, what in counts if count)
    if facts and is_repaired:
        yield "note", f"{facts}: put in order, the first of each kept"
    elif facts:
        yield "finding", f"{facts}, and stay so. Remedy: dataset.repair=hold"


def _interval(survey: Survey) -> Outcomes:
    stamps = survey.stamps
    if not stamps.uneven:
        return
    share = stamps.uneven / stamps.distances
    distances = f"{stamps.uneven:,} of {stamps.distances:,} distances ({share:.2%})"
    text = f"{distances} are no whole number of {in_words(stamps.interval)}"
    if share > UNEVEN_SHARE:
        text += ": a row is not a length of time here. Remedy: resample the file to a fixed interval"
    yield "finding" if share > UNEVEN_SHARE else "note", text


def _unrepaired(survey: Survey) -> Outcomes:
    if survey.experiment.series.repair == "hold":
        return
    for column in survey.columns:
        kinds = ((column.missing, "missing value"), (column.sentinels, "sentinel"))
        what = " and ".join(f"{count:,} {kind}{'' if count == 1 else 's'}" for count, kind in kinds if count)
        if what:
            since = _since(survey, column.absent.first)
            yield "finding", f"{column.name} has {what}, unrepaired,{since}. Remedy: dataset.repair=hold"


def _held(survey: Survey) -> Outcomes:
    if survey.experiment.series.repair == "off":
        return
    total, day = len(survey.series), _rows_a_day(survey)
    for column in survey.columns:
        share = (column.missing + column.sentinels) / total
        if share > HELD_SHARE:
            text = f"{column.name}: {share:.1%} of its values are held, not measured"
            yield "finding", f"{text}. Remedy: {drop(column.name)}"
        elif column.absent.rows > day:
            held = f"{length(column.absent.rows, survey.series.interval)}{_since(survey, column.absent.first)}"
            yield "finding", f"{column.name}: one value held for {held}. Remedy: {drop(column.name)}"


def _undeclared(survey: Survey) -> Outcomes:
    for column in survey.columns:
        for value, count in suspicious(column):
            declared = ",".join(f"{number:g}" for number in (*survey.experiment.series.sentinels, value))
            text = f"{column.name} is {value:.10g} in {count:,} {'row' if count == 1 else 'rows'}"
            others = f"its other values lie from {column.near[0]:.6g} to {column.near[1]:.6g}"
            yield "finding", f"{text}, {others}. Remedy: dataset.sentinels=[{declared}]"


def suspicious(column: ColumnStatistics) -> list[tuple[float, int]]:
    """Return (value, count) of what looks like a sentinel: far outside the rest, and a known code or repeated.

    Values are taken off from the outside as long as each lies more than 20 interquartile ranges from its
    neighbour; where the quartiles are equal, 20 times as far from it as the rest is wide.
    """
    spread = column.upper - column.lower
    found = []
    below = [pair for pair in column.far if pair[0] < column.lower]
    above = [pair for pair in reversed(column.far) if pair[0] > column.upper]
    for side, inner in ((below, column.near[0]), (above, column.near[1])):
        neighbours = [*[value for value, _ in side[1:]], inner]
        for (value, count), neighbour in zip(side, neighbours, strict=False):
            width = spread or abs(neighbour - inner)
            if abs(value - neighbour) <= FAR * width or (width == 0 and value not in _CODES):
                break
            if count > 1 or value in _CODES:
                found.append((value, count))
    return found


def _infinite(survey: Survey) -> Outcomes:
    for column in survey.columns:
        if column.infinite:
            text = f"{column.name} is infinite in {column.infinite:,} rows"
            yield "finding", f"{text}. Remedy: leave these cells of the file empty"


def _constant(survey: Survey) -> Outcomes:
    names = [column.name for column in survey.columns if column.is_constant]
    in_training = [name for name in survey.windows.constant if name not in names] if survey.windows else []
    repaired = survey.experiment.series.repair == "hold"
    for name in names:
        if repaired:
            yield "note", f"{name} never changes: left out"
        else:
            yield "finding", f"{name} never changes. Remedy: {drop(name)}"
    for name in in_training:
        yield "note", f"{name} never changes in the training rows: left out"


def _stuck(survey: Survey) -> Outcomes:
    day = _rows_a_day(survey)
    for column in survey.columns:
        run = column.stuck
        usual = column.valid / max(column.stretches, 1)
        if column.is_constant or run.rows <= day or run.rows <= STUCK * usual:
            continue
        time = f"{length(run.rows, survey.series.interval)}{_since(survey, run.first)}"
        text = f"{column.name} stays at {run.value:g} for {time}, usually for {usual:.3g} rows"
        if run.value in (column.low, column.high):  # calm, dry or foggy: a limit is a value, too
            yield "note", f"{text}; it is the column's limit"
        else:
            yield "finding", f"{text}. Remedy: empty these cells of the file, or {drop(column.name)}"


def _rows_a_day(survey: Survey) -> int:
    """Return the rows of a day, 12 or more."""
    return max(DAY // max(survey.series.interval, 1), 12)


def _since(survey: Survey, row: int) -> str:
    return f" from {stamp(survey.series.times[row])}"


# Of the windows: some are lost, parts are unlike each other, the target leaks.
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
        ("inputs", _limited(windows), "none so far from the training part that dataset.input_limit is given"),
        ("leak", _leak(windows), f"no column gives the target to come away (correlation above {LEAK:g})"),
        ("likeness", _alike(survey, windows), f"no column says what the target says (correlation above {LIKENESS:g})"),
    )
    return list(results_of(checks))


def telling_windows(windows: Windows) -> list[CheckResult]:
    """Return what changes the meaning of a result on windows: what is cheap to find."""
    return [item for item in results_of((("split", _shift(windows), ""),)) if item.level != "ok"]


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


def _limited(windows: Windows) -> Outcomes:
    for name, limited in windows.limited.items():
        where = f"up to {limited.farthest:.3g} training sd from the training mean"
        text = f"{limited.count:,} of {name} lie {where}: models are given {limited.limit:.3g} in their place"
        yield "note", f"{text} (dataset.input_limit)"


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

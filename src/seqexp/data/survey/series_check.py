"""What in a series, and in its windows, would harm a training: each finding with its number and its remedy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from seqexp.config.durations import DAY, roughly
from seqexp.config.overrides import as_list
from seqexp.config.schema import Experiment
from seqexp.data.arrays import PARTS, SCORED, Floats, Part
from seqexp.data.findings import CheckResult, Outcomes, remedy, results_of, stamp
from seqexp.data.series.months import SHORTEST_MONTH, rows_in_words
from seqexp.data.series.stack import stack_faults
from seqexp.data.series.windows import Windows
from seqexp.data.survey import column_check
from seqexp.data.survey.column_check import rows_a_day
from seqexp.data.survey.correlation import correlations, lagged_sums, pearson
from seqexp.data.survey.survey import Survey, TimeStampFacts, stamp_facts, survey_of_targets

HELD_NOTED, HELD_FOUND = 0.05, 0.5  # of a column's values
UNEVEN_SHARE = 0.01  # of the distances between rows
REPEATED_SHARE = 0.01  # of the rows that repeat a time stamp with other values: fewer are an hour of a clock set back


@np.errstate(over="ignore", invalid="ignore")  # as in `make_survey`
def check_series(survey: Survey) -> list[CheckResult]:
    """Return the outcome of every check that can be made; those of the windows need windows.

    Of several series in one file it is that alone: what is found in their mixture is true of none of them.
    """
    stacked = [CheckResult("finding", "time stamps", fault.text) for fault in stack_faults(survey.series)]
    if stacked:
        return stacked
    checks = (
        ("time stamps", _order(survey), "in order, each once"),
        ("interval", _interval(survey), "regular"),
        ("missing values", _unrepaired(survey), "all are repaired"),
        ("held values", _held(survey), f"no column has more than {HELD_NOTED:.0%} of them, or a long stretch"),
        ("impossible values", column_check.impossible(survey), "none, by units and names"),
        ("sentinels", column_check.apart(survey, coded=True), "no repeated value far from all others"),
        ("outliers", column_check.apart(survey, coded=False), "no value far beyond the tail of its column"),
        ("constant columns", column_check.constant(survey), "none"),
        (
            "stuck values",
            column_check.stuck(survey),
            f"no column keeps one value for longer than {column_check.a_day(survey)}",
        ),
        ("counters", column_check.counting(survey), "no column rises all the time"),
        ("equal columns", column_check.equal(survey), "none"),
    )
    found = list(results_of(checks))
    reported = any(item.level == "finding" and item.name == "missing values" for item in found)
    for fault in survey.faults:
        if not (reported and fault.key == "dataset.repair"):
            found.append(CheckResult("finding", "windows", fault.text))
    return found + (check_windows(survey, survey.windows) if survey.windows else [])


def _order(survey: Survey) -> Outcomes:
    mixed = list(_mixed(survey.stamps, len(survey.series), survey.experiment))
    if mixed:
        yield from mixed
        return
    stamps, is_repaired = survey.stamps, survey.experiment.series.repair == "hold"
    counts = ((stamps.unordered, "step back"), (stamps.duplicates, "repeated"))
    facts = " and ".join(f"{count:,} {what}" for count, what in counts if count)
    if facts and is_repaired:
        yield "note", f"{facts}: put in order, the first of each kept"
    elif facts:
        yield "finding", f"{facts}, and stay so. {remedy('dataset.repair=hold')}"


def _mixed(stamps: TimeStampFacts, total: int, experiment: Experiment) -> Outcomes:
    """Yield that many time stamps are repeated with other values: one row of each is no series."""
    if stamps.differing <= REPEATED_SHARE * total:
        return
    rows = f"{stamps.differing:,} of {total:,} rows ({stamps.differing / total:.1%})"
    text = f"{rows} repeat a time stamp with other values, as where several series stand in one file"
    if experiment.series.repair == "hold":
        text += ": all but the first row of each are left out"
    ways = ["a column that tells them apart, for dataset.where to choose one", "a file for each"]
    if experiment.series.format.drop:
        ways.insert(0, "a column less in dataset.format.drop, if it tells them apart")
    yield "finding", f"{text}. It takes {', or '.join(ways)}"


def _interval(survey: Survey) -> Outcomes:
    stamps = survey.stamps
    if not stamps.uneven:
        return
    share = stamps.uneven / stamps.distances
    distances = f"{stamps.uneven:,} of {stamps.distances:,} distances ({share:.2%})"
    step = rows_in_words(1, stamps.interval, survey.series.months)
    text = f"{distances} are not a whole number of {step}"
    if share > UNEVEN_SHARE:
        way_out = "Resample the file to a fixed interval"
        if survey.series.months:
            way_out = f"Give the file rows that are all {step} apart"
        elif stamps.interval >= SHORTEST_MONTH:  # of the last working days of months, say
            way_out = "If they are months, give each row the first day of its month as its date"
        text += f": a row is not a length of time here. {way_out}"
    yield "finding" if share > UNEVEN_SHARE else "note", text


def _unrepaired(survey: Survey) -> Outcomes:
    if survey.experiment.series.repair == "hold":
        return
    for column in survey.columns:
        counts = (column.missing, column.sentinels, column.outside)
        kinds = zip(counts, ("missing value{}", "sentinel{}", "value{} out of range"), strict=True)
        what = " and ".join(f"{count:,} {kind.format('' if count == 1 else 's')}" for count, kind in kinds if count)
        if what:
            since = _since(survey, column.absent.first)
            yield "finding", f"{column.name} has {what}, unrepaired,{since}. {remedy('dataset.repair=hold')}"


def _held(survey: Survey) -> Outcomes:
    dataset = survey.experiment.series
    if dataset.repair == "off":
        return
    total, day = len(survey.rows), rows_a_day(survey)
    shares = [(column.missing + column.sentinels + column.outside) / total for column in survey.columns]
    found = [column.name for column, share in zip(survey.columns, shares, strict=True) if share > HELD_FOUND]
    for column, share in zip(survey.columns, shares, strict=True):
        # A held value is never a target: what that costs is said of the windows.
        if share > HELD_FOUND and column.name not in survey.targets:
            way_out = survey.without(column.name, found)
            yield "finding", f"{column.name}: {share:.1%} of its values are held, not measured. {way_out}"
        elif share > HELD_NOTED:
            yield "note", f"{column.name}: {share:.1%} of its values are held, not measured"
        elif column.absent.rows > day:
            held = f"{survey.length(column.absent.rows)}{_since(survey, column.absent.first)}"
            yield "note", f"{column.name}: one value held for {held}"


def _since(survey: Survey, row: int) -> str:
    return f" from {stamp(survey.rows.time(row))}"


# Of the windows: some are lost, parts are unlike each other, the target leaks.
LOST_NOTED, LOST_FOUND = 0.10, 0.50  # of a part's windows
MAX_SHIFT = 3.0  # standard deviations of the training rows
LEAK = 0.999  # correlation with the target to come
_LEAK_TARGETS = 16  # of which leaks are looked for: each takes as long as all columns of the series
LIKENESS = 0.99  # correlation with the target at the same time
FEWEST_NOTED, FEWEST_FOUND = 1000, 100  # windows to train on
_CLIP = 4.0  # standard deviations
_YEAR = 365 * DAY  # microseconds


def check_windows(survey: Survey, windows: Windows) -> list[CheckResult]:
    """Return the outcome of every check of a series' windows."""
    near = f"the mean target of validation and test lies within {MAX_SHIFT:g} sd of training's"
    checks = (
        ("gaps", _gaps(survey, windows), f"cost no part more than {LOST_NOTED:.0%} of its windows"),
        ("targets", _unmeasured(windows), "measured in every window"),
        ("windows", _few(windows), f"{FEWEST_NOTED:,} or more to train on, over a year or more"),
        ("split", _shift(windows), near),
        ("inputs", _limited(windows), "none beyond dataset.input_limit"),
        ("known ahead", _known(survey, windows), f"no column is almost the target (correlation above {LIKENESS:g})"),
        ("leak", _leak(survey, windows), f"no column gives away the future target (correlation above {LEAK:g})"),
        (
            "likeness",
            _alike(survey, windows),
            f"no column is almost the target itself (correlation above {LIKENESS:g})",
        ),
    )
    return list(results_of(checks))


def telling_windows(windows: Windows, experiment: Experiment) -> list[CheckResult]:
    """Return what changes the meaning of a result on windows: what is cheap to find, of the target alone."""
    checks = [
        ("time stamps", _mixed(stamp_facts(windows.series), len(windows.series), experiment), ""),
        ("split", _shift(windows), ""),
    ]
    if not windows.series.is_mapped:
        survey = survey_of_targets(windows, experiment)
        checks += [
            ("missing values", _unrepaired(survey), ""),
            ("impossible values", column_check.impossible(survey), ""),
            ("sentinels", column_check.apart(survey, coded=True), ""),
            ("outliers", column_check.apart(survey, coded=False), ""),
            ("stuck values", column_check.stuck(survey), ""),
        ]
    return [item for item in results_of(checks) if item.level == "finding"]


def _gaps(survey: Survey, windows: Windows) -> Outcomes:
    way_out = "A longer dataset.max_gap or a shorter dataset.lookback loses fewer"
    if survey.stamps.longest:
        gap = survey.stamps.longest[0]
        way_out = f"The longest: {survey.length(gap.rows)} after {stamp(gap.after)}. {way_out}"
    yield from _lost(windows, windows.rows.across_gaps, "cross a gap", way_out)


def _unmeasured(windows: Windows) -> Outcomes:
    way_out = f"Choose a dataset.split whose parts lie where {windows.target_name} was measured"
    yield from _lost(windows, windows.rows.not_measured, "have a target that was not measured", way_out)


def _lost(windows: Windows, counts: Mapping[Part, int], why: str, way_out: str) -> Outcomes:
    for part in PARTS:
        lost = counts.get(part, 0)
        total = lost + windows.rows.all_of(part)
        text = f"{lost:,} of the {total:,} windows of {part} ({lost / total:.1%}) {why}"
        if lost / total > LOST_NOTED:
            yield "finding" if lost / total > LOST_FOUND else "note", f"{text}. {way_out}"
        elif lost:
            yield "note", f"{text}: left out"


def _few(windows: Windows) -> Outcomes:
    count = len(windows.rows.train)
    if count < FEWEST_NOTED and windows.series.months:
        yield "note", f"{count:,} to train on: series of months and years have no more than some hundreds"
    elif count < FEWEST_NOTED:
        text = f"{count:,} to train on: a longer dataset.split.train or a shorter dataset.lookback gives more"
        yield "finding" if count < FEWEST_FOUND else "note", text
    first, end = windows.rows.train_bounds
    times = windows.repaired.order.times
    span = int((times[end - 1] - times[first]).astype("timedelta64[us]").astype(np.int64))
    if span < _YEAR:
        yield "note", f"the training part is {roughly(span)} long, less than a year: it has not seen every season"


def _shift(windows: Windows) -> Outcomes:
    for part in SCORED:
        # Targets are scaled by the training rows: their mean there is 0, their standard deviation 1.
        shifts = windows.target_at(windows.rows.of(part) + windows.delay).mean(axis=0)
        for name, shift in zip(windows.target.names, map(float, shifts), strict=True):
            if abs(shift) > MAX_SHIFT:
                where = f"{abs(shift):.1f} standard deviations {'above' if shift > 0 else 'below'} that of training"
                text = f"the mean of {name} in {part} lies {where}"
                yield "finding", f"{text}. Choose a dataset.split.train that has seen such values"


def _limited(windows: Windows) -> Outcomes:
    for name, limited in windows.limited.items():
        yield "note", limited.in_words(name)


def _leak(survey: Survey, windows: Windows) -> Outcomes:
    """Find columns that are the target of a later row, from `delay` rows later to what a window's first row needs."""
    for name, target in list(zip(windows.target.names, windows.target.values.T, strict=True))[:_LEAK_TARGETS]:
        yield from _leak_of(survey, windows, name, target)


def _leak_of(survey: Survey, windows: Windows, target_name: str, target: Floats) -> Outcomes:
    total = len(windows)
    longest = min(windows.delay + windows.lookback, total // 2)
    leads = np.arange(windows.delay, longest + 1)
    if not len(leads):
        return
    what = "the target" if windows.has_one_column else f"the target {target_name}"
    breaks = windows.repaired.order.breaks
    # Clipped, so that a few wild values don't hide what all the others say.
    inputs, clipped = windows.inputs, np.clip(target, -_CLIP, _CLIP)
    sums = lagged_sums(lambda first, end: np.clip(inputs[first:end], -_CLIP, _CLIP), clipped, longest, breaks)
    for index, name in enumerate(windows.columns):
        if name == target_name or index in windows.known:
            continue
        # Sums grow with the pairs, fewer at a longer lead. Where they are largest the correlation itself is taken.
        best = leads[np.argsort(-np.abs(sums[leads, index]) / (total - leads))[:3]]
        for lead in map(int, best):
            r = abs(pearson(windows.inputs[: total - lead, index].astype(np.float64), target[lead:]))
            own = abs(pearson(target[: total - lead], target[lead:])) if r > LEAK else 1.0
            # A slow series goes with its own future as well: that alone gives nothing away.
            if r > LEAK and 1 - r < (1 - own) / 10:
                text = f"{name} is {what} {lead:,} rows later (correlation {r:.5f}; the target's own {own:.3f})"
                yield "finding", f"{text}. {survey.without(name)}"
                break


def _alike(survey: Survey, windows: Windows) -> Outcomes:
    columns = survey.series.columns
    means: Floats = np.array([column.mean for column in survey.columns])
    likeness = correlations(windows.repaired, means)
    for target in windows.target.names:
        for name, r in zip(columns, likeness[columns.index(target)], strict=True):
            if name not in windows.target.names and abs(r) > LIKENESS:
                yield "note", f"{name} says nearly what {target} says (correlation {r:.4f})"


def _known(survey: Survey, windows: Windows) -> Outcomes:
    """Find columns that are said to be known ahead and are almost the target of the same row."""
    columns, asked = survey.series.columns, survey.experiment.series.known
    if not asked:
        return
    means: Floats = np.array([column.mean for column in survey.columns])
    likeness = correlations(windows.repaired, means)
    for name in asked:
        for target in windows.target.names:
            r = likeness[columns.index(name), columns.index(target)]
            if abs(r) > LIKENESS:
                text = f"{name} is given ahead, and is almost {target} of the same row (correlation {r:.4f})"
                kept = as_list([each for each in asked if each != name])
                way_out = f"If it is known only once {target} is: {remedy(f'dataset.known={kept}')}"
                yield "finding", f"{text}: forecasts from it say nothing then. {way_out}"

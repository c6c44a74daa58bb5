"""What in a series would harm a training: each finding with its number, its row and its remedy."""

from __future__ import annotations

from seqexp.config.durations import DAY, in_words
from seqexp.data.findings import CheckResult, Outcomes, drop, length, results_of, stamp
from seqexp.data.survey.statistics import FAR, ColumnStatistics
from seqexp.data.survey.survey import Survey
from seqexp.data.survey.window_check import check_windows

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

"""What is known about a series, in words: its columns, its time stamps, its repairs and its windows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator

import numpy as np

from seqexp.config.durations import in_words, months_in_words, roughly, span
from seqexp.config.output.shell import shell_word
from seqexp.config.overrides import as_value
from seqexp.data.arrays import PART_WORDS, PARTS, SCORED
from seqexp.data.samples import FEWEST_JUDGED, PartRows
from seqexp.data.series.inputs.categories import FEWEST_ROWS, OTHER, Category
from seqexp.data.series.months import rows_in_words
from seqexp.data.series.splits import split_as_measured
from seqexp.data.series.windows import Windows
from seqexp.reporting.data.tables import Description, DescriptionTable, TableRows, named, title_of
from seqexp.reporting.numbers import counted
from seqexp.tasks.kinds import SERIES

_HEADINGS = ("column", "unit", "mean", "sd", "min", "max", "missing", "sentinels", "not valid", "constant")
_MOST_NAMES = 10  # of a column's values that are listed in a line
_UNMEASURED_ENDS = 0.05  # of the rows, and of the windows: fewer without a target at both ends are not spoken of
_PART_HEADINGS = ("part", "from", "to", "windows", "across gaps", "not measured")


def series_table(about: Description) -> DescriptionTable:
    """Return a description as `describe_series` gives it, for a person."""
    parts = (_PART_HEADINGS, _part_rows(about)) if about["windows"] else None
    return DescriptionTable(title_of(about), about["stand_in"], _column_table(about), _facts(about), parts)


def _column_table(about: Description) -> tuple[tuple[str, ...], TableRows]:
    rows: TableRows = []
    for column in about["columns"]:
        constant = "yes" if column["constant"] else "in training" if column["constant_in_training"] else "no"
        figures = (rounded_to_sd(column[key], column["sd"]) for key in ("mean", "sd", "min", "max"))
        numbers = (column["missing"] + column["infinite"], column["sentinels"], column["outside"])
        counts = (f"{number:,}" for number in numbers)
        rows.append((column["name"], column["unit"], *figures, *counts, constant))
    empty = {"unit": "", "not valid": "0", "constant": "no"}  # a column that says nothing else is left out
    kept = [
        index
        for index, heading in enumerate(_HEADINGS)
        if heading not in empty or any(row[index] != empty[heading] for row in rows)
    ]
    return tuple(_HEADINGS[index] for index in kept), [tuple(row[index] for index in kept) for row in rows]


def rounded_to_sd(value: float | None, sd: float | None) -> str:
    """Return a figure with about three digits of the column's standard deviation."""
    if value is None:
        return "-"
    scale = sd if sd else abs(value)
    if abs(value) >= 1e7 or 0 < scale < 1e-4:
        return f"{value:.3g}"
    digits = min(max(2 - math.floor(math.log10(scale)), 0), 6) if scale else 0
    return f"{value:,.{digits}f}"


def _facts(about: Description) -> list[tuple[str, str]]:
    time, windows = about["time"], about["windows"]
    why = [] if about["reason"].endswith(", as asked") else [about["reason"]]
    facts = [*named("source", [*why, about["origin"]]), ("digest", about["digest"])]
    on_disk = ", read from disk as they are needed" if about["on_disk"] else ""
    facts.append(("rows", f"{about['rows']:,} of {counted(len(about['columns']), 'column')}{on_disk}"))
    if about["dropped_columns"]:
        facts.append(("dropped", f"no numbers in: {', '.join(about['dropped_columns'])}"))
    facts += named("format", about["format_notes"])
    facts += named("category", [_category(category) for category in about["categories"]])
    facts.append(("time", f"{_stamp(time['first'])} to {_stamp(time['last'])}"))
    facts.append(("interval", _interval(time)))
    facts.append(("stamps", f"repeated {time['duplicates']:,}, out of order {time['unordered']:,}"))
    facts.append(("gaps", _gaps(time)))
    no_values = sum(column["missing"] + column["sentinels"] + column["outside"] for column in about["columns"])
    facts += named("repair", about["repairs"] or (["nothing to repair"] if windows and not no_values else []))
    facts += named("inputs", about["input_notes"])
    if about["target"] is None:
        choice = shell_word(f"dataset.target={as_value(about['columns'][0]['column'])}")
        facts.append(("target", f"none is chosen: {choice} forecasts this column, or name another one"))
    if windows:
        facts += named("windows", _measures(about))
        facts.append(("naive", _naive(about)))
    return facts


def _category(category: Description) -> str:
    rows = {**category["training_rows"], OTHER: sum(category["rare_in_training"].values())}
    values = ", ".join(f"{value} {count:,}" for value, count in rows.items() if value != OTHER or count)
    return f"{category['column']}, training rows by value: {values}"


def _interval(time: Description) -> str:
    months = time["interval_months"]
    text = months_in_words(months) if months else in_words(round(time["interval_seconds"] * 1e6))
    differing, distances = time["distances_that_differ"], time["distances"]
    if not differing:
        return f"{text}, always"
    share = differing / distances
    shown = f"{share:.2%}" if share >= 1e-4 else "less than 0.01%"
    uneven = time["uneven_distances"]
    more = f"; {uneven:,} are not a whole number of {text}" if uneven else ""
    return f"{text}; {differing:,} of {distances:,} distances differ ({shown}){more}"


def _gaps(time: Description) -> str:
    if not time["gaps"]:
        return "none"
    longest = [f"{_missing(gap)} after {_stamp(gap['after'])}" for gap in time["longest_gaps"][:3]]
    return f"{time['gaps']:,}, {time['missing_rows']:,} rows missing; the longest: {', '.join(longest)}"


def _missing(gap: Description) -> str:
    rows = counted(gap["rows"], "row")
    return f"{rows} ({months_in_words(gap['months'])})" if "months" in gap else rows


def _measures(about: Description) -> list[str]:
    windows = about["windows"]

    def measure(name: str) -> str:
        found = windows[name]
        in_days = span(round(found["seconds"] * 1e6))
        return f"{counted(found['rows'], 'row')} ({months_in_words(found['months']) if 'months' in found else in_days})"

    many = f", {measure('horizon')} ahead, the first with a" if "horizon" in windows else ","
    return [
        f"target {about['target']}{many} true lead {'of ' if 'horizon' in windows else ''}{measure('true_lead')}",
        f"lookback {measure('lookback')}, step {measure('step')}, delay {measure('delay')}",
        f"each {windows['timesteps']} timesteps x {counted(len(windows['inputs']), 'column')}",
    ]


def _naive(about: Description) -> str:
    naive = about["naive"]
    metric = SERIES.metric
    error, in_unit = naive[f"val_{metric.key}"], naive.get(f"val_{metric.key}_units")
    figure = f"{error:.4f} normalised"
    if in_unit is not None:  # several columns have several units
        figure = f"{in_unit:.4g} {naive['unit'] or 'in the unit of the target'} ({figure})"
    return f"validation {metric.label} {figure}, on {naive['windows']:,} windows"


def _part_rows(about: Description) -> TableRows:
    rows: TableRows = []
    for name, part in about["windows"]["parts"].items():
        counts = (f"{part[key]:,}" for key in ("windows", "across_gaps", "not_measured"))
        rows.append((name, _stamp(part["first"]), _stamp(part["last"]), *counts))
    return rows


def _stamp(iso: str) -> str:
    """Return a time stamp for a person, without seconds where they are zero."""
    day, _, time = iso.partition("T")
    return f"{day} {time.removesuffix(':00') if time.count(':') == 2 else time}"


def limits_in_words(windows: Windows) -> list[str]:
    """Return one line for each column of which inputs are limited; none for an ordinary series."""
    return [limited.in_words(name) for name, limited in windows.limited.items()]


def repairs_in_words(windows: Windows) -> list[str]:
    """Return one line for each kind of repair; none for a series that is as it should be."""
    series, order = windows.series, windows.repaired.order
    lines = []
    bad = windows.repaired.bad
    if bad:
        counts = ", ".join(f"{name} {count:,}" for name, count in bad.items())
        values = counted(sum(bad.values()), "value")
        how = (
            "held from the row before"
            if windows.repaired.replaces
            else "left as they are, though they are not measurements"
        )
        lines.append(f"{values} {how}: {counts}")
    if order.rows is not None:
        done = (
            (order.unordered, f"put in order ({order.unordered:,} time stamps stepped back)"),
            (order.duplicates, f"{order.duplicates:,} left out because the time stamp was already there"),
            (order.filled, f"{order.filled:,} inserted in short gaps, held from the row before"),
        )
        lines.append("rows: " + ", ".join(what for count, what in done if count))
    if len(order.breaks):
        count, allowed = len(order.breaks), windows.geometry.max_gap
        least = rows_in_words(allowed, series.interval, series.months) if allowed else "a row"
        of_time = roughly(order.longest * series.interval)
        longest = months_in_words(order.longest * series.months) if series.months else of_time
        gaps = f"{counted(count, 'gap')} longer than {least}"
        crossing = f"no window crosses {'it' if count == 1 else 'them'}"
        left_out = f"({sum(windows.rows.across_gaps.values()):,} windows left out)"
        lines.append(f"{gaps}, the longest {longest}: {crossing} {left_out}")
    unmeasured = sum(windows.rows.not_measured.values())
    if unmeasured:
        lines.append(f"{counted(unmeasured, 'window')} left out because the target was not measured")
        lines += _unmeasured_ends(windows)
    return lines


def inputs_in_words(windows: Windows) -> list[str]:
    """Return a line for each column that is no input, or not as it was recorded; none where all are as they were."""
    lines = [line for category in windows.categories if category.inputs for line in _others_in_words(category)]
    if windows.constant:
        lines.append(f"left out for never changing in the training rows: {', '.join(windows.constant)}")
    return lines


def _unmeasured_ends(windows: Windows) -> Iterator[str]:
    """Yield a line where the target begins much later than the series does, or ends much earlier."""
    measured = np.setdiff1d(np.arange(len(windows)), windows.unmeasured)
    left_out = sum(windows.rows.not_measured.values())
    is_short = measured[-1] - measured[0] < (1 - _UNMEASURED_ENDS) * len(windows)
    kept = sum(windows.rows.all_of(part) for part in PARTS)
    if is_short and left_out > _UNMEASURED_ENDS * (kept + left_out):
        times = windows.repaired.order.times[measured[[0, -1]]].astype("datetime64[s]")
        first, last = (_stamp(str(time)) for time in times)
        what = f"the target was measured from {first} to {last} alone, while the parts are cut from all rows"
        yield f"{what}: {split_as_measured(measured)} cuts them by these"


def _others_in_words(category: Category) -> Iterator[str]:
    """Yield lines about the values of a category that have no input of their own."""
    given = f"given as {category.other}"
    if category.rare:
        names = _first_names(category.rare)
        yield f"{category.name}: values of fewer than {FEWEST_ROWS} training rows are {given}: {names}"
    rows = {part: sum(values.values()) for part, values in category.unseen.items() if values}
    if rows:
        counts = " and ".join(f"{counted(count, 'row')} of {PART_WORDS[part]}" for part, count in rows.items())
        learned = "" if category.rare else ", which no training row has: models can't have learned it"
        names = _first_names(dict.fromkeys(name for values in category.unseen.values() for name in values))
        yield f"{category.name}: {counts} with values that the training part doesn't have, {given}{learned}: {names}"


def _first_names(names: Collection[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join([*itertools.islice(names, _MOST_NAMES), *([f"{more:,} more"] if more > 0 else [])])


def parts_in_words(rows: PartRows) -> str:
    """Return "1,000 train, 200 validation and 250 of 2,000 test", the samples of each part, those that are scored."""
    counts = []
    for part in SCORED:
        scored, whole = len(rows.of(part)), rows.all_of(part)
        counts.append(
            f"{scored:,} {PART_WORDS[part]}" if scored == whole else f"{scored:,} of {whole:,} {PART_WORDS[part]}"
        )
    return f"{len(rows.train):,} train, {' and '.join(counts)}"


def too_few_in_words(rows: PartRows) -> str | None:
    """Return a warning where a part has so few samples to score that its figures say little; else None."""
    few = [f"{len(rows.of(part))} of {PART_WORDS[part]}" for part in SCORED if len(rows.of(part)) < FEWEST_JUDGED]
    if not few:
        return None
    return f"only {' and '.join(few)} are scored: too few to judge a model by, and not ranked without compare --few"

"""Time stamps written as text: parse a whole column at once, strictly.

Every format becomes one regular expression; its groups become integers, and these a date that is checked. (The
strptime of pyarrow makes 2 March of 31.02., and that of Python reads a stamp at a time.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Times
from seqexp.data.files.times.time_formats import EXCEL, ISO, ISO_ZONED, MONTH_NAMES, UNIX, expression_of

if TYPE_CHECKING:
    import pyarrow as pa


Integers = NDArray[np.int64]


def parse_times(texts: pa.Array, form: str) -> Times:
    """Parse a column of time stamps.

    Args:
        texts: Strings, of shape (rows,).
        form: A format as in strptime, with names of months in English, or ISO, ISO_ZONED, EXCEL, or one of
            UNIX. "*" stands for anything. 24:00 is 0:00 of the next day.

    Returns:
        datetime64[us] of shape (rows,), in UTC where the stamps hold an offset; NaT for what is null or not a time of
        this format, as is a day that no calendar has, and a year before 1000.
    """
    times = _at_once(texts, form)
    if times is None:
        times = _extract(texts, form)
    years = times.astype("datetime64[Y]").astype(np.int64) + 1970
    times[(years < 1000) | (years > 9999)] = "NaT"
    return np.asarray(times)


def _at_once(texts: pa.Array, form: str) -> Times | None:
    """Parse in a fraction of the time where every stamp is of the usual kind; None where one is not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if form == ISO:
        try:
            return np.array(texts.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False))
        except pa.ArrowInvalid:
            return None
    width, digits, literals = _layout_of(form)
    if not digits or not len(texts) or texts.null_count or not pc.all(pc.equal(pc.binary_length(texts), width)).as_py():
        return None
    first = int(np.frombuffer(texts.buffers()[1], np.int32)[texts.offset])
    cells = np.frombuffer(texts.buffers()[2], np.uint8, len(texts) * width, first).reshape(-1, width)
    if any((cells[:, column] != code).any() for column, code in literals.items()):
        return None
    numbers = {}
    for name, places in digits.items():
        each = cells[:, places[0] : places[-1] + 1] - np.uint8(ord("0"))  # what is below wraps far above 9
        if (each > 9).any():
            return None
        numbers[name] = each @ 10 ** np.arange(len(places))[::-1]
    return _calendar(numbers, len(texts))


@cache
def _layout_of(form: str) -> tuple[int, dict[str, list[int]], dict[int, int]]:
    """Return the width of a stamp with all digits, where those of each number stand, and the codes of the rest.

    No numbers if stamps of this format differ in width.
    """
    digits: dict[str, list[int]] = {}
    literals: dict[int, int] = {}
    width = 0
    for part in re.findall(r"%.?|.", form, re.DOTALL):
        if part in ("%Y", "%m", "%d", "%H", "%M", "%S") and part[1:] not in digits:
            digits[part[1:]] = list(range(width, width + (4 if part == "%Y" else 2)))
            width += len(digits[part[1:]])
        elif part.startswith(("%", "*")) or not part.isascii() or form in UNIX or form == ISO_ZONED:
            return 0, {}, {}
        else:
            literals[width] = ord(part)
            width += 1
    return width, digits, literals


def _extract(texts: pa.Array, form: str) -> Times:
    """Parse by the format's regular expression."""
    import pyarrow.compute as pc

    fields = pc.extract_regex(pc.utf8_trim_whitespace(texts), f"^{expression_of(form)}$")
    matched = fields.is_valid().to_numpy(zero_copy_only=False)
    found = fields.drop_null()
    groups = dict(zip([field.name for field in found.type], found.flatten(), strict=True))
    times = np.full(len(texts), "NaT", "datetime64[us]")
    if form == EXCEL:
        times[matched] = _excel(groups)
    else:
        times[matched] = _unix(groups, UNIX[form]) if form in UNIX else _calendar(_numbers(groups), len(found))
    return times


def _number(texts: pa.Array) -> Integers:
    """Return digits as integers, 0 for none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    digits = pc.if_else(pc.equal(texts, ""), "0", texts)
    return np.asarray(digits.cast(pa.int64()).to_numpy(zero_copy_only=False))


def _fraction(texts: pa.Array, width: int) -> Integers:
    """Return digits behind a decimal mark as an integer of `width` digits."""
    import pyarrow.compute as pc

    return _number(pc.utf8_slice_codeunits(pc.utf8_rpad(texts, width, "0"), 0, width))


def _word(texts: pa.Array, words: Sequence[str], letters: int) -> Integers:
    """Return which of some words each text is, by its first letters."""
    import pyarrow as pa
    import pyarrow.compute as pc

    starts = pc.utf8_slice_codeunits(pc.utf8_lower(texts), 0, letters)
    return np.asarray(pc.index_in(starts, value_set=pa.array(words)).to_numpy(zero_copy_only=False), np.int64)


def _offset(texts: pa.Array) -> Integers:
    """Return how many seconds stamps with such a zone are ahead of UTC."""
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(texts)
    each = []
    for text in encoded.dictionary.to_pylist():
        digits = re.sub(r"\D", "", text).ljust(4, "0")
        each.append((-1 if text.startswith("-") else 1) * (int(digits[:2]) * 60 + int(digits[2:])) * 60)
    seconds: Integers = np.array(each, np.int64)[encoded.indices.cast(pa.int64()).to_numpy(zero_copy_only=False)]
    return seconds


def _excel(groups: dict[str, pa.Array]) -> Times:
    """Return the times that days of a spreadsheet mean, to the second: a day's fraction is no more precise."""
    seconds = _number(groups["unit"]) * 86_400 + np.rint(_fraction(groups["f"], 12) * 86_400e-12).astype(np.int64)
    times: Times = (np.datetime64("1899-12-30", "s") + seconds).astype("datetime64[us]")
    return times


def _unix(groups: dict[str, pa.Array], digits: int) -> Times:
    """Return the times that a number of seconds says, or of their parts of so many `digits` above microseconds."""
    sign = np.where(groups["sign"].to_numpy(zero_copy_only=False) == "-", -1, 1)
    magnitude = _number(groups["unit"]) * 10**digits + (_fraction(groups["f"], digits) if digits else 0)
    times: Times = (sign * magnitude).astype("datetime64[us]")
    return times


def _numbers(groups: dict[str, pa.Array]) -> dict[str, Integers]:
    """Return what the groups mean: months by their numbers, zones in seconds, fractions in microseconds."""
    special: dict[str, tuple[str, Callable[[pa.Array], Integers]]] = {
        "b": ("m", lambda texts: _word(texts, MONTH_NAMES, 3) + 1),
        "p": ("p", lambda texts: _word(texts, ("a", "p"), 1)),
        "f": ("f", lambda texts: _fraction(texts, 6)),
        "z": ("z", _offset),
    }
    numbers = {}
    for name, texts in groups.items():
        meaning, convert = special.get(name, (name, _number))
        numbers[meaning] = convert(texts)
    return numbers


def _calendar(given: dict[str, Integers], rows: int) -> Times:
    """Return the times that numbers say, by the letters of their directives; NaT where there is no such time."""

    def number(name: str, default: int) -> Integers:
        return given[name] if name in given else np.full(rows, default, np.int64)

    year = number("Y", 0)
    if "y" in given:  # the pivot of POSIX
        year = given["y"] + np.where(given["y"] < 69, 2000, 1900)
    month, day, hour = number("m", 1), number("d", 1), number("H", 0)
    valid = (month >= 1) & (month <= 12)
    if "I" in given:
        valid &= (given["I"] >= 1) & (given["I"] <= 12)
        hour = given["I"] % 12 + 12 * given["p"]
    minute, second = number("M", 0), number("S", 0)
    ends_a_day = (hour == 24) & (minute == 0) & (second == 0) & (number("f", 0) == 0)  # ISO 8601 has it, too
    valid &= ((hour <= 23) | ends_a_day) & (minute <= 59) & (second <= 59)
    months = ((year - 1970) * 12 + np.where(valid, month, 1) - 1).astype("datetime64[M]")
    start, end = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]")
    if "j" in given:  # the day of the year
        years = months.astype("datetime64[Y]")
        day, start, end = given["j"], years.astype("datetime64[D]"), (years + 1).astype("datetime64[D]")
    valid &= (day >= 1) & (day <= (end - start).astype(np.int64))
    seconds = ((day - 1) * 24 + hour) * 3600 + minute * 60 + second - number("z", 0)
    micros = seconds * 1_000_000 + number("f", 0)
    times = start.astype("datetime64[us]") + micros.astype("timedelta64[us]")
    times[~valid] = "NaT"
    return np.asarray(times)

"""Time stamps written as text: parse a whole column at once, strictly.

Every format becomes one regular expression; its groups become integers, and these a date that is checked. (The
strptime of pyarrow makes 2 March of 31.02., and that of Python reads a stamp at a time.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

Times = NDArray[np.datetime64]

ISO = "ISO 8601"
ISO_ZONED = "ISO 8601 with a zone"
UNIX = {"unix": 6, "unix_ms": 3, "unix_us": 0}  # digits behind the unit, down to microseconds
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONG_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"

_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "j": r"(?P<j>\d{1,3})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "p": r"(?P<p>[AaPp])\.?[Mm]\.?",
    "b": f"(?P<b>(?i:{'|'.join(MONTHS)}))",
    "B": f"(?P<b>(?i:{LONG_MONTHS}))",
    "a": "(?i:mon|tue|wed|thu|fri|sat|sun)",
    "A": "(?i:monday|tuesday|wednesday|thursday|friday|saturday|sunday)",
    "z": r"(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})",
    "%": "%",
}
_SHORTHANDS = {"%T": "%H:%M:%S", "%R": "%H:%M", "%D": "%m/%d/%y", "%F": "%Y-%m-%d"}
_ISO = (
    r"(?P<Y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"
    r"(?:[T ](?P<H>\d{2})(?::?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?)?"
)


def check_format(form: str) -> None:
    """Check a format given by the user.

    Raises:
        InputError: It holds a directive that is not known, or no year, month and day.
    """
    try:
        groups = set(re.compile(_expression(form)).groupindex)
    except KeyError as error:
        known = ", ".join(f"%{directive}" for directive in _DIRECTIVES)
        raise InputError(
            f"dataset.format.time_format must be made of {known}, or one of {', '.join(UNIX)}. "
            f"Received: {form!r}, which holds {error.args[0]!r}"
        ) from error
    except re.error as error:
        raise InputError(f"dataset.format.time_format must hold each directive once. Received: {form!r}") from error
    if form not in UNIX and not groups & {"Y", "y"}:
        raise InputError(f"dataset.format.time_format must hold a year, %Y or %y. Received: {form!r}")
    if ("I" in groups) != ("p" in groups):
        raise InputError(f"dataset.format.time_format must hold %I and %p together, or %H. Received: {form!r}")


@cache
def pattern_of(form: str) -> re.Pattern[str]:
    """Return what a stamp of this format looks like; it may still be a day that no calendar has."""
    return re.compile(_expression(form))


def is_zoned(form: str) -> bool:
    """Return whether stamps of this format hold an offset, so that they are converted to UTC."""
    return form == ISO_ZONED or "%z" in form


def parse(texts: pa.Array, form: str) -> Times:
    """Parse a column of time stamps.

    Args:
        texts: Strings, of shape (rows,).
        form: A format as in strptime, with names of months in English, or ISO, ISO_ZONED, unix, unix_ms, unix_us.

    Returns:
        datetime64[us] of shape (rows,), in UTC where the stamps hold an offset; NaT for what is null or not a time of
        this format, as is a day that no calendar has, and a year before 1000.
    """
    import pyarrow as pa

    if form == ISO:
        try:  # at once, several times as fast; not where one row is something else
            times = np.array(texts.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False))
        except pa.ArrowInvalid:
            times = _extract(texts, form)
    else:
        times = _extract(texts, form)
    years = times.astype("datetime64[Y]").astype(np.int64) + 1970
    times[(years < 1000) | (years > 9999)] = "NaT"
    return np.asarray(times)


def _extract(texts: pa.Array, form: str) -> Times:
    """Parse by the format's regular expression."""
    import pyarrow.compute as pc

    fields = pc.extract_regex(pc.utf8_trim_whitespace(texts), f"^{_expression(form)}$")
    matched = fields.is_valid().to_numpy(zero_copy_only=False)
    groups = _Groups(fields.drop_null())
    times = np.full(len(texts), "NaT", "datetime64[us]")
    times[matched] = _unix(groups, UNIX[form]) if form in UNIX else _calendar(groups)
    return times


def _expression(form: str) -> str:
    """Return the regular expression of a format. KeyError: a directive that is not known."""
    if form in UNIX:
        return r"(?P<sign>-?)(?P<unit>\d{1," + str(18 - UNIX[form]) + r"})(?:\.(?P<f>\d{1,9}))?"
    if form == ISO:
        return _ISO
    if form == ISO_ZONED:
        return _ISO + r"\s*" + _DIRECTIVES["z"]
    for short, long in _SHORTHANDS.items():
        form = form.replace(short, long)
    expression, parts = "", re.findall(r"%.?|\s+|.", form, re.DOTALL)
    for before, part, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        if part.startswith("%"):
            if part[1:] not in _DIRECTIVES:
                raise KeyError(part)
            directive = _DIRECTIVES[part[1:]]
            # Digits without a separator make sense with all of them alone.
            crowded = before.startswith("%") or after.startswith("%")
            expression += re.sub(r"\{1,([23])\}", r"{\1}", directive) if crowded else directive
        else:
            expression += r"\s+" if part.isspace() else re.escape(part)
    return expression


class _Groups:
    """The groups of a regular expression over a column, as integers."""

    def __init__(self, fields: pa.StructArray) -> None:
        self._fields = fields
        self._names = {field.name for field in fields.type}

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._fields)

    def texts(self, name: str) -> pa.Array:
        return self._fields.field(name)

    def integers(self, name: str, default: int, width: int | None = None) -> NDArray[np.int64]:
        """Return a group as integers, `default` where it is absent; as a fraction of `width` digits if given."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if name not in self:
            return np.full(len(self), default, np.int64)
        texts = self.texts(name)
        if width is not None:
            texts = pc.utf8_slice_codeunits(pc.utf8_rpad(texts, max(width, 1), "0"), 0, max(width, 1))
            if width == 0:
                return np.zeros(len(self), np.int64)
        texts = pc.if_else(pc.equal(texts, ""), str(default), texts)
        return np.asarray(texts.cast(pa.int64()).to_numpy(zero_copy_only=False))

    def codes(self, name: str, of: Sequence[str], letters: int) -> NDArray[np.int64]:
        """Return which of some words a group is, by its first letters."""
        import pyarrow as pa
        import pyarrow.compute as pc

        starts = pc.utf8_slice_codeunits(pc.utf8_lower(self.texts(name)), 0, letters)
        return np.asarray(pc.index_in(starts, value_set=pa.array(of)).to_numpy(zero_copy_only=False), np.int64)


def _unix(groups: _Groups, digits: int) -> Times:
    sign = np.where(groups.texts("sign").to_numpy(zero_copy_only=False) == "-", -1, 1)
    magnitude = groups.integers("unit", 0) * 10**digits + groups.integers("f", 0, digits)
    times: Times = (sign * magnitude).astype("datetime64[us]")
    return times


def _calendar(groups: _Groups) -> Times:
    """Return the times that the groups say; NaT where there is no such day or time."""
    year = groups.integers("Y", 0)
    if "y" in groups:  # the pivot of POSIX
        year = groups.integers("y", 0)
        year = year + np.where(year < 69, 2000, 1900)
    month = groups.codes("b", MONTHS, 3) + 1 if "b" in groups else groups.integers("m", 1)
    day, hour = groups.integers("d", 1), groups.integers("H", 0)
    valid = (month >= 1) & (month <= 12)
    if "I" in groups:
        half = groups.integers("I", 12)
        valid &= (half >= 1) & (half <= 12)
        hour = half % 12 + 12 * groups.codes("p", ("a", "p"), 1)
    minute, second = groups.integers("M", 0), groups.integers("S", 0)
    valid &= (hour <= 23) & (minute <= 59) & (second <= 59)
    months = ((year - 1970) * 12 + np.where(valid, month, 1) - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]")
    if "j" in groups:
        day = groups.integers("j", 1)
        length = (months.astype("datetime64[Y]") + 1).astype("datetime64[D]") - months.astype("datetime64[Y]")
    else:
        length = (months + 1).astype("datetime64[D]") - days
    valid &= (day >= 1) & (day <= length.astype(np.int64))
    seconds = ((day - 1) * 24 + hour) * 3600 + minute * 60 + second - _offset(groups)
    micros = seconds * 1_000_000 + groups.integers("f", 0, 6)
    times = days.astype("datetime64[us]") + micros.astype("timedelta64[us]")
    times[~valid] = "NaT"
    return np.asarray(times)


def _offset(groups: _Groups) -> Any:
    """Return how many seconds the stamps are ahead of UTC, 0 where they hold no offset."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "z" not in groups:
        return 0
    encoded = pc.dictionary_encode(groups.texts("z"))
    each = []
    for text in encoded.dictionary.to_pylist():
        digits = re.sub(r"\D", "", text).ljust(4, "0")
        each.append((-1 if text.startswith("-") else 1) * (int(digits[:2]) * 60 + int(digits[2:])) * 60)
    return np.array(each, np.int64)[encoded.indices.cast(pa.int64()).to_numpy(zero_copy_only=False)]

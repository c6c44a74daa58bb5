"""How time stamps may be written: strptime's formats, ISO 8601 and unix time, each as one regular expression."""

from __future__ import annotations

import re
from functools import cache

from seqexp.config.errors import refused

ISO = "ISO 8601"
ISO_ZONED = "ISO 8601 with a zone"
UNIX = {"unix": 6, "unix_ms": 3, "unix_us": 0}  # digits behind the unit, down to microseconds
EXCEL = "excel"  # days since 1899-12-30, as a spreadsheet's file has them
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONG_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"

# How many digits each number has.
_DIGITS = {"Y": "4", "y": "2", "m": "1,2", "d": "1,2", "j": "1,3", **dict.fromkeys("HIMS", "1,2"), "f": "1,9"}
_DIRECTIVES = {
    **{letter: rf"(?P<{letter}>\d{{{digits}}})" for letter, digits in _DIGITS.items()},
    "p": r"(?P<p>[AaPp])(?:\.?[Mm]\.?)?",
    "b": f"(?P<b>(?i:{'|'.join(MONTH_NAMES)}))",
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


def check_time_format(form: str) -> None:
    """Check a format given by the user.

    Raises:
        InputError: It holds a directive that is not known, or no year, month and day.
    """
    key = "dataset.format.time_format"
    try:
        groups = set(re.compile(expression_of(form)).groupindex)
    except KeyError as error:
        known = f"{', '.join(f'%{directive}' for directive in _DIRECTIVES)}, or one of {', '.join(UNIX)}, {EXCEL}"
        received = f"{form!r}, which holds {error.args[0]!r}"
        raise refused(key, f"must be made of {known}. Received: {received}") from error
    except re.error as error:
        raise refused(key, f"must hold each directive once. Received: {form!r}") from error
    if form not in (*UNIX, EXCEL) and not groups & {"Y", "y"}:
        raise refused(key, f"must hold a year, %Y or %y. Received: {form!r}")
    if ("I" in groups) != ("p" in groups):
        raise refused(key, f"must hold %I and %p together, or %H. Received: {form!r}")


@cache
def pattern_of(form: str) -> re.Pattern[str]:
    """Return what a stamp of this format looks like; it may still be a day that no calendar has."""
    return re.compile(expression_of(form))


def is_zoned(form: str) -> bool:
    """Return whether stamps of this format hold an offset, so that they are converted to UTC."""
    return form == ISO_ZONED or "%z" in form


def expression_of(form: str) -> str:
    """Return the regular expression of a format. KeyError: a directive that is not known."""
    if form in UNIX:
        return r"(?P<sign>-?)(?P<unit>\d{1," + str(18 - UNIX[form]) + r"})(?:\.(?P<f>\d{1,9}))?"
    if form == EXCEL:
        return r"(?P<unit>\d{1,7})(?:[.,](?P<f>\d{1,20}))?"
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
            expression += r"\s+" if part.isspace() else ".*" if part == "*" else re.escape(part)
    return expression

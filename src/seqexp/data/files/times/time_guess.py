"""Find out from a sample in which way time stamps are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqexp.data.arrays import Times
from seqexp.data.files.times.time_formats import ISO, ISO_ZONED, UNIX, pattern_of
from seqexp.data.files.times.time_stamps import parse_times

if TYPE_CHECKING:
    import pyarrow as pa

COMPACT = ("%Y%m%d", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S")
_DATES = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d", "%Y%m%d"),
    *("%d %b %Y", "%d-%b-%Y", "%b %d %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%Y %m %d"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%y-%m-%d", "%y.%m.%d"),
)
_CLOCKS = (
    *("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %H.%M.%S", " %H", " %H %M"),
    " %I:%M%p",
    *(" %H %M %S", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S.%f", ", %H:%M", ", %H:%M:%S"),
)
GUESSES = (
    ISO,
    ISO_ZONED,
    "%Y-%m",
    *COMPACT,
    *("%Y%m%dT%H%M", "%Y%m%dT%H%M%S", "%Y%m%d:%H%M", "%Y%m%d %H%M"),
    *(date + clock for date in _DATES for clock in _CLOCKS if date != "%Y%m%d" or clock),
    # Ranges from one time to the next: the first counts.
    *(date + clock + " - *" for date in ("%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d") for clock in (" %H:%M", " %H:%M:%S")),
)
_DIGIT = re.compile(r"\d")
_MUCH_LONGER = 10  # times as long as the other: this is not the time that stamps span


@dataclass(frozen=True)
class GuessedFormat:
    """How the stamps of a column are written, as far as a sample tells."""

    format: str  # what `parse_times` takes
    rival: str | None  # another format that fits as well and means other times; None if there is none
    share: float  # the share of the sample that it parses


def guess_format(texts: pa.Array, forms: Sequence[str] = GUESSES) -> GuessedFormat | None:
    """Find the format that parses most of a sample; None if none parses any.

    Two orders of day and month that both fit are distinguished by which leaves the stamps in order.
    """
    texts = texts.drop_null()
    few = {_DIGIT.sub("0", text.strip()) for text in texts.slice(0, 20).to_pylist()}  # a pattern takes any digits
    likely = [form for form in forms if any(pattern_of(form).fullmatch(text) for text in few)]
    parsed = {form: parse_times(texts, form) for form in likely}
    shares = {form: 1.0 - float(np.isnat(times).mean()) for form, times in parsed.items()}
    best = max(shares.values(), default=0.0)
    if best == 0.0:
        return None
    ties = [form for form in likely if shares[form] == best]
    if "%y" in ties[0]:  # 01.02.03 may begin with the day or with the year
        spans = {form: float(np.ptp(parsed[form][~np.isnat(parsed[form])]).astype(np.int64)) for form in ties}
        shortest = min(spans, key=spans.__getitem__)
        ties = [
            form
            for form in ties
            if _begins_with_year(form) == _begins_with_year(shortest) or spans[form] <= _MUCH_LONGER * spans[shortest]
        ]
        rival = next((form for form in ties if _begins_with_year(form) != _begins_with_year(ties[0])), None)
        if rival is not None and not np.array_equal(parsed[ties[0]], parsed[rival]):
            return GuessedFormat(ties[0], rival, best)
    form, twin = ties[0], _twin(ties[0])
    if twin not in ties or np.array_equal(parsed[form], parsed[twin]):
        return GuessedFormat(form, None, best)
    breaks, rival_breaks = _breaks(parsed[form]), _breaks(parsed[twin])
    if 10 * breaks <= rival_breaks and rival_breaks:
        return GuessedFormat(form, None, best)
    if 10 * rival_breaks <= breaks and breaks:
        return GuessedFormat(twin, None, best)
    return GuessedFormat(form, twin, best)


def guess_unix(texts: pa.Array) -> GuessedFormat | None:
    """Return the unit in which integers would be times from 1973 to 2096, as in unix time; None if there is none."""
    texts = texts.drop_null()
    for form in UNIX:
        seconds = parse_times(texts, form).astype(np.int64) / 1e6
        if len(texts) and ((seconds > 1e8) & (seconds < 4e9)).all():
            return GuessedFormat(form, None, 1.0)
    return None


def _twin(form: str) -> str:
    """Return the format with day and month swapped."""
    return form.translate({ord("d"): "m", ord("m"): "d"}) if form.startswith(("%d", "%m")) and "%b" not in form else ""


def _begins_with_year(form: str) -> bool:
    return form.startswith("%y")


def _breaks(times: Times) -> int:
    """Return how many steps go against the direction of most."""
    steps = np.diff(times[~np.isnat(times)])
    zero = np.timedelta64(0, "us")
    return int(min((steps < zero).sum(), (steps > zero).sum()))

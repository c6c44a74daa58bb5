from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from seqexp.data.files.times.time_formats import ISO, ISO_ZONED
from seqexp.data.files.times.time_guess import guess_format, guess_unix

START = datetime(2020, 1, 30, 21, 7, 9)
FORMS = [
    *("%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p"),
    *("%d-%m-%Y %H:%M", "%Y/%m/%d %H:%M", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%d%H", "%d %b %Y %H:%M", "%d-%b-%Y %H:%M"),
    *("%d.%m.%Y %H:%M:%S.%f", "%Y%m%d %H:%M", "%b %d, %Y, %H:%M", "%d/%m/%Y %H.%M.%S"),
]


@pytest.mark.parametrize("form", FORMS)
def test_formats_are_guessed(form: str) -> None:
    texts = [f"{START + timedelta(hours=hours):{form}}" for hours in range(0, 200, 7)]
    found = guess_format(pa.array(texts))
    assert found is not None
    assert (found.format, found.rival, found.share) == (form, None, 1.0)


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["2020-01-01", "2020-01-02"], ISO),
        (["2020-01-01 00:00", "2020-01-01 01:00:00.5"], ISO),
        (["2020-01-01T00:00:00Z", "2020-01-01T00:00:00+01:00"], ISO_ZONED),
        (["20200101", "20200102"], "%Y%m%d"),
        (["2020-1-1", "2020-1-12"], "%Y-%m-%d"),
        (["2020-01", "2020-02"], "%Y-%m"),
        (["20200101:0010", "20200101:0110"], "%Y%m%d:%H%M"),
        (["1.1.2020", "12.1.2020"], "%d.%m.%Y"),
        # No number above 12: one order rises, the other jumps back and forth.
        ([f"{month}/{day}/2020" for month in (1, 2, 3) for day in (1, 5, 9)], "%m/%d/%Y"),
        ([f"{day}/{month}/2020" for month in (1, 2, 3) for day in (1, 5, 9)], "%d/%m/%Y"),
        ([f"{day}/{month}/2020" for month in (3, 2, 1) for day in (9, 5, 1)], "%d/%m/%Y"),
        (["01/01/2020 00:00", "01/01/2020 01:00"], "%d/%m/%Y %H:%M"),  # both orders say the same
    ],
)
def test_kinds_are_distinguished(texts: list[str], form: str) -> None:
    found = guess_format(pa.array(texts))
    assert found is not None
    assert (found.format, found.rival) == (form, None)


def test_what_is_unclear_is_not_guessed() -> None:
    found = guess_format(pa.array(["1/2/2020", "1/3/2020", "1/4/2020"]))
    assert found is not None
    assert {found.format, found.rival} == {"%d/%m/%Y", "%m/%d/%Y"}


@pytest.mark.parametrize(
    ("texts", "form", "rival"),
    [
        (["05/13/20", "05/14/20"], "%m/%d/%y", None),
        (["13/05/20 10:00", "13/05/20 11:00", "14/05/20 00:00"], "%d/%m/%y %H:%M", None),
        (["20/05/13", "20/05/14"], "%y/%m/%d", None),
        (["13.05.20", "14.05.20"], "%d.%m.%y", None),  # a day apart, not a year
        (["13.05.20", "13.05.20"], "%d.%m.%y", "%y.%m.%d"),
        (["05/06/20", "05/07/20"], "%d/%m/%y", "%m/%d/%y"),
    ],
)
def test_years_of_two_digits(texts: list[str], form: str, rival: str | None) -> None:
    found = guess_format(pa.array(texts))
    assert found is not None
    assert (found.format, found.rival, found.share) == (form, rival, 1.0)


def test_a_few_bad_stamps_do_not_hide_the_format() -> None:
    found = guess_format(pa.array([*(f"{day}.05.2020" for day in range(1, 20)), "?", "31.02.2020"]))
    assert found is not None
    assert found.format == "%d.%m.%Y"
    assert found.share == pytest.approx(19 / 21)


@pytest.mark.parametrize(
    ("text", "form"),
    [("1577934245", "unix"), ("1577934245250", "unix_ms"), ("1577934245250001", "unix_us"), ("17", None)],
)
def test_unix_units(text: str, form: str | None) -> None:
    found = guess_unix(pa.array([text, text]))
    assert (found.format if found else None) == form

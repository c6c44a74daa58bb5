from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.data.files.times.time_formats import ISO, ISO_ZONED, check_time_format, is_zoned
from seqexp.data.files.times.time_stamps import parse_times


def one(text: str, form: str) -> str:
    return str(parse_times(pa.array([text]), form)[0])


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2020-01-02", ISO, "2020-01-02T00:00:00.000000"),
        ("2020-01-02 03:04", ISO, "2020-01-02T03:04:00.000000"),
        ("2020-01-02T03:04:05.6", ISO, "2020-01-02T03:04:05.600000"),
        ("2020-01-02T03:04:05.123456789", ISO, "2020-01-02T03:04:05.123456"),
        ("2020-01-02T03:04:05,5", ISO, "2020-01-02T03:04:05.500000"),
        ("45005", "excel", "2023-03-20T00:00:00.000000"),
        ("45005.041667", "excel", "2023-03-20T01:00:00.000000"),
        ("45005,999988425926", "excel", "2023-03-20T23:59:59.000000"),
        ("2020-01-02T03:04:05Z", ISO_ZONED, "2020-01-02T03:04:05.000000"),
        ("2020-01-02 03:04:05 UTC", ISO_ZONED, "2020-01-02T03:04:05.000000"),
        ("2020-01-02T03:04:05+05:30", ISO_ZONED, "2020-01-01T21:34:05.000000"),
        ("2020-01-02T03:04-0200", ISO_ZONED, "2020-01-02T05:04:00.000000"),
        ("2020-01-02T03:04 +01", ISO_ZONED, "2020-01-02T02:04:00.000000"),
        ("31.12.2016 23:50:00", "%d.%m.%Y %H:%M:%S", "2016-12-31T23:50:00.000000"),
        ("1/2/2020 9:05 PM", "%m/%d/%Y %I:%M %p", "2020-01-02T21:05:00.000000"),
        ("1/2/2020 12:05 am", "%m/%d/%Y %I:%M %p", "2020-01-02T00:05:00.000000"),
        ("1/2/2020 12:05 p.m.", "%m/%d/%Y %I:%M %p", "2020-01-02T12:05:00.000000"),
        ("5 Mar 2020", "%d %b %Y", "2020-03-05T00:00:00.000000"),
        ("March 5, 2020 07:00", "%B %d, %Y %H:%M", "2020-03-05T07:00:00.000000"),
        ("Thu 05-mar-2020", "%a %d-%b-%Y", "2020-03-05T00:00:00.000000"),
        ("01.02.70", "%d.%m.%y", "1970-02-01T00:00:00.000000"),
        ("01.02.20", "%d.%m.%y", "2020-02-01T00:00:00.000000"),
        ("2020 366", "%Y %j", "2020-12-31T00:00:00.000000"),
        ("2020 1 2 3", "%Y %m %d %H", "2020-01-02T03:00:00.000000"),
        ("2020-01-02T03:04:05+0100", "%FT%T%z", "2020-01-02T02:04:05.000000"),
        ("20200102", "%Y%m%d", "2020-01-02T00:00:00.000000"),
        ("202001020304", "%Y%m%d%H%M", "2020-01-02T03:04:00.000000"),
        ("0", "unix", "1970-01-01T00:00:00.000000"),
        ("1577934245.25", "unix", "2020-01-02T03:04:05.250000"),
        ("1577934245250", "unix_ms", "2020-01-02T03:04:05.250000"),
        ("1577934245250001", "unix_us", "2020-01-02T03:04:05.250001"),
        ("-1.5", "unix", "1969-12-31T23:59:58.500000"),
        (" 2020-01-02 ", ISO, "2020-01-02T00:00:00.000000"),
    ],
)
def test_stamps(text: str, form: str, expected: str) -> None:
    assert one(text, form) == expected


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", ISO),
        ("2020-02-30", ISO),
        ("2020-01-01T24:01", ISO),
        ("2020-01-01T25:00", ISO),
        ("01.01.2020 24:00:01", "%d.%m.%Y %H:%M:%S"),
        ("202001012430", "%Y%m%d%H%M"),
        ("2020-01-01T00:60", ISO),
        ("0020-01-01", ISO),
        ("2020-01-01Z", ISO),
        ("2020-01-01", ISO_ZONED),
        ("31.02.2020", "%d.%m.%Y"),
        ("29.02.2019", "%d.%m.%Y"),
        ("00.01.2020", "%d.%m.%Y"),
        ("01.13.2020", "%d.%m.%Y"),
        ("01.01.20", "%d.%m.%Y"),
        ("01.01.2020 x", "%d.%m.%Y"),
        ("01x01x2020", "%d.%m.%Y"),
        ("2019 366", "%Y %j"),
        ("1/2/2020 13:05 PM", "%m/%d/%Y %I:%M %p"),
        ("1/2/2020 0:05 PM", "%m/%d/%Y %I:%M %p"),
        ("2020010", "%Y%m%d"),
        ("20200101:010", "%Y%m%d:%H%M"),
        ("1e9", "unix"),
        ("9" * 19, "unix_us"),
        ("999999999999", "unix"),
    ],
)
def test_what_is_no_stamp(text: str, form: str) -> None:
    assert one(text, form) == "NaT"


@given(
    times=st.lists(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)), min_size=1, max_size=20),
    bad=st.none()
    | st.sampled_from(["", "31.02.2020 00:00:00", "1.2.2020 3:04:05", "01.01.2020_00:00:00", "٣١.01.2020 "]),
    start=st.integers(0, 3),
)
def test_stamps_of_one_width(times: list[datetime], bad: str | None, start: int) -> None:
    """These take a short cut, unless one of them is of another kind."""
    whole = [time.replace(microsecond=0) for time in times]
    texts = [f"{time:%d.%m.}{time.year:04d}{time: %H:%M:%S}" for time in whole]
    expected = [np.datetime64(time, "us") for time in whole]
    if bad is not None:
        texts.append(bad)
        right = "2020-02-01T03:04:05" if bad.startswith("1.") else "NaT"
        expected.append(np.datetime64(right, "us"))
    parsed = parse_times(pa.array(["", *texts]).slice(1 + start), "%d.%m.%Y %H:%M:%S")
    np.testing.assert_array_equal(parsed, np.array(expected[start:], "datetime64[us]"))


def test_one_bad_stamp_leaves_the_others() -> None:
    times = parse_times(pa.array(["2020-01-01", None, "2020-13-01", "2020-01-02T00:00:00.5"]), ISO)
    np.testing.assert_array_equal(np.isnat(times), [False, True, True, False])
    assert str(times[3]) == "2020-01-02T00:00:00.500000"


@given(
    times=st.lists(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)), min_size=1, max_size=20),
    form=st.sampled_from(
        [
            *("%d.%m.%Y %H:%M:%S.%f", "%m/%d/%Y %I:%M:%S.%f %p", "%Y%m%d %H%M%S%f", "%d %B %Y %H %M %S %f"),
            *("%a %b %d %Y %H:%M:%S.%f", "%Y/%j %H:%M:%S,%f"),
        ]
    ),
)
def test_as_pythons_own(times: list[datetime], form: str) -> None:
    texts = [time.strftime(form.replace("%Y", f"{time.year:04d}")) for time in times]
    np.testing.assert_array_equal(parse_times(pa.array(texts), form), np.array(times, "datetime64[us]"))


@given(
    times=st.lists(st.datetimes(datetime(1001, 1, 1), datetime(9998, 12, 31)), min_size=1, max_size=20),
    minutes=st.integers(-14 * 60, 14 * 60),
)
def test_iso_as_pythons_own(times: list[datetime], minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    zoned = [time.replace(tzinfo=zone) for time in times]
    expected = np.array([time.astimezone(UTC).replace(tzinfo=None) for time in zoned], "datetime64[us]")
    np.testing.assert_array_equal(parse_times(pa.array([time.isoformat() for time in zoned]), ISO_ZONED), expected)
    naive = parse_times(pa.array([time.isoformat(" ") for time in times]), ISO)
    np.testing.assert_array_equal(naive, np.array(times, "datetime64[us]"))


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("%d.%m.%Y %Q", "which holds '%Q'"),
        ("%d.%m.%Y %d", "must hold each directive once"),
        ("%H:%M", "must hold a year, %Y or %y"),
        ("yyyy-mm-dd", "must hold a year, %Y or %y"),
        ("%d.%m.%Y %I:%M", "%I and %p together"),
    ],
)
def test_formats_that_are_none(form: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        check_time_format(form)
    assert str(caught.value).startswith("dataset.format.time_format must ")
    assert message in str(caught.value)
    assert repr(form) in str(caught.value)


@pytest.mark.parametrize("form", ["unix", "unix_ms", "%d.%m.%y", "%Y%j", "%F %T", "%D", "%Y-%m-%d%%"])
def test_formats_that_are_some(form: str) -> None:
    check_time_format(form)
    assert not is_zoned(form)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2020-12-31T24:00", ISO),
        ("2020-12-31 24:00:00.000", ISO),
        ("2020-12-31T24:00Z", ISO_ZONED),
        ("31.12.2020 24:00", "%d.%m.%Y %H:%M"),
        ("12/31/20 24", "%m/%d/%y %H"),
        ("2020123124", "%Y%m%d%H"),
        ("2020 366 24", "%Y %j %H"),
    ],
)
def test_a_day_may_end_at_24_00(text: str, form: str) -> None:
    assert str(parse_times(pa.array([text, text]), form)[1]) == "2021-01-01T00:00:00.000000"


def test_what_follows_a_time_is_left_out_by_an_asterisk() -> None:
    found = parse_times(
        pa.array(["01.02.2020 03:00 - 01.02.2020 04:00 (CET)", "01.02.2020 03:00"]), "%d.%m.%Y %H:%M - *"
    )
    assert [str(time) for time in found] == ["2020-02-01T03:00:00.000000", "NaT"]

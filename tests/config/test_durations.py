"""Lengths of time as people write them, against Decimal and timedelta."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.durations import in_words, microseconds, months_as_length, months_in_words, months_of, roughly

ONE = {
    "us": timedelta(microseconds=1), "ms": timedelta(milliseconds=1), "s": timedelta(seconds=1),
    "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1),
}  # fmt: skip


@given(st.integers(0, 10**6), st.none() | st.integers(0, 10**6), st.sampled_from(list(ONE)), st.sampled_from(["", " "]))
def test_a_length_is_its_number_of_units_rounded_down(whole: int, part: int | None, unit: str, space: str) -> None:
    number = str(whole) if part is None else f"{whole}.{part}"
    exact = Decimal(number) * (ONE[unit] // timedelta(microseconds=1))
    assert microseconds(f"{number}{space}{unit}") == int(exact)


@pytest.mark.parametrize(
    ("text", "length"), [("10d", timedelta(days=10)), ("1.5h", timedelta(minutes=90)), ("0s", timedelta())]
)
def test_examples(text: str, length: timedelta) -> None:
    assert microseconds(text) == length // timedelta(microseconds=1)


def test_months_and_years_have_the_mean_length_of_the_gregorian_calendar() -> None:
    of_400_years = timedelta(days=146_097) // timedelta(microseconds=1)  # after which it repeats itself
    assert microseconds("400y") == microseconds("4800mo") == of_400_years
    assert 12 * microseconds("1mo") == microseconds("1y") == of_400_years // 400


@pytest.mark.parametrize(
    ("text", "months"), [("1mo", 1), ("18 mo", 18), ("1.5y", 18), ("2y", 24), ("0.5mo", Fraction(1, 2)), ("365d", None)]
)
def test_months_are_counted_where_the_length_is_one_of_the_calendar(text: str, months: Fraction | None) -> None:
    assert months_of(text) == months


def test_months_in_words_and_as_a_configuration_has_them() -> None:
    assert [months_in_words(months) for months in (1, 11, 12, 24, 25)] == [
        "1 month",
        "11 months",
        "1 year",
        "2 years",
        "25 months",
    ]
    assert [months_of(months_as_length(months)) for months in range(1, 50)] == list(range(1, 50))


@pytest.mark.parametrize("text", ["", "h", "1", "1 hour", "-1h", "1h30min", "1,5h", ".5h", "1.h", "1  h", "1H", "1h "])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a length of time"):
        microseconds(text)


@given(st.integers(1, 10**17))
def test_words_say_exactly_the_length_in_the_largest_whole_unit(length: int) -> None:
    number, unit = in_words(length).replace(",", "").split(" ")
    assert int(number) * (ONE[unit] // timedelta(microseconds=1)) == length
    assert microseconds(in_words(length).replace(",", "")) == length
    larger = [one for one in ONE.values() if one > ONE[unit] and one != ONE["w"]]
    assert all(length % (one // timedelta(microseconds=1)) for one in larger)


@given(st.integers(0, 10**15))
def test_rough_words_are_near(length: int) -> None:
    number, unit = roughly(length).replace(",", "").split(" ")
    said = float(number) * (ONE[unit] // timedelta(microseconds=1))
    assert said == pytest.approx(length, rel=0.006)
    assert ONE[unit] // timedelta(microseconds=1) <= max(length, 1)


@pytest.mark.parametrize(
    ("length", "words", "rough"),
    [(600_000_000, "10 min", "10 min"), (36 * 3_600_000_000, "36 h", "1.5 d"), (1_500, "1,500 us", "1.5 ms")],
)
def test_words(length: int, words: str, rough: str) -> None:
    assert in_words(length) == words
    assert roughly(length) == rough

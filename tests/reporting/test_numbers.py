from __future__ import annotations

import pytest

from seqexp.reporting.numbers import (
    as_numbers,
    decimals_for,
    differing_parts,
    duration,
    in_units,
    number,
    ordered,
    percent,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (0.4, "0:00"), (41, "0:41"), (59.6, "1:00"), (725, "12:05"), (3765, "1:02:45"), (-3, "0:00")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.28974, "0.2897"), (9999.0, "9999.0000"), (6.7e30, "6.7e+30"), (-1e9, "-1.0e+09")]
)
def test_number_stays_short(value: float, text: str) -> None:
    assert number(value, 4) == text


@pytest.mark.parametrize(
    ("values", "digits"),
    [([0.02, 0.001], 4), ([0.0, 0.0], 4), ([0.02, 0.00003], 5), ([-2.6e-7, 0.1], 7), ([1e-12, 0.1], 4), ([1e-4], 4)],
)
def test_differences_have_as_many_digits_as_they_need(values: list[float], digits: int) -> None:
    assert decimals_for(values) == digits


@pytest.mark.parametrize(
    ("value", "text"), [(2.345, "2.35"), (0.0, "0.00"), (0.006, "0.01"), (4.3e-10, "4.3e-10"), (2e9, "2.0e+09")]
)
def test_an_amount_of_any_unit_is_told_from_nothing(value: float, text: str) -> None:
    assert in_units(value, 2) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.073, "+7.3 %"), (-0.5, "-50.0 %"), (0.0, "+0.0 %"), (-1e9, "-1.0e+11 %")]
)
def test_percent_has_a_sign(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("texts", "in_order"),
    [
        ({"32", "8", "16"}, ["8", "16", "32"]),
        ({"1e-2", "0.1", "1e-10"}, ["1e-10", "1e-2", "0.1"]),
        ({"10", "9", "all"}, ["10", "9", "all"]),
        ({"nan", "10", "9"}, ["10", "9", "nan"]),
        (set(), []),
    ],
)
def test_values_are_in_order_of_size_where_they_are_numbers(texts: set[str], in_order: list[str]) -> None:
    assert ordered(texts) == in_order


def test_texts_are_numbers_together_or_not_at_all() -> None:
    assert as_numbers(["3", "-1e3"]) == [3.0, -1000.0]
    assert as_numbers(["3", "inf"]) is None
    assert as_numbers(["3", ""]) is None


LAYERS = ["'Flatten'"] * 9


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (["8", "16"], ["8", "16"]),
        (
            [str([*LAYERS, {"Dense": {"units": n}}]) for n in (2, 9)],
            ["…{'Dense': {'units': 2}}]", "…{'Dense': {'units': 9}}]"],
        ),
        (
            [str([*LAYERS[:n], "Last"]) for n in (8, 9)],
            ["…\"'Flatten'\", 'Last']", "…\"'Flatten'\", \"'Flatten'\", 'Last']"],
        ),
    ],
)
def test_of_long_texts_what_differs_is_shown(texts: list[str], shown: list[str]) -> None:
    assert differing_parts(texts, 40) == shown


def test_long_texts_that_differ_stay_different_and_short() -> None:
    texts = ["x" * 7_000, "x" * 6_999 + "y" * 3_000, "y" * 7_000, "-"]
    shown = differing_parts(texts, 40)
    assert len(set(shown)) == 4
    assert differing_parts(texts[:1], 40) == shown[:1] == [f"{'x' * 30}… #{shown[0][-8:]}"]
    assert max(map(len, shown)) <= 42

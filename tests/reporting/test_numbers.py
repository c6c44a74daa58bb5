from __future__ import annotations

import pytest

from seqexp.reporting.numbers import duration, number, percent


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
    ("share", "text"), [(0.073, "+7.3 %"), (-0.5, "-50.0 %"), (0.0, "+0.0 %"), (-1e9, "-1.0e+11 %")]
)
def test_percent_has_a_sign(share: float, text: str) -> None:
    assert percent(share) == text

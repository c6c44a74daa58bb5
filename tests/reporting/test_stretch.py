"""How long a stretch of a series is drawn."""

from __future__ import annotations

import pytest

from seqexp.config.durations import DAY
from seqexp.reporting.stretch import days_in_words, drawn_days


@pytest.mark.parametrize(("step", "days"), [(DAY / 144, 14), (DAY / 2, 14), (DAY, 60), (31 * DAY, 1860)])
def test_the_days_that_are_drawn(step: float, days: int) -> None:
    assert drawn_days(step) == days


@pytest.mark.parametrize(("days", "words"), [(14, "two weeks"), (60, "60 days"), (1860, "5 years")])
def test_days_in_words(days: int, words: str) -> None:
    assert days_in_words(days) == words

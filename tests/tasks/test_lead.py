"""The true lead in words and as a run records it."""

from __future__ import annotations

import pytest

from seqexp.tasks.lead import HOURS_TAG, MONTHS_TAG, Lead, each_in_words, leads_in_words, recorded_lead

MONTH = 365.2425 / 12 * 24  # hours


@pytest.mark.parametrize(
    ("lead", "text"),
    [
        (Lead(24 + 1 / 6), "24.17 h"),
        (Lead(168), "168 h"),
        (Lead(2184), "91 d"),  # of weeks
        (Lead(65 * 168), "455 d"),
        (Lead(MONTH, 1), "1 month"),
        (Lead(13 * MONTH, 13), "13 months"),
        (Lead(24 * MONTH, 24), "2 years"),
    ],
)
def test_a_lead_in_words(lead: Lead, text: str) -> None:
    assert str(lead) == text


def test_a_lead_is_read_as_it_was_recorded() -> None:
    assert recorded_lead(Lead(24.5).tags) == Lead(24.5)
    months = Lead(13 * MONTH, 13)
    assert set(months.tags) == {HOURS_TAG, MONTHS_TAG}
    found = recorded_lead(months.tags)
    assert found is not None
    assert (found.months, found.hours) == (13, pytest.approx(months.hours, rel=1e-5))
    assert recorded_lead({}) is None


def test_several_leads_name_a_common_unit_once() -> None:
    assert leads_in_words([]) == ""
    assert leads_in_words([Lead(24)]) == "24 h"
    assert leads_in_words([Lead(24.5), Lead(24.75), Lead(25)]) == "24.5 to 25 h"
    assert leads_in_words([Lead(24), Lead(48), Lead(168)]) == "1 to 7 d"
    assert leads_in_words([Lead(168), Lead(2184)]) == "7 to 91 d"
    assert leads_in_words([Lead(168), Lead(168)]) == "168 h"
    assert leads_in_words([Lead(24), Lead(36)]) == "24 to 36 h"
    assert each_in_words([Lead(24), Lead(72), Lead(24)]) == ["1 d", "3 d", "1 d"]
    assert each_in_words([Lead(MONTH, 1), Lead(13 * MONTH, 13)]) == ["1 month", "13 months"]
    assert leads_in_words([Lead(13 * MONTH, 13), Lead(15 * MONTH, 15)]) == "13 to 15 months"
    assert leads_in_words([Lead(13 * MONTH, 13), Lead(24 * MONTH, 24)]) == "13 months to 2 years"

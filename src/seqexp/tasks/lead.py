"""The true lead: from the last row that a model sees to its target, in hours or in steps of the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seqexp.config.durations import months_in_words
from seqexp.tasks.recorded import recorded_number, whole_number

if TYPE_CHECKING:
    from seqexp.data.series.windows import Windows

HOURS_TAG, MONTHS_TAG = "seqexp.true_lead_hours", "seqexp.true_lead_months"
_IN_DAYS = 1000  # hours: so many and more are said in days


@dataclass(frozen=True, order=True)
class Lead:
    """A true lead. Its text is such as "24.17 h", "91 d", "25 months" or "2 years"."""

    hours: float  # of months in their mean length
    months: int = 0  # where rows follow the calendar; else 0

    def __str__(self) -> str:
        if self.months:
            return months_in_words(self.months)
        return f"{self.hours:.4g} h" if self.hours < _IN_DAYS else f"{self.hours / 24:.4g} d"

    @property
    def tags(self) -> dict[str, str]:
        """What a run records of it."""
        return {HOURS_TAG: f"{self.hours:g}"} | ({MONTHS_TAG: f"{self.months}"} if self.months else {})


def true_lead(windows: Windows) -> Lead:
    """Return the true lead of windows."""
    return Lead(windows.true_lead_hours, windows.true_lead_rows * windows.series.months)


def recorded_lead(tags: Mapping[str, str]) -> Lead | None:
    """Return the true lead by a run's tags; None for texts. Before months were recorded there were hours alone."""
    hours = recorded_number(tags.get(HOURS_TAG))
    return None if hours is None else Lead(hours, whole_number(tags.get(MONTHS_TAG)) or 0)


def each_in_words(leads: Sequence[Lead]) -> list[str]:
    """Return each of some leads; several that all are whole days, and of no months, in days: "1 d", "7 d"."""
    if len(set(leads)) > 1 and all(lead.hours % 24 == 0 and not lead.months for lead in leads):
        return [f"{lead.hours / 24:.4g} d" for lead in leads]
    return [str(lead) for lead in leads]


def leads_in_words(leads: Sequence[Lead]) -> str:
    """Return "24.5 h", "24.5 to 25 h", "1 to 7 d" or "13 months to 2 years" of leads, rising; "" of none."""
    if not leads:
        return ""
    first, *_, last = each_in_words([leads[0], *leads])
    unit = last[last.rindex(" ") :]
    return last if first == last else f"{first.removesuffix(unit)} to {last}"

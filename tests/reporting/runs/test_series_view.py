"""What the tags of a run say of its windows."""

from __future__ import annotations

from typing import Any, cast

import pytest

from seqexp.reporting.runs.series_view import SeriesView
from seqexp.tracking.tags import SCORED_TAG
from tests.factories import small_windows

LEAD = ("dataset.delay=null", "dataset.lead=6")


def scored(*overrides: str) -> str:
    windows = small_windows("model=naive", *overrides)
    return SeriesView(cast("Any", None), windows).tags()[SCORED_TAG]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((*LEAD, "dataset.lookback=12", "dataset.step=1"), (*LEAD, "dataset.lookback=12", "dataset.step=3"), True),
        (("dataset.boundary=context", "dataset.lookback=6"), ("dataset.boundary=context", "dataset.lookback=12"), True),
        (("dataset.boundary=strict", "dataset.lookback=6"), ("dataset.boundary=strict", "dataset.lookback=12"), False),
    ],
)
def test_the_digest_is_of_the_targets(one: tuple[str, ...], other: tuple[str, ...], same: bool) -> None:
    assert (scored(*one) == scored(*other)) == same

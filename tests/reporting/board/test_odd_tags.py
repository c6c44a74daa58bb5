"""Tags that hold something else than their numbers stop no command: what they say is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from seqexp.reporting.board.leaderboard import scored_samples
from seqexp.reporting.board.rows import Row, recipe_of
from seqexp.tasks.kinds import BASELINES_TAG, SERIES, TEXT, baselines_of
from seqexp.tasks.lead import HOURS_TAG, MONTHS_TAG, Lead, recorded_lead
from seqexp.tasks.metric import MAE
from seqexp.tasks.recorded import recorded_number, whole_number
from seqexp.tracking.tags import SCALE_TAG
from tests.reporting.recorded import stored

ODD = ("", " ", "[8", "null", "nan", "1e999", "x" * 8000)


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_number_is_not_known(text: str) -> None:
    assert recorded_number(text) is None
    assert whole_number(text) is None
    assert recorded_lead({HOURS_TAG: text}) is None
    assert recorded_lead({HOURS_TAG: "24", MONTHS_TAG: text}) == Lead(24)
    assert scored_samples({"seqexp.windows": f"val={text} test=9=9 val test=12"}) == {"test": 12}
    run = replace(stored("a", 1), tags={SCALE_TAG: text}, metrics={"test_mae": 0.5, "test_mae_units": 4.0})
    assert Row(run, SERIES, MAE, run.metrics).scale == 8


def test_numbers_are_read_as_they_were_recorded() -> None:
    assert recorded_number("-8.5e3") == -8500
    assert [whole_number(text) for text in ("0", "144", "-1", "9" * 5000)] == [0, 144, None, None]
    assert recorded_lead({}) is None
    run = replace(stored("a", 1), tags={SCALE_TAG: "8.5"})
    assert Row(run, SERIES, MAE, run.metrics).scale == 8.5
    negative = replace(run, tags={SCALE_TAG: "-8.5"})
    assert Row(negative, SERIES, MAE, run.metrics).scale is None


@pytest.mark.parametrize("tags", [{}, {BASELINES_TAG: ""}, {BASELINES_TAG: " "}])
def test_where_no_baseline_is_named_it_is_that_of_the_kind(tags: Mapping[str, str]) -> None:
    assert baselines_of(SERIES, tags) == ["naive"]
    assert baselines_of(TEXT, tags) == ["majority"]


def test_a_section_may_be_a_parameter_of_its_own() -> None:
    run = replace(stored("a", 1), params={"dataset": "jena", "model": "gru"})
    assert dict(recipe_of(run)) == {"dataset": "jena", "model": "gru"}


def test_keys_that_came_later_say_nothing_where_they_say_what_was_so_before() -> None:
    before = {"training.epochs": "5", "model.name": "gru"}
    now = before | {"training.schedule": "constant", "training.class_weight": "null"}
    assert recipe_of(replace(stored("a", 1), params=now)) == recipe_of(replace(stored("b", 1), params=before))
    other = before | {"training.schedule": "cosine", "training.warmup": "0.1"}
    assert dict(recipe_of(replace(stored("a", 1), params=other))) == other

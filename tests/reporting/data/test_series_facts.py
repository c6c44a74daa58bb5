"""What is said of a series' repairs, and of its inputs."""

from __future__ import annotations

import numpy as np
import pytest

from seqexp.reporting.data.series_facts import inputs_in_words, repairs_in_words
from seqexp.reporting.runs.series_view import SeriesView
from tests.data.survey.test_series_check import sound_values, survey_of
from tests.factories import series_of, small_experiment, task_of


@pytest.mark.parametrize(("repair", "words"), [("hold", "held from the row before"), ("off", "left as they are")])
def test_values_that_are_no_measurements_are_told_of_repaired_or_not(repair: str, words: str) -> None:
    values = sound_values()
    values[100:103, 1], values[200, 2] = 999, -9999
    windows = survey_of(series_of(values), repair=repair, valid={"T (degC)": [-60, 60]}).windows
    assert windows is not None
    line = repairs_in_words(windows)[0]
    assert words in line
    assert line.startswith("4 values ")
    assert line.endswith(": T (degC) 3, wv (m/s) 1")


def test_a_target_that_ends_before_the_file_does_is_told_with_the_split_to_type() -> None:
    values = sound_values()
    values[len(values) * 85 // 100 :, 1] = np.nan
    windows = survey_of(series_of(values)).windows
    assert windows is not None
    (line,) = [line for line in repairs_in_words(windows) if "target was measured from" in line]
    assert "dataset.split={train:{first:0,end:2380}," in line
    view = SeriesView(task_of(windows, small_experiment("model=naive")), windows)
    assert line in view.tags()["seqexp.repairs"]


def test_what_is_said_of_inputs_is_no_repair() -> None:
    values = sound_values()
    values[100, 2], values[:, 0] = -9999, 3.0
    windows = survey_of(series_of(values)).windows
    assert windows is not None
    (line,) = inputs_in_words(windows)
    assert line not in repairs_in_words(windows)
    view = SeriesView(task_of(windows, small_experiment("model=naive")), windows)
    facts = list(view.facts())
    assert ("inputs", line) in facts
    assert [name for name, _ in facts][:2] == ["repaired", "inputs"]
    assert view.tags()["seqexp.inputs"] == line

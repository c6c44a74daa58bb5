"""What is said of a run's figures at its end."""

from __future__ import annotations

import numpy as np

from seqexp.reporting.runs.results import result_remarks
from seqexp.tasks.score import Score
from seqexp.tasks.target import Target
from tests.factories import small_experiment, small_windows, task_of


def a_score(truth: list[float], said: list[float], naive: list[float]) -> Score:
    given, guessed, base = (np.array(values).reshape(-1, 1, 1) for values in (truth, said, naive))
    return Score("val", np.arange(len(truth)), Target(columns=("y",)), given, guessed, {"naive": base})


def test_a_flat_line_that_wins_by_its_mean_error_is_remarked_on() -> None:
    task = task_of(small_windows("model=naive"), small_experiment("model=naive"))
    peaks = [0.0, 0, 0, 0, 9, 0, 0, 0, 0, 0]
    hedged = [1.2, 1.2, 1.2, 1.2, 6, 1.2, 1.2, 1.2, 1.2, 1.2]
    assert result_remarks(task, a_score(peaks, [0.0] * 10, hedged)) == [
        "sd ratio 0.00: forecasts move less than half as much as the target (standard deviations in validation)",
        "by val RMSE the baseline naive is as good or better",
    ]
    assert result_remarks(task, a_score(peaks, peaks, hedged)) == []
    assert result_remarks(task, a_score(peaks, hedged, hedged)) == []

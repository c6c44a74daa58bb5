"""What is said of a run's figures at its end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seqexp.reporting.runs.results import result_remarks, result_table
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
    flat = result_remarks(task, a_score(peaks, [0.0] * 10, hedged))
    assert flat[0].startswith("val sd ratio 0.0000: ")
    assert flat[1:] == ["by val RMSE the baseline naive is better: 1.4819 against 2.8460"]
    assert result_remarks(task, a_score(peaks, peaks, hedged)) == []
    assert result_remarks(task, a_score(peaks, hedged, hedged)) == []


def test_a_model_that_loses_by_its_mean_error_and_wins_by_another_is_remarked_on() -> None:
    task = task_of(small_windows("model=naive"), small_experiment("model=naive"))
    peaks, hedged = [0.0, 0, 0, 0, 9, 0, 0, 0, 0, 0], [1.2, 1.2, 1.2, 1.2, 6, 1.2, 1.2, 1.2, 1.2, 1.2]
    assert result_remarks(task, a_score(peaks, hedged, [0.0] * 10)) == [
        "by val RMSE it is better than all baselines: 1.4819 against 2.8460 of naive"
    ]


def test_less_than_a_percent_is_not_remarked_on() -> None:
    task = task_of(small_windows("model=naive"), small_experiment("model=naive"))
    # The mean error of the first is a little less, its root mean square a little more.
    truth, said, naive = [0.0, 0, 10, 10], [0.89, 1.1, 9, 9], [1.0, 1, 9, 9]
    assert result_remarks(task, a_score(truth, said, naive)) == []
    assert result_remarks(task, a_score(truth, naive, said)) == []


def test_a_baseline_that_never_errs_is_said_to() -> None:
    task = task_of(small_windows("model=naive"), small_experiment("model=naive"))
    truth = [0.0, 1.0, 2.0]
    for said in (truth, [0.0, 1.0, 3.0]):
        score = a_score(truth, said, [0.0, 1.0, 2.0 + 1e-9])
        (line,) = result_remarks(task, score)
        assert "naive never errs" in line
        table = result_table(task, "linear", score, replace(score, part="test"), None)
        assert [table.rows[0][at] for at, column in enumerate(table.columns) if column.header == "skill"] == ["-", "-"]


def test_an_error_in_units_is_never_nothing_but_zeros() -> None:
    task = task_of(small_windows("model=naive"), small_experiment("model=naive"))
    score = a_score([0.0, 1.0, 2.0], [0.0, 1.0, 3.0], [1.0, 2.0, 3.0])
    (model, naive) = result_table(task, "linear", score, replace(score, part="test"), (6e-10, "A")).rows
    assert (model[2], naive[2]) == ("2.0e-10", "6.0e-10")

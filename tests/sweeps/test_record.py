from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from seqexp.runs.jobs import Failure, Job, Result, best_of
from seqexp.sweeps.record import jobs_csv, jobs_markdown
from seqexp.tasks.metric import ACCURACY, MAE, Metric


def job(units: str, val: float, metric: Metric = MAE, task: str = "t") -> Job:
    result = Result(f"id{units}", metric, (val, 0.1), (val + 0.01, 0.05), task)
    return Job(result.run_id, result, None, 12.34, number=0, name=f"units={units}", values={"model.units": units})


FAILED = Job(None, None, Failure("ValueError", "no|\nmore"), 0.1, number=0, name="units=9", values={"model.units": "9"})


def test_the_best_is_the_lowest_error_and_the_highest_accuracy() -> None:
    by_error = [FAILED, job("1", 0.3), job("2", 0.2), job("3", 0.4)]
    assert best_of(by_error) is by_error[2]
    by_accuracy = [job("1", 0.3, ACCURACY), job("2", 0.2, ACCURACY), FAILED]
    assert best_of(by_accuracy) is by_accuracy[0]


@pytest.mark.parametrize("figure", [float("nan"), float("inf")])
def test_what_is_not_finite_is_never_the_best(figure: float) -> None:
    jobs = [job("1", figure), job("2", 0.2)]
    assert best_of(jobs) is jobs[1]
    assert best_of(jobs[:1]) is None


def test_there_is_no_best_of_different_tasks_or_of_none() -> None:
    assert best_of([job("1", 0.3), job("2", 0.2, task="another")]) is None
    assert best_of([FAILED]) is None


def test_a_job_without_a_skill_has_an_empty_field() -> None:
    done = job("1", 0.3)
    assert done.result is not None
    without = replace(done, result=replace(done.result, val=(0.3, None), test=(0.3, None)))
    (line,) = csv.DictReader(jobs_csv([without], []).splitlines())
    assert (line["val"], line["skill_val"], line["skill_test"]) == ("0.3", "", "")
    assert "None" not in jobs_markdown([without], [])


def test_the_csv_has_figures_in_full_and_the_markdown_rounded() -> None:
    jobs = [job("1", 1 / 3), FAILED]
    first, failed = csv.DictReader(jobs_csv(jobs, ["model.units"]).splitlines())
    assert float(first["val"]) == 1 / 3
    assert (first["model.units"], first["measure"], first["status"], first["run_id"]) == ("1", "mae", "FINISHED", "id1")
    assert (failed["val"], failed["status"], failed["run_id"]) == ("", "FAILED", "")
    lines = jobs_markdown(jobs, ["model.units"]).splitlines()
    assert "| 0.3333 | 0.1000 | 0.3433 |" in lines[2]
    assert len({line.count("|") for line in lines}) == 1


def test_a_failure_is_told_in_one_line() -> None:
    assert Failure("ValueError", "first\nsecond").line == "ValueError: first"
    assert Failure("", "killed by signal 9").line == "killed by signal 9"
    assert Failure("KeyError", "").line == "KeyError"

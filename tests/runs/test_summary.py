"""What a person reads at the end of a sweep."""

from __future__ import annotations

import pytest

from seqexp.reporting.console import Console
from seqexp.runs.jobs import Job, Result
from seqexp.runs.summary import print_next_commands, print_sweep
from seqexp.tasks.metric import MAE


def job(skill: float | None) -> Job:
    result = Result("a", MAE, (0.3, skill), (0.3, skill), "task", baseline="seasonal_naive_7d")
    return Job("a", result, None, 1.0, number=0, name="gru", values={})


@pytest.mark.parametrize(("skill", "is_said"), [(-0.1, True), (0.0, True), (0.1, False), (None, True)])
def test_a_sweep_whose_best_is_no_better_than_a_baseline_says_so_first(
    skill: float | None, is_said: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    print_sweep(Console(), [job(skill)])
    first = capsys.readouterr().out.strip().splitlines()[0]
    assert ("seasonal naive 7d" in first) == is_said


def test_nothing_is_proposed_where_there_is_nothing_to_propose(capsys: pytest.CaptureFixture[str]) -> None:
    print_next_commands(Console(), None)
    assert "a sweep" not in capsys.readouterr().out
    print_next_commands(Console(), "seqexp train -m model=gru,lstm")
    assert "seqexp train -m model=gru,lstm" in capsys.readouterr().out

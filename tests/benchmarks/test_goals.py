from __future__ import annotations

import pytest

from benchmarks.goals import LEAST, MISSED, REACHED, UNKNOWN, judge, verdicts
from tests.benchmarks.canned import entry, results


@pytest.mark.parametrize(
    ("worst", "least", "verdict"),
    [
        (5.0, 3.5, REACHED),
        (4.99, 3.5, LEAST),
        (3.5, 3.5, LEAST),
        (3.49, 3.5, MISSED),
        (4.99, None, MISSED),
        (None, 3.5, UNKNOWN),
    ],
)
def test_a_verdict_is_on_the_worst(worst: float | None, least: float | None, verdict: str) -> None:
    assert judge(worst, 5, least) == verdict


def by_goal(found: dict) -> dict[str, tuple[str, str]]:
    return {verdict.goal: (verdict.measured, verdict.verdict) for verdict in verdicts(found)}


def test_verdicts_follow_from_the_results() -> None:
    assert by_goal(results()) == {
        "GRU and gru_dropout, training step, against the lecture": ("gru 6.00x, gru_dropout 4.00x", LEAST),
        "the same against tuned stock Keras": ("-", UNKNOWN),
        "torch.nn and Keras on JAX": ("-", UNKNOWN),
        "GRU and gru_dropout, evaluation step, against the lecture": ("gru 4.00x, gru_dropout 4.00x", REACHED),
        "a whole epoch of the GRU against the lecture": ("measured whole: 5.00x", REACHED),
        "windows, 128 x 240 x 14": ("0.90 ms", REACHED),
        "mlp and conv1d, epoch, against the lecture": ("-", UNKNOWN),
    }


def test_a_row_that_is_behind_is_named() -> None:
    found = results(peers=["lecture", "jax", "seqexp"])
    gru = found["headline"]["models"]["gru"]
    gru["jax"] = entry(60, 33)
    measured, verdict = by_goal(found)["torch.nn and Keras on JAX"]
    assert measured == "ahead in all 3; the closest: gru training step, jax 2.00x (torch left out)"
    assert verdict == REACHED
    gru["jax"] = entry(15, 22)
    measured, verdict = by_goal(found)["torch.nn and Keras on JAX"]
    assert measured == "behind in 1 of 3: gru training step, jax 0.50x (torch left out)"
    assert verdict == MISSED


def test_an_epoch_that_was_not_measured_whole_is_derived() -> None:
    found = results()
    found["headline"]["whole_epoch"] = {}
    measured, _ = by_goal(found)["a whole epoch of the GRU against the lecture"]
    assert measured == f"derived from the steps: {(500 * 180 + 769 * 44) / (500 * 30 + 769 * 11):.2f}x"

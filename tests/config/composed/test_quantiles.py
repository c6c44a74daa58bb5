"""Which levels stand for which quantiles, and which are refused."""

from __future__ import annotations

import pytest

from seqexp.config.composed.quantiles import LEVELS
from tests.config.oracle import faults, keys_of, one, only_fault
from tests.faults import is_about


def test_auto_is_the_ends_of_three_intervals_and_the_median() -> None:
    training = one("training.quantiles=auto").training
    assert training.levels == LEVELS == (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
    assert training.loss == "pinball"
    assert training.monitor == "val_mae"  # of the median, as for every other model


def test_without_them_nothing_changes() -> None:
    training = one().training
    assert (training.levels, training.loss) == ((), "mae")


@pytest.mark.parametrize("levels", ["[0.5]", "[0.1,0.5,0.9]", "[0.05,0.3,0.5,0.7,0.95]"])
def test_a_list_of_ones_own(levels: str) -> None:
    training = one(f"training.quantiles={levels}", "training.loss=pinball").training
    assert str(list(training.levels)).replace(" ", "") == levels


@pytest.mark.parametrize(
    ("levels", "why"),
    [
        ("[]", "0.5, the median, is missing"),
        ("[0.1,0.9]", "0.5, the median, is missing"),
        ("[0.1,0.5]", "0.9 is missing, as 0.1 is there"),
        ("[0.1,0.5,0.8]", "0.9 is missing, as 0.1 is there"),
        ("[0.9,0.5,0.1]", "don't rise"),
        ("[0.1,0.5,0.5,0.9]", "don't rise"),
        (str([level / 202 for level in range(1, 202)]).replace(" ", ""), "201 are more than 99"),
    ],
)
def test_other_lists_are_refused_with_what_is_wrong(levels: str, why: str) -> None:
    assert is_about(only_fault(f"training.quantiles={levels}"), "training.quantiles", "symmetric", why)


@pytest.mark.parametrize("level", ["0", "1", "-0.5", "1.5", "0.0", "1.0"])
def test_a_level_is_between_0_and_1(level: str) -> None:
    assert keys_of(faults(f"training.quantiles=[{level},0.5]"))[0].startswith("training.quantiles")


@pytest.mark.parametrize("loss", ["mae", "mse", "huber"])
def test_another_loss_beside_them_is_refused(loss: str) -> None:
    fault = only_fault("training.quantiles=auto", f"training.loss={loss}")
    assert is_about(fault, "training.loss", "auto", "pinball", f"'{loss}'")


def test_their_loss_without_them_is_refused() -> None:
    assert is_about(only_fault("training.loss=pinball"), "training.loss", "training.quantiles", "'pinball'")


def test_texts_have_none() -> None:
    assert is_about(only_fault("dataset=imdb", "training.quantiles=auto"), "training.quantiles", "null", "'auto'")

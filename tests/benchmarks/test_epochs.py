from __future__ import annotations

import time

import pytest

from benchmarks.epochs import Clock, EpochByEpoch


def test_a_training_goes_on_only_when_asked() -> None:
    steps: list[str] = []

    def train(clock: Clock) -> None:
        while True:
            steps.append("trained")
            time.sleep(0.02)
            clock.evaluation_begins()
            steps.append("evaluated")
            clock.epoch_ends()
            clock.epoch_begins()

    epochs = EpochByEpoch(train)
    time.sleep(0.02)
    assert steps == []
    times = epochs.next()
    assert times["train"] >= 0.02 > times["evaluation"]
    time.sleep(0.02)
    assert steps == ["trained", "evaluated"]
    epochs.next()
    assert steps == ["trained", "evaluated"] * 2
    epochs.end()
    assert steps == ["trained", "evaluated"] * 2


def test_what_a_training_raises_comes_to_the_caller() -> None:
    def train(clock: Clock) -> None:
        raise ValueError("no data")

    with pytest.raises(RuntimeError, match="stopped") as raised:
        EpochByEpoch(train).next()
    assert isinstance(raised.value.__cause__, ValueError)


def test_a_training_that_comes_to_its_end_is_told() -> None:
    with pytest.raises(RuntimeError, match="stopped"):
        EpochByEpoch(lambda clock: None).next()


def test_a_training_can_be_ended_before_it_began() -> None:
    epochs = EpochByEpoch(lambda clock: pytest.fail("it began"))
    epochs.end()

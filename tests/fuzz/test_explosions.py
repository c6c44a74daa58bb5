"""Short trainings whose values explode, vanish or are all the same: they end with figures, or say what is wrong.

No figure that is recorded is a number of nothing: where a training diverges, the run has failed and says in which
epoch, and what to do.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import warm
from tests.fuzz.harness import complaint
from tests.fuzz.trainings import MODELS, OF_A_FILE, train

OF_SERIES = {
    **{
        f"rate {rate} {name}": [f"training.learning_rate={rate}", f"training.optimizer={name}"]
        for rate in ("1e30", "1e37", "1e38", "1e-37")
        for name in ("sgd", "adam", "rmsprop")
    },
    "rate 1e30 clipped": ["training.learning_rate=1e30", "training.clipnorm=1"],
    "nadam": ["training.learning_rate=1e10", "training.optimizer=nadam"],
    "adamw": ["training.learning_rate=1e10", "training.optimizer=adamw"],
    "clipnorm tiny": ["training.clipnorm=1e-37"],
    "clipnorm huge": ["training.clipnorm=1e37"],
    "mse explodes": ["training.loss=mse", "training.learning_rate=1e15", "training.optimizer=sgd"],
    "huber": ["training.loss=huber", "training.learning_rate=1e25"],
    **{f"model {name}": [f"model={name}"] for name in MODELS if name != "looks_up"},
    "units 1": ["model=gru", "model.units=1"],
    "gru explodes": ["model=gru", "model.units=2", "training.learning_rate=1e30"],
    "dropout": ["model=gru_dropout", "model.units=2", "model.dropout=0.999"],
    "tcn explodes": ["model=tcn", "training.learning_rate=1e30"],
    "tsmixer explodes": ["model=tsmixer", "training.learning_rate=1e30"],
    "attention explodes": ["model=attention", "training.learning_rate=1e30"],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_SERIES)
def test_series_that_explode(name: str, wild: Path, environment: dict[str, str]) -> None:
    train([*OF_A_FILE, *OF_SERIES[name]], wild, environment)


@pytest.mark.slow
def test_what_tensorflow_raises_is_one_line(wild: Path, environment: dict[str, str]) -> None:
    done = warm.run(["train", *OF_A_FILE, "model=looks_up"], wild, environment)
    assert done.returncode == 1
    assert re.match(r"failed: indices\[.*\] = -?\d+ is not in \[0, 5\) \(at \S*embedding\S*\)\n", done.stderr), (
        done.stderr
    )
    assert complaint(done, wild, set(wild.iterdir()), ends=(1,)) is None

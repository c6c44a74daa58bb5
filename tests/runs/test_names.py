from __future__ import annotations

import pytest

from seqexp.runs.names import run_name, trial_name
from tests.factories import make_plan


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ([], "gru"),
        (["model=gru_dropout"], "gru_dropout"),
        (["model=gru_dropout", "training=quick", "model.units=64"], "gru_dropout quick units=64"),
        (["dataset.source=simulated", "dataset.path=x.csv", "+tracking.tags.a=b", "seed=4"], "gru seed=4"),
        (["dataset=csv", "dataset.path=x.csv", "dataset.target=T", "dataset.lookback=3d"], "gru lookback=3d"),
        (["dataset.split.train.end=9000", "dataset.calendar=true"], "gru calendar=true"),
        (["model.units=9", "model.layers.0.GRU.units=8"], "gru model.units=9 GRU.units=8"),
        (["tracking.run_name='my own'", "seed=4"], "my own"),
    ],
)
def test_a_run_is_named_by_what_was_changed(overrides: list[str], name: str) -> None:
    assert run_name(make_plan(overrides).experiments[0], overrides) == name


def test_a_trial_is_named_by_the_axes_alone() -> None:
    overrides = ["training=quick", "model=mlp", "dataset.step=3"]
    experiment = make_plan(overrides).experiments[0]
    assert trial_name(experiment, overrides, ("dataset.step", "model")) == "mlp step=3"
    assert trial_name(experiment, overrides, ()) == "mlp"

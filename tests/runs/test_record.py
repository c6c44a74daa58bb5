from __future__ import annotations

import pytest
import yaml

from seqexp.config.output.secrets import masked
from seqexp.runs.record import as_yaml, flatten, noting_failure
from tests.factories import make_plan


def test_params_are_the_resolved_configuration_flattened() -> None:
    experiment = make_plan(["model=gru_dropout", "model.units=8", "training.patience=3"]).experiments[0]
    params = flatten(experiment)
    assert params["model.units"] == "8"
    assert params["model.name"] == "gru_dropout"
    assert params["dataset.split.test.end"] == "null"
    assert params["training.patience"] == "3"
    assert params["seed"] == "0"
    assert "GRU" in params["model.layers"]
    assert not any(key.startswith("model.hyperparameters") for key in params)


def test_config_yaml_is_the_configuration_that_ran() -> None:
    experiment = make_plan(["model=conv1d", "model.filters=8", "training=quick"]).experiments[0]
    written = yaml.safe_load(as_yaml(experiment))
    assert written["model"]["filters"] == 8
    assert written["model"]["layers"][0]["Conv1D"]["filters"] == 8
    assert written["training"]["score_every"] == 8
    assert written["dataset"]["split"]["val"] == {"first": 200001, "end": 300000}


@pytest.mark.parametrize("password", ["secret", "s:ec%40ret", "ab/cd+ef"])
def test_no_password_is_recorded(password: str) -> None:
    overrides = [f"'tracking.uri=postgresql://me:{password}@db.example/runs'"]
    experiment = make_plan([overrides[0].strip("'"), "tracking.note='a:b@c, see http://x.y:80/z'"]).experiments[0]
    told = [flatten(experiment)["tracking.uri"], yaml.safe_load(as_yaml(experiment))["tracking"]["uri"]]
    assert told == ["postgresql://me:***@db.example/runs"] * 2
    assert masked(" ".join(overrides)) == "'tracking.uri=postgresql://me:***@db.example/runs'"
    assert masked("postgresql://h/d?user=me&password=se/cret&x=1") == "postgresql://h/d?user=me&password=***&x=1"
    assert flatten(experiment)["tracking.note"] == "a:b@c, see http://x.y:80/z"


def _full_disk() -> None:
    raise OSError("disk full")


def _cut_short() -> None:
    try:
        raise ValueError("first")
    except ValueError:
        with noting_failure("write it down"):
            _full_disk()
        raise


def test_a_failure_on_the_way_out_is_noted_on_the_first_one() -> None:
    with pytest.raises(ValueError, match="first") as caught:
        _cut_short()
    assert caught.value.__notes__ == ["could not write it down: disk full"]


def test_a_failure_without_another_is_raised() -> None:
    with pytest.raises(OSError, match="disk full"), noting_failure("write it down"):
        raise OSError("disk full")


def test_names_of_the_users_own_are_recorded_as_one_value() -> None:
    """A store takes no parenthesis in a key, and a label may hold any character."""
    plan = make_plan(["dataset=text", "dataset.path=x.csv", "++dataset.labels={A: 'b (c)', D: b}"])
    params = flatten(plan.experiments[0])
    assert params["dataset.labels"] == "{'A': 'b (c)', 'D': 'b'}"
    assert not any(key.startswith("dataset.labels.") for key in params)

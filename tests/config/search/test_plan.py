"""A search is checked before anything runs: its settings, its space, and what it may propose."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.config.composition import Composer
from seqexp.config.errors import InputError
from seqexp.config.plan import Plan, sweeper_of
from seqexp.config.search.search import Search
from tests.factories import make_plan

OPTUNA = "hydra/sweeper=optuna"

PRESET = """\
# @package _global_
# Two models, one with a dropout of its own.
defaults:
  - override /hydra/sweeper: optuna

hydra:
  mode: MULTIRUN
  sweeper:
    trials: 7
    params:
      model: {choice: [gru, gru_dropout]}
      model.units: {int: [8, 64], step: 8}
      model.dropout: {float: [0, 0.5], when: {model: gru_dropout}}
      model.recurrent_dropout: {value: 0.1, when: {model: gru_dropout}}
"""


def searched(*texts: str, config_dir: Path | None = None) -> tuple[Plan, Search]:
    plan = make_plan(
        [OPTUNA, *texts] if config_dir is None else list(texts),
        multirun=config_dir is None,
        config_dir=str(config_dir) if config_dir else None,
    )
    assert plan.search is not None
    return plan, plan.search


def faults_of(*texts: str, multirun: bool = True) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        make_plan([OPTUNA, *texts], multirun=multirun)
    return caught.value.texts


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "two.yaml").write_text(PRESET)
    return tmp_path


def test_what_names_several_values_is_searched_and_the_rest_is_fixed() -> None:
    plan, search = searched("model=gru", "model.units=range(8,65,8)", "dataset.step=3,6", "hydra.sweeper.trials=40")
    assert plan.axes == ("model.units", "dataset.step")
    assert plan.is_sweep
    assert search.settings.trials == 40
    experiment, overrides = search.experiment({"model.units": 24, "dataset.step": 3})
    assert (experiment.model.hyperparameters["units"], experiment.series.step) == (24, 3)
    assert overrides == ["model=gru", "model.units=24", "dataset.step=3"]


def test_a_preset_has_a_space_with_conditions(preset: Path) -> None:
    plan, search = searched("experiment=two", config_dir=preset)
    assert search.settings.trials == 7
    assert plan.axes == ("model", "model.units", "model.dropout")
    drawn = search.space.draw(lambda entry: {"model": "gru", "model.units": 16}[entry.key])
    assert drawn == {"model": "gru", "model.units": 16}
    drawn = search.space.draw(lambda entry: {"model": "gru_dropout", "model.units": 16}.get(entry.key, 0.25))
    assert drawn == {"model": "gru_dropout", "model.units": 16, "model.dropout": 0.25, "model.recurrent_dropout": 0.1}
    experiment, _ = search.experiment(drawn)
    assert experiment.model.hyperparameters == {"units": 16, "dropout": 0.25, "recurrent_dropout": 0.1}


def test_the_command_line_takes_the_place_of_an_entry_but_not_of_its_condition(preset: Path) -> None:
    _, search = searched("experiment=two", "model.dropout=0.3", "model.units=range(4,6)", config_dir=preset)
    values = {"model": "gru", "model.units": 4}
    assert search.space.draw(lambda entry: values[entry.key]) == values
    values["model"] = "gru_dropout"
    drawn = search.space.draw(lambda entry: values[entry.key])
    assert drawn == {**values, "model.dropout": 0.3, "model.recurrent_dropout": 0.1}


def test_a_model_that_is_fixed_decides_the_conditions(preset: Path) -> None:
    plan, search = searched("experiment=two", "model=gru", config_dir=preset)
    assert search.space.draw(lambda entry: 8) == {"model": "gru", "model.units": 8}
    assert all(experiment.model.name == "gru" for experiment in plan.experiments)


@pytest.mark.parametrize(
    ("texts", "faults"),
    [
        (["model=gru"], ["must have something to search"]),
        (["model.units=range(8,9)", "hydra.sweeper.trials=0"], ["hydra.sweeper.trials must be an integer >= 1"]),
        (
            ["model.units=range(4,6)", "hydra.sweeper.trals=3", "hydra.sweeper.sampler.name=tpee"],
            ["hydra.sweeper.sampler.name must be one of tpe, random", "Did you mean 'hydra.sweeper.trials'?"],
        ),
        (["model.units=range(4,6)", "hydra.sweeper.pruner.name=mediann"], ["Did you mean 'median'?"]),
        (["model.units=4,8", "hydra.sweeper.trials=1,2"], ["a search takes a single value for it"]),
        (["model.units=4,8", "hydra.sweeper.timeout=soon"], ["hydra.sweeper.timeout must be a time such as"]),
        (["model=gru_dropout", "model.dropout=interval(0,2)"], ["model.dropout must be in [0, 1). Received: 2.0."]),
        (["model.units=interval(8,64)"], ["model.units=int(interval(8,64)) draws whole numbers."]),
        (["model.unit=range(4,6)"], ["Did you mean 'model.units'?"]),
        (["dataset.step=range(3,8)"], ["dataset.lookback must be a multiple of dataset.step (7)"]),
        (["model=gru,gruu", "seed=-1", "model.units=4,8"], ["Did you mean 'gru'?", "seed must be an integer"]),
        (
            ["model.units=4,8", "sweep.seeds=2", "hydra/launcher=parallell"],
            ["Did you mean 'parallel'?", "is for grids"],
        ),
        (["seed=1,2"], ["seed must be the same in all trials"]),
        (["dataset.delay=72,144", "training=quick,default"], ["dataset.delay must be the same", "score_every must be"]),
    ],
)
def test_a_fault_is_told_before_anything_runs(texts: list[str], faults: list[str]) -> None:
    told = faults_of(*texts)
    assert len(told) == len(faults), told
    assert all(part in fault for part, fault in zip(faults, told, strict=True)), told


def test_a_search_has_many_trials() -> None:
    (fault,) = faults_of("model.units=range(4,6)", multirun=False)
    assert fault == "hydra/sweeper=optuna searches with many trials: add -m."


def test_conditions_name_what_is_there(preset: Path) -> None:
    text = PRESET.replace("when: {model: gru_dropout}}\n      model.rec", "when: {model: gru_drop}}\n      model.rec")
    text = text.replace("{value: 0.1, when: {model: gru_dropout}}", "{value: 0.1, when: {modle: gru_dropout}}")
    (preset / "experiment" / "two.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        make_plan(["experiment=two"], config_dir=str(preset))
    assert [fault.partition(" must ")[2] for fault in caught.value.texts] == [
        "be one of gru, gru_dropout. Received: 'gru_drop'. Did you mean 'gru_dropout'?",
        "be a key that is searched or set. Did you mean 'model'?",
    ]


def test_a_study_is_told_apart_by_its_space_and_by_what_is_fixed() -> None:
    _, one = searched("model.units=range(4,6)")
    _, same = searched("model.units=range(4,6)", "hydra.sweeper.trials=3", "tracking.run_name=x")
    _, wider = searched("model.units=range(4,7)")
    _, other = searched("model.units=range(4,6)", "training.epochs=3")
    assert one.identity == same.identity
    assert one.identity != wider.identity
    assert one.identity["space"] == other.identity["space"]
    assert one.identity != other.identity


def test_which_sweeper_is_asked_for(preset: Path) -> None:
    assert sweeper_of(["model=gru"], Composer(None)) == "basic"
    assert sweeper_of([OPTUNA], Composer(None)) == "optuna"
    assert sweeper_of(["experiment=two"], Composer(preset)) == "optuna"
    assert sweeper_of(["experiment=jena_step_units"], Composer(None)) == "basic"
    with pytest.raises(InputError, match="Did you mean 'optuna'"):
        sweeper_of(["hydra/sweeper=optna"], Composer(None))

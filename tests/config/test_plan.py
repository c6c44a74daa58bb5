"""A plan means what Hydra makes of the same overrides: values, sweeps, their order, presets."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.config.composition import Composer
from seqexp.config.locations import choices
from seqexp.config.overrides import MAX_SWEEP_JOBS, as_one_run
from seqexp.config.plan import sweeper_of
from seqexp.config.search.search import samples_of
from tests.config.oracle import as_composed, faults, hydra_jobs, hydra_values, keys_of, one, only_fault, plan
from tests.factories import make_plan
from tests.faults import is_about

# One of each is drawn in any order: files, values, whole sections, list entries, interpolations, additions.
PIECES = st.tuples(
    st.sampled_from([[], ["model=gru_dropout"], ["model=mlp", "model=conv1d"], ["experiment=jena_gru_dropout"]]),
    st.sampled_from([[], ["training=quick"], ["training={epochs:3,patience:2}"], ["training.patience=null"]]),
    st.integers(0, 2**32 - 1).map(lambda seed: [f"seed={seed}"]),
    st.sampled_from([[], ["dataset.step=3"], ["dataset.step=1", "dataset.step=2"], ["dataset.delay=${dataset.step}"]]),
    st.sampled_from([[], ["dataset.split.train={first:0,end:10}"], ["dataset.split={val:{first:0.5,end:0.75}}"]]),
    st.sampled_from([[], ["++seed=7"], ["+tracking.tags={a:b,c-d:'e f'}"], ["+tracking.tags.who='me, you'"]]),
    st.sampled_from([[], ["tracking.note='a,b=c'"], ['tracking.note="it\'s"'], [r"tracking.note='\${x}'"]]),
    st.sampled_from([[], ["training.learning_rate=1e-4"], ["training.learning_rate=1"], ["training.jit_compile=true"]]),
).flatmap(lambda pieces: st.permutations([text for piece in pieces for text in piece]))


@settings(max_examples=10)
@given(PIECES)
def test_one_run_is_what_hydra_composes(overrides: list[str]) -> None:
    assert as_composed(one(*overrides)) == hydra_values(overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        ["model.layers.0.GRU.units=8"],
        ["+model.layers.0.GRU.dropout=0.1"],
        ["model.layers.0=Flatten", "model.units=3"],
        ["model={name:x}"],
        ["+model.head=[{Dense:{units:1}}]"],
        ["model=naive"],
        ["model='mlp'"],
        ["model.name=${dataset.name}", "tracking.experiment='${model.name} on ${dataset.target}'"],
        ["dataset.name='Überß ☀ 温度'", "dataset.target='温度'"],
        [f"tracking.note={'x' * 5_000}"],
        ["training.epochs=int(3.2)", "tracking.note=str(3)"],
    ],
)
def test_unusual_overrides_mean_what_hydra_means(overrides: list[str]) -> None:
    assert as_composed(one(*overrides)) == hydra_values(overrides)


@pytest.mark.parametrize("model", sorted(choices("model")))
def test_every_model_is_what_hydra_composes(model: str) -> None:
    assert as_composed(one(f"model={model}")) == hydra_values([f"model={model}"])


GRIDS = sorted(set(choices("experiment")) - {"search_gru"})  # which is no grid: test_search.py


def check_preset(preset: str, *, whole: bool) -> None:
    """Compare the jobs of a preset with what Hydra composes: all, which takes it long, or the last of each model."""
    made, jobs = plan(f"experiment={preset}"), hydra_jobs([f"experiment={preset}"])
    if not made.is_sweep:
        jobs = [[f"experiment={preset}"]]
    seeds = yaml.safe_load(choices("experiment")[preset].path.read_text()).get("sweep", {}).get("seeds")
    if seeds:  # which Hydra knows nothing of
        jobs = [[*job, f"seed={number}"] for job in jobs for number in range(seeds)]
    assert len(made.experiments) == len(jobs)
    of_model = {job.model.name: number for number, job in enumerate(made.experiments)}
    for number in range(len(jobs)) if whole else of_model.values():
        texts = [text for text in (f"experiment={preset}", *jobs[number]) if text]
        assert as_composed(made.experiments[number]) == hydra_values(texts)


@pytest.mark.parametrize("preset", GRIDS)
def test_every_preset_is_what_hydra_composes(preset: str) -> None:
    check_preset(preset, whole=False)


@pytest.mark.slow
@pytest.mark.parametrize("preset", GRIDS)
def test_so_is_each_of_its_jobs(preset: str) -> None:
    check_preset(preset, whole=True)


SWEEPS = [
    ["seed=1,2,3"],
    ["dataset.step=3,6", "model.units=16,32,64"],
    ["model=gru,mlp", "seed=range(3)"],
    ["model='gru',\"mlp\""],
    ["model=glob([gru*,mlp],exclude=gru_*)", "seed=1"],
    ["model.units=choice(8,16)", "seed=choice(1)"],
    ["dataset.target='a,b','c d',\"it's\""],
    ["training.learning_rate=range(0.25,1,0.25)"],
    ["seed=sort(3,1,2,reverse=true)"],
    ["seed=1,2", "model.units=1,2", "seed=9"],
    ["dataset.split.train={first:0,end:10},{first:5,end:20}"],
    ["model.layers=[Flatten],[GRU,Flatten]", "+tracking.tags.a=b,c"],
    ["dataset.step=${dataset.delay},${dataset.lookback}"],
    ["experiment=jena_step_units"],
    ["experiment=jena_step_units", "model.units=8"],
    ["model.units=8,9", "experiment=jena_step_units", "seed=1,2"],
    ["experiment=imdb_conv1d,jena_gru_dropout", "seed=1,2"],
    ["experiment=jena_ladder", "model=gru,conv_gru", "training.epochs=1,2"],
    ["seed=5"],
]


@pytest.mark.parametrize("overrides", SWEEPS, ids=" ".join)
def test_a_sweep_has_hydras_jobs_in_hydras_order(overrides: list[str]) -> None:
    jobs = hydra_jobs(overrides)
    experiments = plan(*overrides, multirun=True).experiments
    assert len(experiments) == len(jobs)
    assert len(set(map(repr, experiments))) == len(set(map(repr, jobs)))
    for index in sorted({len(jobs) // 2, len(jobs) - 1}):  # composing each of them takes Hydra long
        assert as_composed(experiments[index]) == hydra_values(jobs[index])


def test_axes_are_what_varies() -> None:
    assert plan("seed=1,2", "model.units=3", "training=quick,default", multirun=True).axes == ("seed", "training")
    assert plan("experiment=jena_step_units", multirun=True).axes == ("dataset.step", "model.units")


def test_a_preset_with_axes_is_one_run_without_m_unless_it_says_multirun(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    preset = "# @package _global_\nhydra:\n  sweeper:\n    params:\n      seed: 1,2\n"
    (tmp_path / "experiment" / "axes.yaml").write_text(preset)
    made = plan("experiment=axes", folder=tmp_path)
    assert (made.is_sweep, len(made.experiments)) == (False, 1)
    assert plan("experiment=jena_step_units").is_sweep


def test_mode_multirun_is_a_sweep_as_in_hydra() -> None:
    made = plan("hydra.mode=MULTIRUN", "seed=1,2")
    assert (made.is_sweep, [experiment.seed for experiment in made.experiments]) == (True, [1, 2])


def test_several_values_without_m_are_refused() -> None:
    assert is_about(only_fault("seed=1,2"), "seed", "'seed=1,2'", "-m")
    assert len(faults("seed=1,2", "model=gru,mlp", "training.epochs=0")) == 3


def test_faults_of_all_jobs_are_told_once_each() -> None:
    told = faults("dataset.step=6,7,0", "model.units=0,1", "model=gru,naive", multirun=True)
    assert keys_of(told) == [
        "model.units",
        "model.units",
        "dataset.lookback",
        "dataset.step",
    ]
    assert {"Received: 0." in fault.text for fault in told[:2]} == {True, False}, (
        "0 is out of range, naive has no units"
    )


@pytest.mark.parametrize("text", ["seed=range(0)", "model=glob(zzz*)", "model.units=glob(*)"])
def test_an_axis_without_values_is_refused(text: str) -> None:
    assert is_about(only_fault(text, multirun=True), text.partition("=")[0], repr(text))


@pytest.mark.parametrize("texts", [["seed=range(1000000000)"], ["seed=range(200)", "model.units=range(1,200)"]])
def test_far_too_many_jobs_are_refused_at_once(texts: list[str]) -> None:
    assert is_about(only_fault(*texts, multirun=True), "--multirun", f"{MAX_SWEEP_JOBS:,}", *texts)


@pytest.mark.parametrize("text", ["seed=interval(0,1)", "seed=range(0,3,0)"])
def test_values_that_cannot_be_listed_are_refused(text: str) -> None:
    assert is_about(only_fault(text, multirun=True), "seed", repr(text))


@pytest.mark.parametrize(
    "text", ["hydra.nonsense=1", "hydra=3", "hydra.sweeper.params.seed=3", "hydra/launcher=nope", "hydra/foo=bar"]
)
def test_what_hydra_refuses_of_its_own_is_refused_beside_other_faults(text: str) -> None:
    told = faults(text, "seed=-1") if "/" not in text else faults(text)
    assert any(text.split("=", maxsplit=1)[0] in fault.text for fault in told)
    assert "/" in text or "seed" in keys_of(told)


def test_a_folder_with_hard_characters_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "it is, my [conf]=é {x}"
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "mine.yaml").write_text("name: mine\nlayers:\n  - GRU:\n      units: 3\n")
    assert one("model=mine", folder=folder).model.layers == [{"GRU": {"units": 3}}]


def test_sweeps_over_own_files_keep_hydras_order(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    for name in ("gru_a", "a", "gru"):
        (tmp_path / "model" / f"{name}.yaml").write_text(f"name: own_{name}\nlayers: [Flatten]\n")
    jobs = hydra_jobs(["model=glob(*)"], tmp_path)
    made = plan("model=glob(*)", multirun=True, folder=tmp_path)
    names = [text.removeprefix("model=") for (text,) in jobs]
    assert [experiment.model.name.removeprefix("own_") for experiment in made.experiments] == names
    assert names.index("a") == 0
    assert as_composed(made.experiments[names.index("gru")]) == hydra_values(["model=gru"], tmp_path)
    assert made.experiments[names.index("gru")].model.name == "gru", "seqexp's own file comes first"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ("jena_seeds", "search_gru") else pytest.mark.slow)
        for name in sorted(choices("experiment"))
    ],
)
def test_a_job_of_a_preset_can_be_run_by_itself(name: str) -> None:
    """Whatever the preset is, what a run was made with makes the same experiment again, and no sweep."""
    plan = make_plan([f"experiment={name}"])
    if plan.search is None:
        jobs = list(zip(plan.experiments, plan.overrides, strict=True))
    else:
        values = next(samples_of(plan.search.space))
        experiment, overrides = plan.search.experiment(values)
        jobs = [(experiment, tuple(overrides))]
    for experiment, overrides in (jobs[0], jobs[-1]):
        texts = as_one_run(overrides)
        assert sweeper_of(texts, Composer(None)) == "basic"
        again = make_plan(texts)
        assert not again.is_sweep
        assert again.experiments == (experiment,)

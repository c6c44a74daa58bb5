"""A user's own folder: its models and presets work as ours do, and what is wrong with them is told by file or key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.oracle import as_composed, faults, hydra_values, keys_of, one, only_fault, plan
from tests.faults import is_about

GRU = "  - GRU:\n      units: "

SWEEP = "# @package _global_\nhydra:\n  mode: MULTIRUN\n  sweeper:\n    params:\n      "

MODELS = {
    "good": f"# Mine.\nname: good\nunits: 8\nlayers:\n{GRU}${{model.units}}\n",
    "chain": f"name: chain\nunits: 3\nalpha: ${{model.units}}\nlayers:\n{GRU}${{model.alpha}}\n",
    "headed": "name: headed\nlayers: [Flatten]\nhead:\n  - Dense:\n      units: 1\n",
    "own_rate": f"name: own_rate\nalpha: 0.5\nlayers:\n{GRU}3\n      scale: ${{model.alpha}}\n",
    "unused": f"name: unused\nunits: 8\nlayers:\n{GRU}3\n",
    "undeclared": f"name: undeclared\nlayers:\n{GRU}${{model.units}}\n",
    "both": "name: both\nlayers: [GRU]\nestimator:\n  Naive:\n",
    "neither": "name: neither\n",
    "nameless": "layers: [Flatten]\n",
    "unnamed": "name: ''\nlayers: [Flatten]\n",
    "sequence": "- a\n- b\n",
    "scalar": "nothing but a word\n",
    "number": "5\n",
    "empty": "",
    "null": "~\n",
    "entries": "name: entries\nlayers:\n  - GRU:\n    LSTM:\n  - 3\n  - GRU: 3\n",
    "dense": "name: dense\nlayers:\n  - Dense:\n      units: 3\n      recurrent_dropout: 0.1\n",
    "wrapped": "name: x\nlayers:\n  - Bidirectional:\n      layer:\n        Dense:\n          recurrent_dropout: 0.1\n",
    "syntax": "name: syntax\nlayers: [GRU\nunits: : 3\n",
    "twice": "name: a\nname: b\nlayers: [GRU]\n",
    "flow": "name: flow\nunits: 3\nlayers:\n  - GRU: {units: ${model.units}}\n",
    "parent": "defaults:\n  - nowhere\nname: parent\nlayers: [Flatten]\n",
    "mandatory": f"name: mandatory\nunits: ???\nlayers:\n{GRU}${{model.units}}\n",
    "mapping": f"name: mapping\nreg:\n  L2: 0.1\nlayers:\n{GRU}3\n      kernel_regularizer: ${{model.reg}}\n",
}
PRESETS = {
    "fine": "# @package _global_\n# A study.\ndefaults:\n  - override /model: good\ndataset:\n  step: 3\n",
    "sweep": f"{SWEEP}seed: 1,2\n      dataset.step: 3,6\n",
    "unknown": "# @package _global_\ndataset:\n  stepp: 3\nfoo: 3\n",
    "hyper": "# @package _global_\nmodel:\n  unitss: 3\n",
    "range": "# @package _global_\ntraining:\n  epochs: 0\n",
    "typed": "# @package _global_\ndefaults:\n  - override /model: own_rate\nmodel:\n  alpha: high\n",
    "model": "# @package _global_\ndefaults:\n  - override /model: nowhere\n",
    "hydra": "# @package _global_\nhydra:\n  nonsense: 3\n",
    "axis": f"{SWEEP}seeed: 1,2\n",
    "words": "just text\n",
    "list": "- a\n",
    "packageless": "dataset:\n  step: 3\n",
    "syntax": "# @package _global_\ndataset: {step: 3\n",
    "empty": "",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own conf")
    for group, files in {"model": MODELS, "experiment": PRESETS}.items():
        (folder / group).mkdir()
        for name, text in files.items():
            (folder / group / f"{name}.yaml").write_text(text)
    (folder / "model" / "bytes.yaml").write_bytes(b"\xff\xfe\x80name: a\n")
    return folder


@pytest.mark.parametrize(
    "overrides",
    [
        ["model=good", "model.units=4"],
        ["model=chain", "model.units=9"],
        ["model=headed"],
        ["experiment=fine", "model.units=5"],
    ],
)
def test_own_files_mean_what_hydra_makes_of_them(folder: Path, overrides: list[str]) -> None:
    assert as_composed(one(*overrides, folder=folder)) == hydra_values(overrides, folder)


@pytest.mark.parametrize(
    ("model", "keys", "words"),
    [
        ("unused", ["model.units"], ["model/unused.yaml", "'units'"]),
        ("undeclared", ["model.units"], ["model/undeclared.yaml", "${model.units}", "'units'"]),
        ("both", ["model"], ["model/both.yaml", "layers, estimator and builder"]),
        ("neither", ["model"], ["model/neither.yaml", "layers, estimator and builder"]),
        ("nameless", ["model.name"], ["missing"]),
        ("unnamed", ["model.name"], ["Received: ''."]),
        ("entries", ["model.layers.0", "model.layers.1", "model.layers.2"], []),
        ("dense", ["model.layers.0"], ["Dense", "recurrent_dropout"]),
        ("wrapped", ["model.layers.0"], ["Dense", "recurrent_dropout"]),
        ("syntax", ["model=syntax"], ["model/syntax.yaml", "line 3, column"]),
        ("twice", ["model=twice"], ["model/twice.yaml", "duplicate key name", "line 2"]),
        ("flow", ["model=flow"], ["model/flow.yaml", "line 4, column"]),
        ("bytes", ["model=bytes"], ["model=bytes", "can't decode byte 0xff"]),
        ("parent", ["model=parent"], ["model/parent", "model/nowhere"]),
        ("mandatory", ["model.units"], ["Missing mandatory value"]),
        ("mapping", ["model.reg"], []),
    ],
)
def test_what_is_wrong_with_an_own_model_is_reported(
    folder: Path, model: str, keys: list[str], words: list[str]
) -> None:
    found = faults(f"model={model}", folder=folder)
    assert set(keys) <= set(keys_of(found))
    for word in words:
        assert any(word in fault.text for fault in found)


@pytest.mark.parametrize(
    ("override", "received"),
    [
        ("model=sequence", "a list"),
        ("model=scalar", "the text 'nothing but a word'"),
        ("model=number", "5"),
        ("model=empty", "an empty file"),
        ("model='null'", "~"),
        ("experiment=words", "the text 'just text'"),
        ("experiment=list", "a list"),
    ],
)
def test_a_file_that_is_no_mapping_has_one_fault(folder: Path, override: str, received: str) -> None:
    fault = only_fault(override, folder=folder)
    group, _, name = override.replace("'", "").partition("=")
    assert is_about(fault, group, f"{group}/{name}.yaml", "mapping", f"Received: {received}."), fault


@pytest.mark.parametrize("model", ["unused", "undeclared", "both", "neither", "dense"])
def test_values_are_checked_beside_a_faulty_model(folder: Path, model: str) -> None:
    assert {"seed", "dataset.stepp"} <= set(
        keys_of(faults(f"model={model}", "seed=-1", "dataset.stepp=3", folder=folder))
    )


@pytest.mark.parametrize(
    ("preset", "keys", "words"),
    [
        ("unknown", ["dataset.stepp", "foo"], ["'dataset.step'"]),
        ("hyper", ["model.unitss"], ["model/gru.yaml", "'model.units'"]),
        ("range", ["training.epochs"], ["Received: 0."]),
        ("typed", ["model.alpha"], ["Received: 'high'."]),
        ("model", ["experiment=model"], ["model/nowhere"]),
        ("hydra", ["hydra.nonsense"], ["experiment=hydra"]),
        ("axis", ["seeed"], ["'seed'"]),
        ("packageless", ["experiment"], ["experiment/packageless.yaml", "'# @package _global_'"]),
        ("syntax", ["experiment=syntax"], ["experiment/syntax.yaml", "line 3"]),
        ("empty", ["experiment"], ["experiment/empty.yaml", "'# @package _global_'"]),
    ],
)
def test_what_is_wrong_with_an_own_preset_is_reported(
    folder: Path, preset: str, keys: list[str], words: list[str]
) -> None:
    found = faults(f"experiment={preset}", folder=folder)
    assert set(keys) <= set(keys_of(found))
    for word in words:
        assert any(word in fault.text for fault in found)


def test_an_own_preset_may_be_a_sweep(folder: Path) -> None:
    made = plan("experiment=sweep", folder=folder)
    assert (made.is_sweep, made.axes) == (True, ("seed", "dataset.step"))
    assert [(e.seed, e.dataset.step) for e in made.experiments] == [(1, 3), (1, 6), (2, 3), (2, 6)]


def test_a_preset_may_say_something_of_one_of_its_models(folder: Path) -> None:
    of_models = folder / "experiment" / "sweep"
    of_models.mkdir()
    (of_models / "mlp.yaml").write_text("training:\n  epochs: 7\nmodel:\n  units: 5\n")
    (of_models / "conv1d.yaml").write_text("dataset:\n  stepp: 3\n")
    for more in ([], ["model=mlp"], ["model=mlp", "training.epochs=3"], ["experiment=fine", "model=mlp"]):
        overrides = ["experiment=sweep", *more]
        assert as_composed(one(*overrides, "seed=1", "dataset.step=3", folder=folder)) == hydra_values(
            [*overrides, "seed=1", "dataset.step=3"], folder
        )
    made = plan("experiment=sweep", "model=gru,mlp", "seed=1", "dataset.step=3", folder=folder)
    assert [(e.model.name, e.training.epochs) for e in made.experiments] == [("gru", 20), ("mlp", 7)]
    assert is_about(
        only_fault("experiment=sweep", "model=gru,conv1d", folder=folder), "dataset.stepp", "'dataset.step'"
    )


def test_axes_of_a_preset_give_way_to_the_command_line(folder: Path) -> None:
    made = plan("experiment=sweep", "seed=7", folder=folder)
    assert [(e.seed, e.dataset.step) for e in made.experiments] == [(7, 3), (7, 6)]


def test_own_names_are_among_the_nearest(folder: Path) -> None:
    assert is_about(only_fault("model=godo", folder=folder), "model", "'good'")
    assert is_about(only_fault("model.unitz=3", "model=good", folder=folder), "model.unitz", "'model.units'")


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    assert is_about(only_fault(folder=tmp_path / "nowhere"), "--config-dir", repr(str(tmp_path / "nowhere")))

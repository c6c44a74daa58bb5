"""What Hydra itself makes of overrides: the independent answer that the plan is held to."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_search_path import SearchPathElement
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from seqexp.config.digests import task_digest
from seqexp.config.errors import Fault, InputError
from seqexp.config.locations import conf_dir
from seqexp.config.plan import Plan
from seqexp.config.schema import Experiment
from seqexp.data.series.geometry import geometry_of
from seqexp.data.series.targets import ColumnsAsked
from seqexp.tasks.task import in_rows
from tests.factories import make_plan


def hydra_values(overrides: Sequence[str], folder: Path | None = None) -> dict[str, Any]:
    """Return Hydra's own composition as plain values."""
    path = [f"hydra.searchpath=['file://{folder}']"] if folder else []
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        values = OmegaConf.to_container(compose("config", [*path, *overrides]), resolve=True)
    assert isinstance(values, dict)
    return _by_task({str(key): value for key, value in values.items() if key != "sweep"})  # of no experiment's part


def _by_task(values: dict[str, Any]) -> dict[str, Any]:
    """Return the composition with what "auto" means for its task; only networks of texts have an Embedding."""
    training, model = values["training"], values["model"]
    texts = values["dataset"]["kind"] == "text"
    meant = (
        {"loss": "crossentropy", "monitor": "val_accuracy", "score_every": 1}
        if texts
        else {"loss": "mae", "monitor": "val_mae"}
    )
    values["training"] = training | {key: meant[key] for key in meant if training[key] == "auto"}
    if not texts or "layers" not in model or "stem" in model:
        values["model"] = {key: value for key, value in model.items() if key != "embedding"}
    return values


def hydra_jobs(overrides: Sequence[str], folder: Path | None = None) -> list[list[str]]:
    """Return the jobs of a sweep as Hydra's BasicSweeper splits them, axes of presets included."""
    path = [f"hydra.searchpath=['file://{folder}']"] if folder else []
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        search_path = copy.deepcopy(GlobalHydra.instance().config_loader().get_search_path())
        if folder:  # as --config-dir does; the schema's own place stays the last
            search_path.get_path().insert(-1, SearchPathElement("command-line", f"file://{folder}"))
        loader = ConfigLoaderImpl(config_search_path=search_path)
        fixed = [text for text in overrides if not OverridesParser.create().parse_override(text).is_sweep_override()]
        params = compose("config", [*path, *fixed], return_hydra_config=True).hydra.sweeper.params or {}
        texts = [*(f"{key}={value}" for key, value in params.items()), *overrides]
        parsed = OverridesParser.create(config_loader=loader).parse_overrides(texts)
        return [list(job) for job in BasicSweeper.split_arguments(parsed, None)[0]]


def as_composed(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment in the shape of the composition: hyperparameters beside the common keys."""
    values = experiment.model_dump()
    model = values["model"]
    hyperparameters = model.pop("hyperparameters")
    values["model"] = {key: value for key, value in model.items() if value is not None} | hyperparameters
    return values


def task(experiment: Experiment, data: str = "d", rows: int = 420_551) -> str:
    """Return the task digest on a series with a row every ten minutes."""
    geometry = geometry_of(experiment.series, 600_000_000)
    columns = ColumnsAsked((str(experiment.series.target),), (), ())
    return task_digest(
        in_rows(experiment, columns, geometry, rows),
        data_digest=data,
        max_gap=geometry.max_gap,
        total_rows=rows,
        seasons=geometry.season,
    )


def plan(*overrides: str, multirun: bool = False, folder: Path | None = None) -> Plan:
    """Plan as the command line does."""
    return make_plan(overrides, multirun=multirun, config_dir=str(folder) if folder else None)


def one(*overrides: str, folder: Path | None = None) -> Experiment:
    """Return the one experiment that the overrides ask for."""
    (experiment,) = plan(*overrides, folder=folder).experiments
    return experiment


def faults(*overrides: str, multirun: bool = False, folder: Path | None = None) -> tuple[Fault, ...]:
    """Return why the overrides are refused."""
    with pytest.raises(InputError) as caught:
        plan(*overrides, multirun=multirun, folder=folder)
    assert len(set(caught.value.faults)) == len(caught.value.faults), "a fault is reported twice"
    return caught.value.faults


def only_fault(*overrides: str, multirun: bool = False, folder: Path | None = None) -> Fault:
    """Return the one reason why the overrides are refused."""
    (fault,) = faults(*overrides, multirun=multirun, folder=folder)
    return fault


def keys_of(faults: Sequence[Fault]) -> list[str]:
    """Return what each fault is about."""
    return [fault.key for fault in faults]

"""What a store that is open does: its experiments, and what it leaves alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.tracking.reading.stored_runs import read_runs
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(f"sqlite:///{tmp_path_factory.mktemp('shared')}/mlflow.db", Path("/nowhere"))


def test_experiments_keep_their_artifacts_beside_the_store(shared: Store) -> None:
    location = shared.client.get_experiment(shared.experiment_id("../odd name/…")).artifact_location
    assert location == f"{shared.artifact_root}/odd-name"
    default = shared.client.get_experiment_by_name("Default")
    assert default is not None
    assert default.artifact_location.startswith(str(shared.artifact_root))


def test_a_deleted_experiment_is_reported(shared: Store) -> None:
    number = shared.experiment_id("jena")
    shared.client.delete_experiment(number)
    with pytest.raises(InputError, match=rf"tracking\.experiment='jena' was deleted.*--experiment-id {number}"):
        shared.experiment_id("jena")


def test_an_unknown_experiment_names_the_nearest(shared: Store) -> None:
    shared.experiment_id("jena-ladder")
    with pytest.raises(InputError, match=r"experiment 'jena-lader' .*Did you mean 'jena-ladder'\?"):
        read_runs(shared, "jena-lader")


def test_an_experiment_name_that_mlflow_refuses_is_an_input_error(shared: Store) -> None:
    with pytest.raises(InputError, match=r"tracking\.experiment="):
        shared.experiment_id("x" * 600)


def test_nothing_of_mlflow_is_global(shared: Store) -> None:
    before = dict(os.environ)
    with RunRecorder(shared, "e", "r", "run", {}, {}, None, None):
        import mlflow

        assert mlflow.active_run() is None
    assert {key: value for key, value in os.environ.items() if key.startswith("MLFLOW")} == {
        key: value for key, value in before.items() if key.startswith("MLFLOW")
    }

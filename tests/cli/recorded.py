"""What a command has recorded in the folder where it ran, and what it could not record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run as MlflowRun


def client_of(folder: Path) -> MlflowClient:
    """Return a client of the folder's own store."""
    return MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")


def runs_in(folder: Path) -> list[MlflowRun]:
    """Return the runs of all experiments, the oldest first."""
    client = client_of(folder)
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(ids, order_by=["attributes.start_time"]))


def artifact(run: MlflowRun, name: str) -> Path:
    """Return the path of an artifact."""
    return Path(run.info.artifact_uri.removeprefix("file://")) / name


@contextmanager
def no_room_for_summaries() -> Iterator[None]:
    """Let the disk be full whenever a sweep that runs in this process records its summary."""

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqexp.sweeps.launch.record_sweep", full)
        yield

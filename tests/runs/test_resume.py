"""A run that goes on, from the inside: what must be the same, and what the store has in the end."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seqexp.config.errors import InputError
from seqexp.config.plugins import read_plugins
from seqexp.config.schema import Experiment
from seqexp.models.events import Epoch, Snapshot
from seqexp.reporting.console import Console
from seqexp.runs import record
from seqexp.runs.checkpointing import CheckpointWriter
from seqexp.runs.experiment import run_experiment
from seqexp.runs.jobs import Request
from seqexp.runs.prepare import Sources
from seqexp.runs.resume import resume_run
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import RunFolder
from seqexp.tracking.store.opening import find_store
from seqexp.tracking.store.store import Store, TrackingError
from seqexp.training import checkpoint
from seqexp.training.checkpoint import Checkpoint, decode, encode
from tests.conftest import COSTS
from tests.factories import make_plan


class Cut(Exception):
    """Ends a training where a test wants it."""


@pytest.fixture
def setup(small: list[str], tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Experiment:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("SEQEXP_DATA_DIR", environment["SEQEXP_DATA_DIR"])
    return make_plan([*small, "model=gru_dropout", "model.units=4", "training.epochs=4"]).experiments[0]


def begin(setup: Experiment, folder: Path) -> None:
    console = Console(quiet=True)
    run_experiment(setup, Request(folder, [], "it", None), Sources(), console)


def cut_short(setup: Experiment, folder: Path, monkeypatch: pytest.MonkeyPatch, where: str, epoch: int) -> str:
    """Begin a run that ends in an epoch, before its checkpoint or later; return its id."""
    keep, log = CheckpointWriter.write, RunRecorder.log_epoch

    def cut_before(self: CheckpointWriter, checkpoint: Checkpoint) -> None:
        if checkpoint.epoch == epoch and where == "before the checkpoint":
            raise Cut
        keep(self, checkpoint)

    def cut_after(self: RunRecorder, number: int, metrics: dict[str, float]) -> None:
        if number != epoch or where == "after the store":
            log(self, number, metrics)
        if number == epoch:
            raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(CheckpointWriter, "write", cut_before)
        patch.setattr(RunRecorder, "log_epoch", cut_after)
        with pytest.raises(Cut) as caught:
            begin(setup, folder)
    (run,) = runs_of(folder)
    last = epoch - 1 if where == "before the checkpoint" else epoch
    assert caught.value.__notes__[-1] == f"seqexp train --resume {run.info.run_id} goes on after epoch {last}"
    assert run.info.status == "FAILED"
    return str(run.info.run_id)


def resume(folder: Path, run: str, **changes: Any) -> None:
    request: dict[str, Any] = {"uri": None, "checkpoints": None, "plugins": (), "tags": {}}
    resume_run(run, folder, **{**request, **changes}, console=Console(quiet=True))


def store_of(folder: Path) -> Store:
    return find_store(None, folder)


def runs_of(folder: Path) -> list[Any]:
    store = store_of(folder)
    return list(store.runs(list(store.experiments().values())))


def recorded(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return the history of every metric of the only run, but for what it cost."""
    (run,) = runs_of(folder)
    client = store_of(folder).client
    return {
        name: [(metric.step, metric.value) for metric in client.get_metric_history(run.info.run_id, name)]
        for name in run.data.metrics
        if name not in COSTS
    }


@pytest.mark.slow
@pytest.mark.parametrize("where", ["before the checkpoint", "after the checkpoint", "after the store"])
def test_wherever_an_epoch_is_cut_no_figure_is_missing_nor_doubled(
    setup: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    begin(setup, whole)
    cut_short(setup, cut, monkeypatch, where, 2)
    (before,) = runs_of(cut)
    resume(cut, "it")
    expected, found = recorded(whole), recorded(cut)
    once = {name for name, history in expected.items() if [step for step, _ in history] == [0]}
    assert {name: set(found[name][-1:]) for name in once} == {name: set(expected[name]) for name in once}
    assert {name: found[name] for name in expected if name not in once} == {
        name: expected[name] for name in expected if name not in once
    }
    assert [step for step, _ in found["val_mae"]] == [1, 2, 3, 4]
    (run,) = runs_of(cut)
    assert run.info.run_id == before.info.run_id
    assert run.info.status == "FINISHED"
    assert run.data.params == before.data.params
    assert run.data.tags["seqexp.resumed"] == f"after epoch {1 if where == 'before the checkpoint' else 2}"
    assert "seqexp.failure" not in run.data.tags
    seconds = [m.step for m in store_of(cut).client.get_metric_history(run.info.run_id, "epoch_seconds")]
    assert seconds == [1, 2, 3, 4]
    assert list((cut / ".seqexp" / "runs").iterdir()) == []  # it is finished


def test_a_damaged_checkpoint_is_told_and_the_one_before_serves(
    setup: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = cut_short(setup, tmp_path, monkeypatch, "after the store", 3)
    newest, _ = checkpoint.files(tmp_path / ".seqexp" / "runs" / run_id)
    newest.write_bytes(newest.read_bytes()[:-9])
    resume(tmp_path, run_id)
    (run,) = runs_of(tmp_path)
    history = store_of(tmp_path).client.get_metric_history(run_id, "val_mae")
    assert [metric.step for metric in history] == [1, 2, 3, 4]
    log = Path(run.info.artifact_uri.removeprefix("file://")) / "log.txt"
    text = log.read_text()
    assert f"note     {newest} can't be used: it is damaged" in text
    lines = [line.split()[0] for line in text.splitlines() if line.lstrip()[:2] in ("1/", "2/", "3/", "4/")]
    assert lines == ["1/4", "2/4", "3/4", "4/4"]
    assert text.count("resumed  it (id ") == 1


@pytest.mark.slow
def test_a_store_that_fails_costs_no_epoch(setup: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seqexp.tracking.recorder import RunRecorder

    real = RunRecorder.log_epoch

    def away(self: RunRecorder, epoch: int, metrics: Any) -> None:
        if epoch == 2:
            raise TrackingError("the MLflow store is away")
        real(self, epoch, metrics)

    with monkeypatch.context() as patch:
        patch.setattr(RunRecorder, "log_epoch", away)
        with pytest.raises(TrackingError) as caught:
            begin(setup, tmp_path)
    assert caught.value.__notes__[-1].endswith("goes on after epoch 2")
    resume(tmp_path, "it")
    assert [step for step, _ in recorded(tmp_path)["val_mae"]] == [1, 2, 3, 4]


def test_a_run_that_died_while_its_results_were_recorded_is_only_scored_again(
    setup: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(record, "results", lambda *_: (_ for _ in ()).throw(Cut))
        with pytest.raises(Cut) as caught:
            begin(setup, tmp_path)
    assert caught.value.__notes__[-1].endswith("goes on after epoch 4")
    resume(tmp_path, "it")
    (run,) = runs_of(tmp_path)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["test_mae"] > 0
    assert [step for step, _ in recorded(tmp_path)["val_mae"]] == [1, 2, 3, 4]


def refused(folder: Path, run: str, **changes: Any) -> str:
    before = [(r.info.status, r.data.tags) for r in runs_of(folder)]
    with pytest.raises(InputError) as caught:
        resume(folder, run, **changes)
    assert [(r.info.status, r.data.tags) for r in runs_of(folder)] == before
    return str(caught.value)


def changed(folder: Path, run_id: str, **facts: Any) -> None:
    """Write other facts into the only checkpoint."""
    path = checkpoint.files(folder / ".seqexp" / "runs" / run_id)[0]
    state, known = decode(path.read_bytes())
    path.write_bytes(encode(state, {**known, **facts}))


def test_what_is_another_than_it_was_is_told_and_nothing_is_changed(
    setup: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = cut_short(setup, tmp_path, monkeypatch, "after the store", 1)
    path = checkpoint.files(tmp_path / ".seqexp" / "runs" / run_id)[0]
    written = path.read_bytes()
    facts = decode(written)[1]
    changed(tmp_path, run_id, data="0" * 64, config="0" * 16)
    message = refused(tmp_path, run_id)
    assert message.startswith(
        "the run can't be resumed: the data is not what it was when the run was begun: its digest was"
    )
    assert facts["data"][:16] in message
    changed(tmp_path, run_id, data=facts["data"], config="0" * 16, compute={**facts["compute"], "device": "gpu"})
    assert refused(tmp_path, run_id) == (
        "the run can't be resumed: device was gpu when the run was begun. Received: cpu."
    )
    changed(tmp_path, run_id, compute=facts["compute"])
    assert refused(tmp_path, run_id).startswith(f"the run can't be resumed: the config digest was {'0' * 16} when")
    changed(tmp_path, run_id, config=facts["config"], plugins={"mine.py": "a" * 64})
    assert refused(tmp_path, run_id) == (
        f"--plugin must name mine.py, which the run was begun with (SHA-256 {'a' * 16}…)."
    )
    (tmp_path / "mine.py").write_text("import keras\n\n\nclass Mine(keras.layers.Layer):\n    pass\n")
    plugins = read_plugins([str(tmp_path / "mine.py")])
    assert f"Received: {plugins[0].digest[:16]}" in refused(tmp_path, run_id, plugins=plugins)
    changed(tmp_path, run_id, plugins={})
    assert refused(tmp_path, run_id, plugins=plugins) == "--plugin mine.py is not what the run was begun with."
    whole = decode(written)[0]
    for key in facts:
        path.write_bytes(encode(whole, {**facts, key: None}))
        assert re.search(rf"can't be resumed.*\b{key}\b", refused(tmp_path, run_id), re.DOTALL)
    path.write_bytes(encode(whole, {}))
    assert "can't be resumed" in refused(tmp_path, run_id)
    path.write_bytes(encode(whole, {**facts, "experiment": {**facts["experiment"], "sead": 1}}))
    message = refused(tmp_path, run_id)
    assert "sead" in message
    assert "pydantic" not in message
    path.write_bytes(b"")
    assert "can't be resumed" in refused(tmp_path, run_id)
    path.unlink()
    assert f"has no checkpoint in {path.parent}" in refused(tmp_path, run_id)
    assert f"has no checkpoint in {tmp_path / 'other' / run_id}" in refused(
        tmp_path, run_id, checkpoints=str(tmp_path / "other")
    )


@pytest.fixture
def cut_run(setup: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the checkpoint of a run that was cut short after its second epoch."""
    run_id = cut_short(setup, tmp_path, monkeypatch, "after the store", 2)
    (newest, before) = checkpoint.files(tmp_path / ".seqexp" / "runs" / run_id)
    before.unlink()
    return newest


def test_another_networks_checkpoint_is_told_and_nothing_is_changed(cut_run: Path, tmp_path: Path) -> None:
    """Whatever its SHA-256 says: another version may have built another network."""
    whole, facts = decode(cut_run.read_bytes())
    snapshot, state = whole.snapshot, whole.state
    first, *others = snapshot.variables
    assert state.best_weights
    assert state.best_predictions is not None
    bare = [Epoch(epoch.number, {"val_mae": 0.5}) for epoch in state.epochs]
    for other, words in [
        (replace(snapshot, variables=others), rf"network's variables are {len(others)} arrays.* be {len(others) + 1}"),
        (replace(snapshot, variables=[first[1:], *others]), r"network's variables: array 1 is float32 of shape"),
        (replace(snapshot, variables=[first.astype("f8"), *others]), r"array 1 is float64.* be float32"),
        (replace(snapshot, variables=[first.astype(str), *others]), r"array 1 is <U"),
        (replace(snapshot, optimizer=[]), r"optimizer's variables are 0 arrays"),
        (replace(snapshot, good=[first]), r"last finite weights are 1 array"),
        (replace(state, best_weights=[*state.best_weights, first]), r"best weights are"),
        (replace(state, best_predictions=state.best_predictions[1:]), r"best predictions are float32 of shape"),
        (replace(state, monitor="loss"), r"picked by loss"),
        (replace(state, epochs=bare, best=bare[1]), r"epoch 1 has no epoch_seconds, gradient_norm, "),
    ]:
        kept = Checkpoint(other, state) if isinstance(other, Snapshot) else Checkpoint(snapshot, other)
        cut_run.write_bytes(encode(kept, facts))
        message = refused(tmp_path, "it")
        assert re.search(rf"can't be resumed: its checkpoint is of another network.*{words}", message), message
    cut_run.write_bytes(encode(whole, facts))
    resume(tmp_path, "it")


@pytest.mark.slow
def test_a_run_that_is_held_is_not_resumed(setup: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = cut_short(setup, tmp_path, monkeypatch, "after the store", 1)
    held = RunFolder(tmp_path / ".seqexp" / "runs" / run_id)
    held.lock("a store")
    try:
        assert f"is still running: process {held.process.pid if held.process else ''} on" in refused(tmp_path, "it")
    finally:
        held.release()


@pytest.mark.slow
def test_a_finished_run_has_nothing_to_resume(setup: Experiment, tmp_path: Path) -> None:
    begin(setup, tmp_path)
    assert refused(tmp_path, "it").endswith("is finished: nothing to resume.")


@pytest.mark.slow
def test_checkpoints_may_be_elsewhere(setup: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    tracking = setup.tracking.model_copy(update={"checkpoints": str(shared)})
    run_id = cut_short(setup.model_copy(update={"tracking": tracking}), tmp_path, monkeypatch, "after the store", 2)
    assert len(checkpoint.files(shared / run_id)) == 2
    assert not (tmp_path / ".seqexp").exists()
    resume(tmp_path, run_id)  # the run says where they are
    assert list(shared.iterdir()) == []

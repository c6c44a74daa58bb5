"""Who holds a run, and what is left of one whose end the store was not told."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.config.output.secrets import masked
from seqexp.config.overrides import parse, quoted
from seqexp.models.events import Epoch
from seqexp.models.training_state import NothingToScore, TrainingState
from seqexp.runs.checkpointing import recorded_run, report_crashed_runs, resume_flags
from seqexp.tracking.recorder import RunKind, RunRecorder
from seqexp.tracking.run_folder import CHECKPOINTS_TAG, RunFolder
from seqexp.tracking.spool.spool import Spool
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store
from tests.factories import make_plan


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return open_store(None, tmp_path)


def recorder_of(store: Store, kind: RunKind = "run", resumes: str | None = None) -> RunRecorder:
    return RunRecorder(store, "e", kind, kind, {}, {}, None, None, resumes=resumes)


def status(store: Store, run_id: str) -> tuple[str, str | None]:
    run = store.run(run_id)
    return run.info.status, run.data.tags.get("seqexp.failure")


def test_who_comes_second_changes_nothing_of_a_run_that_goes_on(store: Store, tmp_path: Path) -> None:
    with recorded_run(recorder_of(store), tmp_path) as (run, folder):
        second = recorded_run(recorder_of(store, resumes=run.run_id), tmp_path)
        with pytest.raises(InputError, match="is still running: process "):
            second.__enter__()
        assert status(store, run.run_id) == ("RUNNING", None)
        assert folder.process is not None
        assert RunFolder(folder.path).is_locked
    assert status(store, run.run_id) == ("FINISHED", None)
    assert not folder.path.exists()


@pytest.mark.parametrize(
    ("error", "may_go_on"),
    [
        (NothingToScore(TrainingState("val_mae", [Epoch(1, {"val_mae": math.nan})]), None), False),
        (OSError("no space is left"), True),
    ],
)
def test_going_on_is_offered_where_it_may_help(error: Exception, may_go_on: bool, store: Store, tmp_path: Path) -> None:
    kept = recorded_run(recorder_of(store), tmp_path)
    run, folder = kept.__enter__()
    (folder.path / "epoch-00000001.checkpoint").touch()
    assert not kept.__exit__(type(error), error, None)
    offered = [note for note in getattr(error, "__notes__", []) if "--resume" in note]
    assert len(offered) == may_go_on
    assert status(store, run.run_id)[0] == "FAILED"


@pytest.mark.parametrize(
    "uri",
    ["http://me:secret@host:5000", "sqlite:////data/exp (1)/mlflow.db", "postgresql://h/d?sslmode=require&a='b',c"],
)
def test_the_command_that_goes_on_is_one_that_is_taken(uri: str) -> None:
    experiment = make_plan([f"tracking.uri={quoted(uri)}"]).experiments[0]
    words = shlex.split(shlex.join(resume_flags(experiment, ())))
    (parsed,), faults = parse(words)
    assert not faults
    assert (parsed.key, parsed.override.value()) == ("tracking.uri", masked(uri))


def test_of_a_run_found_dead_the_command_names_its_store_and_plugins(store: Store, tmp_path: Path) -> None:
    tags, params = {"seqexp.plugins": "own.py 0123, my layers.py 4567"}, {"tracking.uri": "sqlite:////data/a b.db"}
    recorder = RunRecorder(store, "e", "run", "run", {CHECKPOINTS_TAG: str(tmp_path), **tags}, params, None, None)
    run = recorder.__enter__()
    folder = RunFolder(tmp_path / run.run_id)
    folder.lock(store.shown)
    (folder.path / "epoch-00000003.checkpoint").touch()
    folder.release(is_recorded=False)
    said: list[str] = []
    report_crashed_runs(store, tmp_path, said.append)
    (line,) = said
    command = f"seqexp train --resume {run.run_id} 'tracking.uri=\"sqlite:////data/a b.db\"' "
    assert line.endswith(f"{command}--plugin own.py --plugin 'my layers.py' goes on after epoch 3")


def test_a_run_whose_end_could_not_be_written_is_found_as_a_crashed_one(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space is left")

    kept = recorded_run(recorder_of(store, "sweep"), tmp_path)
    run, folder = kept.__enter__()
    with monkeypatch.context() as patch:
        patch.setattr(Spool, "append", full)
        ended = ValueError("what ended it")
        assert not kept.__exit__(ValueError, ended, None)
    assert "can't be written: no space is left" in ended.__notes__[0]
    assert status(store, run.run_id) == ("RUNNING", None)
    assert not RunFolder(folder.path).is_locked
    said: list[str] = []
    report_crashed_runs(store, tmp_path, said.append)
    assert status(store, run.run_id) == ("KILLED", "its process died")
    (line,) = said
    assert line.startswith(f"sweep (run {run.run_id}): its process died (process ")
    assert line.endswith("Run the command that began it again with --resume: it goes on with its jobs.")

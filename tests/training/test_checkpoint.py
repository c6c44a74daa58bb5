"""Checkpoints: what is written is read, half of one never is, and a training goes on as if it had not stopped."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.data.series.cutting import make_windows
from seqexp.models.events import Epoch, Snapshot
from seqexp.models.network import build_network
from seqexp.models.training_state import TrainingDiverged
from seqexp.tasks.target import Problem
from seqexp.training import checkpoint
from seqexp.training.checkpoint import (
    Checkpoint,
    CheckpointError,
    decode,
    encode,
    newest_epoch,
    read_newest,
    write_checkpoint,
)
from tests.factories import small_experiment, small_windows, train, wave_series
from tests.paths import REPO
from tests.training.states import FACTS, state_after


def assert_same(one: Checkpoint, other: Checkpoint) -> None:
    for name in ("variables", "optimizer", "good"):
        assert_same_arrays(getattr(one.snapshot, name), getattr(other.snapshot, name))
    np.testing.assert_equal(one.snapshot.last_norm, other.snapshot.last_norm)
    assert one.state.monitor == other.state.monitor
    np.testing.assert_equal([vars(e) for e in one.state.epochs], [vars(e) for e in other.state.epochs])
    np.testing.assert_equal(one.state.best and vars(one.state.best), other.state.best and vars(other.state.best))
    assert_same_arrays(one.state.best_weights or [], other.state.best_weights or [])
    if one.state.best_predictions is None:
        assert other.state.best_predictions is None
    else:
        assert_same_arrays([one.state.best_predictions], [other.state.best_predictions])


def assert_same_arrays(ones: Any, others: Any) -> None:
    assert len(ones) == len(others)
    for one, other in zip(ones, others, strict=True):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())


@pytest.mark.parametrize(("epochs", "best"), [(1, None), (1, 1), (12, 4)])
def test_what_is_written_is_read(tmp_path: Path, epochs: int, best: int | None) -> None:
    state = state_after(epochs, best)
    write_checkpoint(tmp_path, state, FACTS)
    found, facts, notes = read_newest(tmp_path)
    assert_same(found, state)
    assert facts == FACTS
    assert notes == []
    if best is not None:
        assert found.state.best is found.state.epochs[best - 1]


def test_the_first_line_names_format_and_sha256(tmp_path: Path) -> None:
    line, _, body = encode(state_after(1, 1), FACTS).partition(b"\n")
    assert line.decode() == f"seqexp checkpoint 1 {hashlib.sha256(body).hexdigest()}"


CONTENT = encode(state_after(2, 1), FACTS)


@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_any_byte_that_changed_is_noticed(place: int, by: int) -> None:
    damaged = bytearray(CONTENT)
    damaged[place] ^= by
    with pytest.raises(CheckpointError):
        decode(bytes(damaged))


@given(st.integers(0, len(CONTENT) - 1))
def test_any_cut_is_noticed(end: int) -> None:
    with pytest.raises(CheckpointError):
        decode(CONTENT[:end])


def test_another_format_is_told() -> None:
    with pytest.raises(CheckpointError, match=r"\b2\b.*\b1\b"):
        decode(CONTENT.replace(b"checkpoint 1", b"checkpoint 2", 1))


@pytest.mark.parametrize(
    "other",
    [
        {"epochs": [{"number": "x", "metrics": {}}]},
        {"epochs": [{"number": 1, "metrics": {"val_mae": "low"}}]},
        {"epochs": [{"number": 1, "metrics": {"loss": 1.0}}]},
        {"monitor": "another"},
        {"last_norm": "x"},
        {"best": 99},
        {"best": 0},
        {"counts": {}},
    ],
)
def test_other_fields_are_told_whatever_the_sha256_says(other: dict[str, Any]) -> None:
    body = CONTENT.partition(b"\n")[2]
    with np.load(io.BytesIO(body)) as arrays:
        written = dict(arrays)
    head = {**json.loads(written.pop("head").tobytes()), **other}
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, head=np.frombuffer(json.dumps(head).encode(), np.uint8), **written)
    sha = hashlib.sha256(content.getvalue()).hexdigest()
    with pytest.raises(CheckpointError, match="fields"):
        decode(b"seqexp checkpoint 1 %s\n%s" % (sha.encode(), content.getvalue()))


def test_two_are_kept_and_the_one_before_stands_in_for_a_damaged_one(tmp_path: Path) -> None:
    for epoch in range(9, 13):
        write_checkpoint(tmp_path, state_after(epoch, 3), FACTS)
    assert [path.name for path in checkpoint.files(tmp_path)] == [
        "epoch-00000012.checkpoint",
        "epoch-00000011.checkpoint",
    ]
    assert newest_epoch(checkpoint.files(tmp_path)) == 12
    newest = checkpoint.files(tmp_path)[0]
    newest.write_bytes(newest.read_bytes()[:-1])
    found, _, (note,) = read_newest(tmp_path)
    assert found.epoch == 11
    assert note.startswith(f"{newest} ")
    assert "SHA-256" in note
    checkpoint.files(tmp_path)[1].write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"12\.checkpoint .*\n.*11\.checkpoint "):
        read_newest(tmp_path)


def test_where_there_is_none_the_folder_is_told(tmp_path: Path) -> None:
    assert newest_epoch(checkpoint.files(tmp_path / "nowhere")) == 0
    with pytest.raises(CheckpointError, match=f"no checkpoint in {tmp_path / 'nowhere'}"):
        read_newest(tmp_path / "nowhere")


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checkpoint(tmp_path, state_after(1, 1), FACTS)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match=f"the checkpoint of epoch 2 .* in {tmp_path}: No space left on device"):
        write_checkpoint(tmp_path, state_after(2, 1), FACTS)
    monkeypatch.undo()
    assert read_newest(tmp_path)[0].epoch == 1


# Writes epochs 1, 2, ...; in the given call of the given function, counted from 1, the process dies at once: before the
# call does its work, or after.
DIES = """
import os, signal, sys
from pathlib import Path
from tests.training.states import FACTS, state_after
from seqexp.training import checkpoint

folder, name, number, when = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
real, calls = getattr(os, name), 0

def dying(*arguments):
    global calls
    calls += 1
    if calls == number and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = real(*arguments)
    if calls == number and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
    return done

setattr(os, name, dying)
for epoch in range(1, 5):
    checkpoint.write_checkpoint(folder, state_after(epoch, 1, fill=epoch), FACTS)
    (folder / "done").write_text(str(epoch))
"""


@pytest.mark.parametrize(
    ("name", "number", "when", "epochs"),
    [
        ("fsync", 5, "before", {2}),  # the draft of epoch 3 is not on the disk
        ("fsync", 5, "after", {2}),  # it is, without its name
        ("replace", 3, "before", {2}),
        ("replace", 3, "after", {3}),  # it has its name, but perhaps not after a power cut
        ("fsync", 6, "after", {3}),
        ("unlink", 1, "before", {3}),  # that of epoch 1 is still there
        ("replace", 1, "before", set()),
    ],
)
def test_a_process_that_dies_while_it_writes_leaves_a_whole_one(
    tmp_path: Path, name: str, number: int, when: str, epochs: set[int]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIES, str(tmp_path), name, str(number), when],
        cwd=REPO,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == -9, done.stderr
    if not epochs:
        with pytest.raises(CheckpointError, match="no checkpoint"):
            read_newest(tmp_path)
        return
    found, _, notes = read_newest(tmp_path)
    assert {found.epoch} == epochs
    assert notes == []
    assert_same(found, state_after(found.epoch, 1, fill=found.epoch))
    write_checkpoint(tmp_path, state_after(9, 1), FACTS)  # what was left behind goes
    assert len(checkpoint.files(tmp_path)) == 2
    assert list(tmp_path.glob("*.draft")) == []


MODELS = {
    "gru_dropout": ("model=gru_dropout", "training.optimizer=adam"),
    "stacked": (
        "model=gru_stacked",
        "model.units=4",
        "model.top_units=4",
        "dataset.sampling=epoch",
        "training.steps_per_epoch=null",
    ),
    "xla": ("model=tcn", "model.filters=4", "model.dropout=0.3", "training.optimizer=nadam"),
}


@pytest.mark.parametrize(
    "name", [name if name != "xla" else pytest.param(name, marks=pytest.mark.slow) for name in MODELS]
)
def test_a_training_that_goes_on_is_the_one_that_never_stopped(name: str, tmp_path: Path) -> None:
    setup = small_experiment(*MODELS[name], "training.epochs=4")
    windows = make_windows(wave_series(), setup)
    jit = name == "xla"

    def network() -> Any:
        return build_network(setup.model, Problem(windows.shape), seed=setup.seed)

    written: dict[int, bytes] = {}

    def keep(state: Checkpoint) -> None:
        written[state.epoch] = encode(state, FACTS)

    whole = network()
    reached = train(whole, windows, setup, jit=jit, keep=keep)
    assert list(written) == [1, 2, 3, 4]
    expected = [v.numpy() for v in whole.variables]
    assert any("seed" in variable.path for variable in whole.variables)
    for epoch in (2,) if jit else (1, 4):  # XLA compiles for seconds
        other = network()
        begin, _ = decode(written[epoch])
        went_on = train(other, windows, setup, jit=jit, begin=begin)
        assert_same_arrays([v.numpy() for v in other.variables], expected)
        assert [without_time(e) for e in went_on.epochs] == [without_time(e) for e in reached.epochs]
        assert went_on.best is not None
        assert reached.best is not None
        assert went_on.best.number == reached.best.number
        assert_same_arrays(went_on.best_weights, reached.best_weights)
        assert_same_arrays([went_on.best_predictions], [reached.best_predictions])


def without_time(epoch: Epoch) -> dict[str, float]:
    return {**epoch.metrics, "epoch_seconds": epoch.number}


@pytest.mark.slow
def test_without_the_states_of_dropout_and_optimizer_it_would_not_be() -> None:
    """The test above could not fail otherwise."""
    setup = small_experiment(*MODELS["gru_dropout"], "training.epochs=2")
    windows = make_windows(wave_series(), setup)
    states: list[Checkpoint] = []
    whole = build_network(setup.model, Problem(windows.shape), seed=0)
    train(whole, windows, setup, keep=lambda state: states.append(decode(encode(state, {}))[0]))
    fresh = build_network(setup.model, Problem(windows.shape), seed=0)
    for forgotten in ("seeds", "optimizer"):
        begin = decode(encode(states[0], {}))[0]
        variables, optimizer = list(begin.snapshot.variables), list(begin.snapshot.optimizer)
        if forgotten == "seeds":
            paths = [v.path for v in whole.variables]
            variables = [
                start.numpy() if "seed" in path else value
                for path, value, start in zip(paths, variables, fresh.variables, strict=True)
            ]
        else:
            optimizer = [np.zeros_like(value) if value.ndim else value for value in optimizer]
        other = build_network(setup.model, Problem(windows.shape), seed=0)
        train(
            other,
            windows,
            setup,
            begin=Checkpoint(Snapshot(variables, optimizer, [], begin.snapshot.last_norm), begin.state),
        )
        assert any(
            (a.numpy() != b.numpy()).any() for a, b in zip(other.variables, whole.variables, strict=True) if a.trainable
        )


@pytest.mark.slow
def test_patience_goes_on_counting() -> None:
    setup = small_experiment("model=mlp", "training.learning_rate=0.02", "training.epochs=40", "training.patience=3")
    windows = small_windows("model=mlp")  # noise: it soon gets worse
    written: list[bytes] = []
    whole = train(
        build_network(setup.model, Problem(windows.shape), seed=0),
        windows,
        setup,
        keep=lambda state: written.append(encode(state, {})),
    )
    assert 3 < len(whole.epochs) < 40
    for content in written[-4:]:  # the last one is that of a training at its end
        begin, _ = decode(content)
        went_on = train(build_network(setup.model, Problem(windows.shape), seed=0), windows, setup, begin=begin)
        assert [without_time(e) for e in went_on.epochs] == [without_time(e) for e in whole.epochs]


def test_the_last_finite_weights_go_along_where_the_present_ones_are_not() -> None:
    setup = small_experiment("model=mlp", "training.optimizer=sgd", "training.steps_per_epoch=1", "training.epochs=3")
    windows = small_windows("model=mlp")
    network = build_network(setup.model, Problem(windows.shape), seed=0)
    start = network.get_weights()
    states: list[Checkpoint] = []

    def spoil(state: Checkpoint) -> None:
        assert state.snapshot.good == []
        weights = [np.full_like(weight, np.inf) for weight in network.get_weights()]
        snapshot = Snapshot(weights, state.snapshot.optimizer, start, state.snapshot.last_norm)
        spoilt = Checkpoint(snapshot, state.state)
        states.append(decode(encode(spoilt, {}))[0])

    train(
        network,
        windows,
        setup.model_copy(update={"training": setup.training.model_copy(update={"epochs": 1})}),
        keep=spoil,
    )
    other = keras.models.clone_model(network)
    begin = states[0]
    with pytest.raises(TrainingDiverged) as caught:
        train(other, windows, setup, begin=begin)
    assert f"last finite one {begin.snapshot.last_norm:g}" in str(caught.value)
    assert_same_arrays(other.get_weights(), start)

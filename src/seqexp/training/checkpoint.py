"""Checkpoints: a training between two epochs, in one file that is there in whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqexp.models.events import Epoch, Snapshot
from seqexp.models.training_state import TrainingState

# Raise it when the layout changes: older files are then refused.
VERSION = 1

Facts = Mapping[str, Any]  # what is to be known with a checkpoint, as JSON allows

_MAGIC = b"seqexp checkpoint"
_NAME = re.compile(r"epoch-(\d{8,})\.checkpoint")
_KEPT = 2  # the newest, and the one before for the case that the newest is damaged


class CheckpointError(Exception):
    """A checkpoint can't be written, or none can be read. The message names the file or the folder."""


@dataclass(frozen=True)
class Checkpoint:
    """All that a training goes on from: the network, and what came of the epochs that are completed."""

    snapshot: Snapshot
    state: TrainingState

    @property
    def epoch(self) -> int:
        """How many epochs are completed."""
        return len(self.state.epochs)


def encode(checkpoint: Checkpoint, facts: Facts) -> bytes:
    """Return a checkpoint as bytes: a line with version and SHA-256, then an npz without pickled objects."""
    snapshot, state = checkpoint.snapshot, checkpoint.state
    groups = {
        "variable": snapshot.variables,
        "optimizer": snapshot.optimizer,
        "good": snapshot.good,
        "best": state.best_weights or [],
        "predictions": [] if state.best_predictions is None else [state.best_predictions],
    }
    head = {
        "facts": dict(facts),
        "counts": {name: len(arrays) for name, arrays in groups.items()},
        "last_norm": snapshot.last_norm,
        "monitor": state.monitor,
        "best": state.best.number if state.best else None,
        "epochs": [asdict(epoch) for epoch in state.epochs],
    }
    arrays = {f"{name}-{index}": np.asarray(a) for name, group in groups.items() for index, a in enumerate(group)}
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, head=np.frombuffer(json.dumps(head).encode(), np.uint8), **arrays)
    body = content.getvalue()
    return b"%s %d %s\n%s" % (_MAGIC, VERSION, hashlib.sha256(body).hexdigest().encode(), body)


def decode(content: bytes) -> tuple[Checkpoint, Facts]:
    """Return what `encode` was given.

    Raises:
        CheckpointError: The bytes are not those of a whole checkpoint of this version.
    """
    line, _, body = content.partition(b"\n")
    written = re.fullmatch(rb"%s (\d+) ([0-9a-f]{64})" % _MAGIC, line)
    if written is None:
        raise CheckpointError("it is not a checkpoint, or its first bytes are damaged")
    if int(written[1]) != VERSION:
        raise CheckpointError(f"its format is {int(written[1])}, and this seqexp reads format {VERSION}")
    if hashlib.sha256(body).hexdigest().encode() != written[2]:
        raise CheckpointError("it is damaged: its SHA-256 differs from the one that was written")
    try:
        return _decoded(body)
    except (KeyError, TypeError, ValueError, StopIteration, AttributeError, OSError, zipfile.BadZipFile) as error:
        what = f"{type(error).__name__}: {error}"
        raise CheckpointError(f"its fields are others than this seqexp writes ({what})") from error


def _decoded(body: bytes) -> tuple[Checkpoint, Facts]:
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        head = json.loads(arrays["head"].tobytes())
        groups = {name: [arrays[f"{name}-{index}"] for index in range(count)] for name, count in head["counts"].items()}
    state = TrainingState(head["monitor"], [Epoch(**epoch) for epoch in head["epochs"]])
    for number, epoch in enumerate(state.epochs, 1):
        are_numbers = all(isinstance(value, int | float) for value in epoch.metrics.values())
        if epoch.number != number or not are_numbers or state.monitor not in epoch.metrics:
            raise ValueError(f"epoch {number} is another")
    if head["best"] is not None:
        state.best = next(epoch for epoch in state.epochs if epoch.number == head["best"])
        state.best_weights, (state.best_predictions,) = groups["best"], groups["predictions"]
    snapshot = Snapshot(groups["variable"], groups["optimizer"], groups["good"], float(head["last_norm"]))
    return Checkpoint(snapshot, state), head["facts"]


def write_checkpoint(folder: Path, checkpoint: Checkpoint, facts: Facts) -> None:
    """Write the checkpoint of an epoch; whenever the process dies, this file or the one before it is whole.

    The folder exists and is of this run alone.

    Raises:
        CheckpointError: It can't be written; those before are still there.
    """
    path = folder / f"epoch-{checkpoint.epoch:08d}.checkpoint"
    draft = path.with_suffix(".draft")
    try:
        with draft.open("wb") as file:
            file.write(encode(checkpoint, facts))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(folder)
        for old in files(folder)[_KEPT:]:
            old.unlink()
        for left in folder.glob("*.draft"):
            left.unlink()  # of a process that died while it wrote
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)  # on a full disk it would take the room for what is recorded of the failure
        reason = error.strerror or error
        raise CheckpointError(
            f"the checkpoint of epoch {checkpoint.epoch} can't be written in {folder}: {reason}"
        ) from error


def _sync_folder(folder: Path) -> None:
    """Have the folder's new entry on the disk, too: without it a power cut could take the file back."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def files(folder: Path) -> list[Path]:
    """Return a run's checkpoints, the newest first; none where there is no folder."""
    found = [path for path in folder.glob("epoch-*.checkpoint") if _NAME.fullmatch(path.name) and path.is_file()]
    return sorted(found, key=lambda path: -newest_epoch([path]))


def newest_epoch(paths: Sequence[Path]) -> int:
    """Return the epoch after which the first of these checkpoints was written; 0 if there is none."""
    matches = [_NAME.fullmatch(path.name) for path in paths[:1]]
    return int(matches[0][1]) if matches and matches[0] else 0


def read_newest(folder: Path) -> tuple[Checkpoint, Facts, list[str]]:
    """Return the newest checkpoint that is whole, its facts, and what is wrong with newer ones, a line each.

    Raises:
        CheckpointError: There is none; the message says what is wrong with those there are.
    """
    notes: list[str] = []
    for path in files(folder):
        try:
            return *decode(path.read_bytes()), notes
        except (CheckpointError, OSError) as error:
            notes.append(f"{path} can't be used: {error}")
    raise CheckpointError("\n".join(notes) or f"no checkpoint in {folder}")

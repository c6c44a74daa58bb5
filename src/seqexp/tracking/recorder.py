"""The recorder of one run: what it records is on the disk at once, and in the MLflow store as soon as that takes it."""

from __future__ import annotations

import json
import shutil
import tempfile
import traceback
import uuid
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from seqexp.config.output.secrets import masked, masked_values
from seqexp.tracking.endings import Pruned, Terminated
from seqexp.tracking.mlflow_values import (
    LONGEST_TAG,
    as_name,
    cut,
    failure_line,
    is_same_figure,
    json_ready,
    mlflow_key,
    mlflow_tags,
    now_ms,
    params_in_batches,
    values_cut,
)
from seqexp.tracking.reading.artifacts import WHOLE_VALUES
from seqexp.tracking.run_folder import RunFolder
from seqexp.tracking.spool.operations import LOCAL_ID_TAG
from seqexp.tracking.spool.outbox import NO_STORE, Outbox, created_run
from seqexp.tracking.spool.spool import SPOOL
from seqexp.tracking.store.store import Store, TrackingError
from seqexp.tracking.tags import FAILURE_TAG, PRUNED_TAG

RunKind = Literal["run", "sweep", "trial"]

PATIENCE = 15.0  # seconds for a silent store at the beginning and at the end of a run


@dataclass(eq=False)
class RunRecorder:
    """Records one run, from its creation to its end. Use it as a context manager.

    The run is created in the store, then everything goes into a spool in the run's folder, from which a thread delivers
    it to the store: a store that does not answer holds nothing up.

    At the end of the block the run is marked FINISHED. After an exception it is marked FAILED, with the traceback as
    the artifact traceback.txt and one line of it as the tag seqexp.failure; after Ctrl-C or `Terminated` it is marked
    KILLED; after `Pruned`, too, with the tag seqexp.pruned. The exception is raised on unchanged; where its end, or
    anything else, waits for the store, a note on the exception says so.

    Attributes:
        store: Where to; `NO_STORE`: nowhere yet.
        experiment: The MLflow experiment's name; created if need be.
        kind: "run", "sweep" (the parent of trials) or "trial".
        params: The resolved configuration, flattened. Values longer than MLflow allows are cut and marked, those of
            tags, too; the artifact `WHOLE_VALUES` has them whole.
        note: Free text shown with the run.
        parent: The id of the sweep's run.
        resumes: The id of an existing run that is resumed: its status becomes RUNNING again and `tags` are set, but its
            name, parameters, note and parent are not recorded a second time. None for a new run.
        runs_folder: The folder that holds the run's own, with its lock and its spool. None: a temporary folder, with
            which what the store has not taken is lost.
        patience: For how many seconds to wait for a silent store where the run begins, and where it ends.
        say: Prints a line for a person; another thread calls it, too.

    Raises:
        InputError: The experiment's name cannot be used, or another process has the run that is resumed.
        TrackingError: The store failed where the run began; the message names it.
        Undelivered: The run has finished, and the store has not taken all of it.

    Example:
        >>> with RunRecorder(store, "jena", "gru", "run", {}, {"seed": "1"}, None, None) as record:
        ...     record.log_epoch(1, {"loss": 0.31, "val_mae": 0.28})
    """

    store: Store
    experiment: str
    name: str
    kind: RunKind
    tags: Mapping[str, str]
    params: Mapping[str, str]
    note: str | None
    parent: str | None
    resumes: str | None = None
    runs_folder: Path | None = None
    patience: float = PATIENCE
    say: Callable[[str], None] = print
    is_ended: bool = field(default=False, init=False)  # whether its end is recorded, on the disk at least
    is_delivered: bool = field(default=False, init=False)  # whether it has ended, and the store has all of it
    folder: RunFolder | None = field(default=None, init=False)  # its own, in which its lock and its spool are
    _run_id: str | None = field(default=None, init=False)
    _had: Mapping[str, float] = field(default_factory=dict, init=False)
    _epochs: set[int] = field(default_factory=set, init=False)
    _outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self.name = as_name(self.name)
        self.params = masked_values(self.params)
        self.tags = masked_values(self.tags)
        self.note = None if self.note is None else masked(self.note)

    @property
    def run_id(self) -> str:
        """The id of the run, once the block was entered; without a store it is one of the run's own."""
        if self._run_id is None:
            raise RuntimeError("RunRecorder.run_id is known only inside its `with` block")
        return self._run_id

    @property
    def epochs_waiting(self) -> int:
        """How many epochs are on the disk, and not in the store as far as is known."""
        return sum(operation.is_epoch for operation in self._outbox.waiting)

    @property
    def is_refused(self) -> bool:
        """Whether the store has answered, and does not take what the run records."""
        return self._run_id is not None and self._outbox.is_refused

    def __enter__(self) -> Self:
        if self.resumes is not None:
            self._resume(self.resumes)
            return self
        own = mlflow_tags(self.name, self.note, self.parent, self.tags.get("seqexp.git_commit", ""))
        whole = {**self.tags, "seqexp.kind": self.kind, LOCAL_ID_TAG: uuid.uuid4().hex, **own}
        tags = {key: cut(value, LONGEST_TAG) for key, value in whole.items()}
        content = {"experiment": self.experiment, "name": self.name, "tags": tags, "time": now_ms()}
        offline = self.store is NO_STORE
        self._run_id = tags[LOCAL_ID_TAG] if offline else created_run(self.store, content, self.patience)
        self._open(self._run_id)
        try:
            if offline:
                self._outbox.put("create", content)
            for batch in params_in_batches(self.params):
                self._outbox.put("params", {"values": batch})
            if any((values := values_cut(self.params, whole)).values()):
                self.log_json(values, WHOLE_VALUES)
            self._outbox.settle(self.patience)
        except BaseException as error:
            self._end(error)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._set_status("FINISHED")
            self._finish(in_a_hurry=False)
        else:
            self._end(error)

    def recorded_epochs(self) -> set[int]:
        """Return the epochs whose metrics are recorded: those of an epoch are recorded together or not at all."""
        return set(self._epochs)

    def log_epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Record the metrics of a completed epoch, from 1, at once; NaN and infinities, too."""
        self._log_metrics(metrics, epoch)
        self._epochs.add(epoch)

    def log_summary(self, metrics: Mapping[str, float]) -> None:
        """Record metrics that a run has once, such as test_mae.

        A resumed run does not record again what it had recorded before it was interrupted.
        """
        new = {
            name: value for name, value in metrics.items() if not is_same_figure(self._had.get(mlflow_key(name)), value)
        }
        if new:
            self._log_metrics(new, 0)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags, replacing those of the same names."""
        self._outbox.put("tags", {"values": {key: cut(masked(value), LONGEST_TAG) for key, value in tags.items()}})

    def log_dataset(self, name: str, digest: str, source: str, facts: Mapping[str, object]) -> None:
        """Record which data the run was trained on, for the "Dataset" column of the MLflow UI.

        MLflow keeps the first 36 characters of the content's digest; the source is in words, and the facts are what is
        known about the data, such as rows and columns.
        """
        content = {"name": name, "digest": digest[:36], "source": masked(source), "facts": json_ready(facts)}
        self._outbox.put("dataset", content)

    def log_file(self, path: Path, folder: str | None = None) -> None:
        """Record a copy of a file as an artifact, in `folder` of the run's artifacts."""
        self._outbox.put_file(path.name, folder, lambda kept: shutil.copyfile(path, kept))

    def log_text(self, text: str, name: str) -> None:
        """Record `text` as the artifact `name`, such as "log.txt" or "plots/notes.txt"; secrets are masked."""
        folder, _, file = name.rpartition("/")
        self._outbox.put_file(file, folder or None, lambda kept: kept.write_text(masked(text), encoding="utf-8"))

    def log_json(self, obj: object, name: str) -> None:
        """Record `obj` as a JSON artifact; NaN and infinities become the strings that name them."""
        content = masked_values(json_ready(obj))
        self.log_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", name)

    def log_folder(self, path: Path, name: str) -> None:
        """Record all that is in the folder `path` as the artifact folder `name`."""
        for file in sorted(found for found in path.rglob("*") if found.is_file()):
            below = file.parent.relative_to(path).as_posix()
            self.log_file(file, name if below == "." else f"{name}/{below}")

    def settle(self) -> bool:
        """Let a store that answers take what was recorded so far, and return whether it has all of it.

        One that is silent already is not waited for.
        """
        return self._outbox.settle_in_a_hurry()

    def leave(self) -> list[str]:
        """Record that the run was killed, and return what is to be said of it.

        For another thread, where compiled code holds the main one up.
        """
        said = []
        if not self.is_ended:
            try:
                self._set_status("KILLED")
            except TrackingError as error:
                said.append(str(error))
        return [*said, *self._outbox.leave()]

    def _resume(self, run_id: str) -> None:
        if self.runs_folder is not None:
            self.folder = self._locked(self.runs_folder / run_id)
        data = self.store.run(run_id).data
        with self.store.reporting("read the recorded epochs"):
            self._epochs = {point.step for point in self.store.client.get_metric_history(run_id, "loss")}
        self._had, self._run_id = data.metrics, run_id
        self._open(run_id)
        for operation in self._outbox.waiting:
            if operation.is_epoch:
                self._epochs.add(operation.content["step"])
            elif operation.kind == "metrics":
                self._had = {**self._had, **operation.content["values"]}
        try:
            self._outbox.put("status", {"status": "RUNNING"})
            self.set_tags(self.tags)
            self._outbox.put("untag", {"key": FAILURE_TAG})
            self._outbox.settle(self.patience)
        except BaseException as error:
            self._end(error)
            raise

    def _locked(self, path: Path) -> RunFolder:
        folder = RunFolder(path)
        folder.lock(self.store.shown)
        return folder

    def _open(self, run_id: str) -> None:
        """Lock the run's folder, and begin to deliver what comes into its spool."""
        if self.runs_folder is None:
            path = Path(tempfile.mkdtemp(prefix="seqexp-"))
            weakref.finalize(self, shutil.rmtree, path, ignore_errors=True)
        else:
            self.folder = self.folder or self._locked(self.runs_folder / run_id)
            path = self.folder.path
        going_on = "the sweep" if self.kind == "sweep" else "training"
        self._outbox = Outbox(self.store, run_id, path / SPOOL, self.say, going_on)

    def _log_metrics(self, metrics: Mapping[str, float], step: int) -> None:
        values = {mlflow_key(name): float(value) for name, value in metrics.items()}
        self._outbox.put("metrics", {"values": values, "time": now_ms(), "step": step})

    def _end(self, error: BaseException) -> None:
        """Record how the run was ended by `error`; what goes wrong here becomes a note on it."""
        in_a_hurry = isinstance(error, KeyboardInterrupt | Terminated)
        try:
            if isinstance(error, Pruned):
                self.set_tags({PRUNED_TAG: str(error.epoch)})
            if in_a_hurry or isinstance(error, Pruned):
                self._set_status("KILLED")
            else:
                self._set_status("FAILED")
                self.set_tags({FAILURE_TAG: failure_line(error)})
                self.log_text("".join(traceback.format_exception(error)), "traceback.txt")
            self._finish(in_a_hurry=in_a_hurry)
        except TrackingError as failure:
            error.add_note(str(failure))

    def _set_status(self, status: Literal["FINISHED", "FAILED", "KILLED"]) -> None:
        self._outbox.put("status", {"status": status, "time": now_ms()})
        self.is_ended = True

    def _finish(self, *, in_a_hurry: bool) -> None:
        """Give the store time to take what is left.

        Raises:
            Undelivered: It has not.
        """
        if self.store is not NO_STORE:
            self._outbox.finish(self.patience, in_a_hurry=in_a_hurry)
            self.is_delivered = True

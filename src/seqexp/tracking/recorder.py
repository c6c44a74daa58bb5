"""The recorder of one run: it writes parameters, metrics, artifacts and the end of the run to the MLflow store."""

from __future__ import annotations

import contextlib
import io
import json
import math
import re
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from seqexp.config.errors import InputError
from seqexp.config.output.secrets import masked, masked_values
from seqexp.tracking.artifacts import WHOLE_VALUES
from seqexp.tracking.mlflow_values import LONGEST_PARAM, as_name, cut, failure_line, json_ready, mlflow_key, user_name
from seqexp.tracking.store import Store, TrackingError

RunKind = Literal["run", "sweep", "trial"]

# The tags of a run.
PRUNED_TAG = "seqexp.pruned"  # the epoch after which a search pruned it
JOB_DIGEST_TAG = "seqexp.job_digest"  # which job of a sweep it does
SHAPE_DIGEST_TAG = "seqexp.shape_digest"  # equal for runs whose training steps cost the same
GROUP_DIGEST_TAG = "seqexp.group_digest"  # equal for runs of one task that differ in nothing but their seeds
SCORED_TAG = "seqexp.scored"  # which targets it was scored on: equal where figures may be compared as recorded
SCALE_TAG = "seqexp.target_scale"  # the standard deviation of the target, in its unit
RESUMED_TAG = "seqexp.resumed"  # the epochs after which it was interrupted and then resumed
FAILURE_TAG = "seqexp.failure"  # one line about what ended it

_PARAMS_A_BATCH = 100
_LONGEST_TAG = 5000


class Terminated(BaseException):
    """The process has received SIGTERM; raised by the signal handler that the runner installs."""


class Pruned(Exception):
    """The pruner of a search has ended the run early, after an epoch that was completed."""

    def __init__(self, epoch: int) -> None:
        super().__init__(f"pruned after epoch {epoch}")
        self.epoch = epoch

    def __reduce__(self) -> tuple[type[Pruned], tuple[int]]:
        return Pruned, (self.epoch,)


@dataclass(eq=False)
class RunRecorder:
    """Records one run in the store, from its creation to its end. Use it as a context manager.

    At the end of the block the run is marked FINISHED. After an exception it is marked FAILED, with the traceback as
    the artifact traceback.txt and one line of it as the tag seqexp.failure; after Ctrl-C or `Terminated` it is marked
    KILLED; after `Pruned`, too, with the tag seqexp.pruned. The exception is raised on unchanged; where the end could
    not be recorded, a note on the exception says so.

    Attributes:
        experiment: The MLflow experiment's name; created if need be.
        kind: "run", "sweep" (the parent of trials) or "trial".
        params: The resolved configuration, flattened. Values longer than MLflow allows are cut and marked, those of
            tags, too; the artifact `WHOLE_VALUES` has them whole.
        note: Free text shown with the run.
        parent: The id of the sweep's run.
        resumes: The id of an existing run that is resumed: its status becomes RUNNING again and `tags` are set, but its
            name, parameters, note and parent are not recorded a second time. None for a new run.
        is_ended: Whether the store has recorded how the run ended.

    Raises:
        InputError: The experiment's name cannot be used.
        TrackingError: The store failed; the message names it.

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
    is_ended: bool = field(default=False, init=False)
    _run_id: str | None = field(default=None, init=False)
    _had: Mapping[str, float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.name = as_name(self.name)
        self.params = masked_values(self.params)
        self.tags = masked_values(self.tags)
        self.note = None if self.note is None else masked(self.note)

    @property
    def run_id(self) -> str:
        """The id of the run, once the block was entered."""
        if self._run_id is None:
            raise RuntimeError("RunRecorder.run_id is known only inside its `with` block")
        return self._run_id

    def __enter__(self) -> Self:
        if self.resumes is not None:
            self._resume(self.resumes)
            return self
        experiment_id = self.store.experiment_id(self.experiment)
        whole = self._all_tags()
        tags = {key: cut(value, _LONGEST_TAG) for key, value in whole.items()}
        with self.store.reporting(f"create the run {self.name!r}"):
            # By id and through the client, so an MLFLOW_RUN_ID in the environment changes nothing.
            run = self.store.client.create_run(experiment_id, tags=tags, run_name=self.name)
        self._run_id = run.info.run_id
        try:
            self._log_params()
            self._log_whole_values(whole)
        except BaseException as error:
            self._end(error)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            with self.store.reporting(f"finish the run {self.name!r}"):
                self._set_status("FINISHED")
        else:
            self._end(error)

    def recorded_epochs(self) -> set[int]:
        """Return the epochs whose metrics the store has: those of an epoch are recorded together or not at all."""
        with self.store.reporting("read the recorded epochs"):
            return {metric.step for metric in self.store.client.get_metric_history(self.run_id, "loss")}

    def log_epoch(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Record the metrics of a completed epoch, from 1, in one call to the store; NaN and infinities, too."""
        self._log_metrics(metrics, epoch, f"record the metrics of epoch {epoch}")

    def log_summary(self, metrics: Mapping[str, float]) -> None:
        """Record metrics that a run has once, such as test_mae.

        A resumed run does not record again what it had recorded before it was interrupted.
        """
        new = {name: value for name, value in metrics.items() if not _same(self._had.get(mlflow_key(name)), value)}
        if new:
            self._log_metrics(new, 0, "record the run's results")

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags, replacing those of the same names."""
        from mlflow.entities import RunTag

        entities = [RunTag(key, cut(masked(value), _LONGEST_TAG)) for key, value in tags.items()]
        with self.store.reporting("set tags"):
            self.store.client.log_batch(self.run_id, tags=entities, synchronous=True)

    def log_dataset(self, name: str, digest: str, source: str, facts: Mapping[str, object]) -> None:
        """Record which data the run was trained on, for the "Dataset" column of the MLflow UI.

        MLflow keeps the first 36 characters of the content's digest; the source is in words, and the facts are what is
        known about the data, such as rows and columns.
        """
        from mlflow.entities import Dataset, DatasetInput, InputTag
        from mlflow.exceptions import MlflowException

        dataset = Dataset(name, digest[:36], "local", json.dumps({"uri": masked(source)}), profile=json.dumps(facts))
        tags = [InputTag("mlflow.data.context", "training, validation, test")]
        inputs = [DatasetInput(dataset, tags)]
        with self.store.reporting("record the dataset"):
            try:
                self.store.client.log_inputs(self.run_id, inputs)
            except MlflowException:
                # Where several runs are the first of their data at once, one creates the dataset: it is there now.
                self.store.client.log_inputs(self.run_id, inputs)

    def log_file(self, path: Path, folder: str | None = None) -> None:
        """Record a copy of a file as an artifact, in `folder` of the run's artifacts."""
        with self.store.reporting(f"record the file {path.name}"):
            self.store.client.log_artifact(self.run_id, str(path), folder)

    def log_text(self, text: str, name: str) -> None:
        """Record `text` as the artifact `name`, such as "log.txt" or "plots/notes.txt"; secrets are masked."""
        text = masked(text)
        with self.store.reporting(f"record {name}"):
            self.store.client.log_text(self.run_id, text, name)

    def log_json(self, obj: object, name: str) -> None:
        """Record `obj` as a JSON artifact; NaN and infinities become the strings that name them."""
        content = masked_values(json_ready(obj))
        self.log_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", name)

    def log_folder(self, path: Path, name: str) -> None:
        """Record all that is in the folder `path` as the artifact folder `name`."""
        with self.store.reporting(f"record the folder {name}"):
            self.store.client.log_artifacts(self.run_id, str(path), name)

    def _resume(self, run_id: str) -> None:
        with self.store.reporting(f"go on with the run {self.name!r}"):
            self.store.client.update_run(run_id, status="RUNNING")
        self._run_id = run_id
        try:
            self.set_tags(self.tags)
            data = self.store.run(run_id).data
            self._had = data.metrics
            if FAILURE_TAG in data.tags:
                with self.store.reporting("remove a tag"):
                    self.store.client.delete_tag(run_id, FAILURE_TAG)
        except BaseException as error:
            self._end(error)
            raise

    def _all_tags(self) -> dict[str, str]:
        tags = {
            "seqexp.kind": self.kind,
            "mlflow.user": user_name(),
            "mlflow.source.name": "seqexp",
            "mlflow.source.type": "LOCAL",
        }
        if self.note:
            tags["mlflow.note.content"] = self.note
        if self.parent:
            tags["mlflow.parentRunId"] = self.parent
        commit = self.tags.get("seqexp.git_commit", "")
        if re.fullmatch("[0-9a-f]{40,64}", commit):
            tags["mlflow.source.git.commit"] = commit  # the UI's own column
        return {**self.tags, **tags, "mlflow.runName": self.name}

    def _log_params(self) -> None:
        from mlflow.entities import Param

        entities = (Param(mlflow_key(key), cut(value, LONGEST_PARAM)) for key, value in self.params.items())
        while batch := list(islice(entities, _PARAMS_A_BATCH)):
            with self.store.reporting("record the parameters"):
                self.store.client.log_batch(self.run_id, params=batch, synchronous=True)

    def _log_whole_values(self, tags: Mapping[str, str]) -> None:
        """Record whole what the store has cut; nothing where that is nothing."""
        values = {
            "params": {mlflow_key(key): text for key, text in self.params.items() if len(text) > LONGEST_PARAM},
            "tags": {key: text for key, text in tags.items() if len(text) > _LONGEST_TAG},
        }
        if any(values.values()):
            self.log_json(values, WHOLE_VALUES)

    def _log_metrics(self, metrics: Mapping[str, float], step: int, doing: str) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        entities = [Metric(mlflow_key(name), float(value), now, step) for name, value in metrics.items()]
        with self.store.reporting(doing):
            self.store.client.log_batch(self.run_id, metrics=entities, synchronous=True)

    def _end(self, error: BaseException) -> None:
        """Record how the run was ended by `error`; what goes wrong here becomes a note on it."""
        try:
            # Asked first: MLflow would retry for minutes, and the user waits for the error itself.
            self.store.check_answers()
            if isinstance(error, Pruned):
                self.set_tags({PRUNED_TAG: str(error.epoch)})
            if isinstance(error, KeyboardInterrupt | Terminated | Pruned):
                self._set_status("KILLED")
                return
            self._set_status("FAILED")
            self.set_tags({FAILURE_TAG: failure_line(error)})
            self.log_text("".join(traceback.format_exception(error)), "traceback.txt")
        except (TrackingError, InputError) as failure:
            error.add_note(f"The end of the run {self.name!r} could not be recorded: {failure}")

    def _set_status(self, status: Literal["FINISHED", "FAILED", "KILLED"]) -> None:
        with self.store.reporting(f"mark the run as {status}"), mlflow_stdout_discarded():
            self.store.client.set_terminated(self.run_id, status)
        self.is_ended = True


@contextlib.contextmanager
def mlflow_stdout_discarded() -> Iterator[None]:
    """Discard what is printed to stdout in the block: MLflow prints links there when a run on a server ends."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def _same(had: float | None, value: float) -> bool:
    return had is not None and (had == float(value) or (math.isnan(had) and math.isnan(value)))

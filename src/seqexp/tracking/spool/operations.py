"""How a store carries out what a run records: each operation may come twice, and changes nothing the second time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqexp.tracking.spool.spool import Operation
from seqexp.tracking.store.store import Store
from seqexp.tracking.store.uris import short_reason

LOCAL_ID_TAG = "seqexp.local_id"  # distinguishes a run before the store has given it an id

_TRY_LATER = (408, 425, 429)  # HTTP statuses of a server that asks for patience
_STATUS = re.compile(r"too many (\d{3}) error responses")
_LOST = ("connection reset", "connection aborted", "remote end closed connection")


def perform(store: Store, run_id: str, operation: Operation, folder: Path) -> None:
    """Have the store carry out an operation of a run; `folder` is that of its spool.

    Raises:
        MlflowException: The store failed, or refused it.
        OSError: The same, from the HTTP client or the artifacts' disk.
    """
    from mlflow.entities import Metric, Param, RunTag

    client, content = store.client, operation.content
    match operation.kind:
        case "params":
            params = [Param(key, value) for key, value in content["values"].items()]
            client.log_batch(run_id, params=params, synchronous=True)
        case "metrics":
            # A store keeps no second metric of the same name, value, time and step.
            now, step = content["time"], content["step"]
            metrics = [Metric(key, value, now, step) for key, value in content["values"].items()]
            client.log_batch(run_id, metrics=metrics, synchronous=True)
        case "tags":
            tags = [RunTag(key, value) for key, value in content["values"].items()]
            client.log_batch(run_id, tags=tags, synchronous=True)
        case "untag":
            if content["key"] in client.get_run(run_id).data.tags:
                client.delete_tag(run_id, content["key"])
        case "dataset":
            _log_dataset(store, run_id, content)
        case "file":
            client.log_artifact(run_id, str(folder / content["file"]), content["folder"])
        case "status":
            if content["status"] == "RUNNING":
                client.update_run(run_id, status="RUNNING")
            else:
                client.set_terminated(run_id, content["status"], content["time"])
        case "create":
            raise AssertionError("a run is created by `create_run`, which returns its id")


def create_run(store: Store, content: Mapping[str, Any], *, may_exist: bool) -> str:
    """Create a run and return its id; where it may exist, since a reply was lost, it is looked for before.

    Raises:
        InputError: The experiment's name can't be used.
        TrackingError: The store failed, or refused it.
    """
    experiment_id = store.experiment_id(content["experiment"])
    if may_exist:
        found = store.runs([experiment_id], f"tags.`{LOCAL_ID_TAG}` = '{content['tags'][LOCAL_ID_TAG]}'")
        for run in found:
            return str(run.info.run_id)
    with store.reporting(f"create the run {content['name']!r}"):
        # By id and through the client, so an MLFLOW_RUN_ID in the environment changes nothing.
        run = store.client.create_run(experiment_id, content["time"], dict(content["tags"]), content["name"])
    return str(run.info.run_id)


def is_refusal(error: BaseException) -> bool:
    """Return whether a store has understood what it was asked and refuses it; else it may take it a moment later."""
    from mlflow.exceptions import MlflowException
    from requests import HTTPError

    cause = error.__cause__ or error
    if isinstance(cause, MlflowException):
        status = int(cause.get_http_status_code())  # type: ignore[no-untyped-call]
    elif isinstance(cause, HTTPError) and cause.response is not None:
        status = cause.response.status_code
    else:
        return not isinstance(cause, OSError) or isinstance(cause, FileNotFoundError)
    return 400 <= status < 500 and status not in _TRY_LATER


def reason_of(error: BaseException) -> str:
    """Return in a few words why a store did not carry out an operation."""
    error = error.__cause__ or error  # not what names the store, which stands beside it
    text = str(error)
    status = _STATUS.search(text)
    if status is not None:
        return f"HTTP status {status[1]}"
    lost = any(words in text.lower() for words in _LOST)
    return "the connection was lost" if lost else short_reason(error)


def _log_dataset(store: Store, run_id: str, content: Mapping[str, Any]) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source, facts = json.dumps({"uri": content["source"]}), json.dumps(content["facts"])
    dataset = Dataset(content["name"], content["digest"], "local", source, profile=facts)
    tags = [InputTag("mlflow.data.context", "training, validation, test")]
    store.client.log_inputs(run_id, [DatasetInput(dataset, tags)])

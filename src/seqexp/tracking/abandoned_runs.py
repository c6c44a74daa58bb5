"""End a run whose own process is no longer there to do it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from typing import Literal

from seqexp.tracking.as_recorded import as_name
from seqexp.tracking.store import Store

LEFT_OPEN = ("RUNNING", "SCHEDULED")


def end_abandoned(
    store: Store, run_id: str, status: Literal["FAILED", "KILLED"], failure: str, texts: Mapping[str, str]
) -> None:
    """Mark a run that nobody ended; one that was ended stays as it is.

    Args:
        store: Where it was recorded.
        run_id: Its id.
        status: What it becomes.
        failure: How its process ended: the tag seqexp.failure.
        texts: Artifacts that it could not write itself, by name; empty ones are left out.

    Raises:
        TrackingError: The store failed.
    """
    with store.reporting(f"mark the run {run_id} as {status}"), contextlib.redirect_stdout(io.StringIO()):
        if store.client.get_run(run_id).info.status not in LEFT_OPEN:
            return
        store.client.set_tag(run_id, "seqexp.failure", failure)
        for name, text in texts.items():
            if text:
                store.client.log_text(run_id, text, name)
        store.client.set_terminated(run_id, status)


def open_child(store: Store, experiment: str, parent: str, name: str) -> str | None:
    """Return the id of the run that a sweep's job has left open, or None.

    Args:
        store: Where it was recorded.
        experiment: The experiment's name.
        parent: The id of the sweep's run.
        name: The job's name.

    Raises:
        TrackingError: The store failed.
    """
    found = store.runs([store.experiment_id(experiment)], f"tags.`mlflow.parentRunId` = '{parent}'")
    own = as_name(name)
    return next((r.info.run_id for r in found if r.info.run_name == own and r.info.status in LEFT_OPEN), None)

"""A run as a person names it, and the files that were recorded with it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.config.errors import InputError, nearest, shown
from seqexp.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

_LISTED = 5


def find_run(store: Store, text: str) -> Run:
    """Return the run with this id, else the newest of this name, else the one whose id begins so.

    Args:
        store: Where the runs are.
        text: A run's id, name, or the beginning of an id.

    Raises:
        InputError: There is no such run, or several have ids that begin so.
        TrackingError: The store cannot be read.
    """
    return find_runs(store, [text])[0]


def find_runs(store: Store, texts: Sequence[str]) -> list[Run]:
    """Return the run of each text, as `find_run` does, with the store read once.

    Raises:
        InputError: There is no such run for some of them, or several; a fault each.
        TrackingError: The store cannot be read.
    """
    experiments = list(store.experiments().values())
    runs = sorted(store.runs(experiments), key=lambda run: -run.info.start_time) if experiments else []
    found: list[Run] = []
    faults: list[str] = []
    for text in texts:
        candidates = _meant(runs, text)
        if len(candidates) == 1:
            found += candidates
        else:
            faults.append(_not_one(store, runs, text, candidates))
    if faults:
        raise InputError(faults)
    return found


def _meant(runs: Sequence[Run], text: str) -> list[Run]:
    """Return the run that a text means; several, where the beginning of an id leaves it open; none."""
    for run in runs:
        if run.info.run_id == text:
            return [run]
    for run in runs:
        if run.info.run_name == text:
            return [run]
    return [run for run in runs if text and run.info.run_id.startswith(text.lower())]


def _not_one(store: Store, runs: Sequence[Run], text: str, begun: Sequence[Run]) -> str:
    if begun:
        return (
            f"RUN must be the id of one run. Received: {shown(text)}, with which {len(begun)} begin: {_listed(begun)}"
        )
    names = list(dict.fromkeys(str(run.info.run_name) for run in runs))
    ids = [str(run.info.run_id) for run in runs] if re.fullmatch("[0-9a-fA-F]{8,}", text) else []
    longer = [name for name in names if text and name.startswith(text)]
    hint = nearest(text, [*names, *ids]) or (f" Did you mean {longer[0]!r}?" if longer else "")
    return (
        f"RUN must be a run's id, the beginning of one, or a run's name, as seqexp ls runs lists them; {store.shown} "
        f"has {len(runs):,} runs. Received: {shown(text)}.{hint}"
    )


def run_label(run: Run) -> str:
    """Return which run it is: "gru (id 1f2e…, started 2026-01-31 12:30)"."""
    started = datetime.fromtimestamp(run.info.start_time / 1000)
    return f"{run.info.run_name} (id {run.info.run_id}, started {started:%Y-%m-%d %H:%M})"


def read_artifacts(store: Store, run_id: str, names: Sequence[str]) -> dict[str, bytes]:
    """Return the content of those of a run's files that it has.

    Args:
        store: Where the run is.
        run_id: The run's id.
        names: Files at the root of its artifacts.

    Raises:
        TrackingError: The store, or where it keeps files, cannot be read.
    """
    with store.reporting(f"read the files of the run {run_id}"), tempfile.TemporaryDirectory() as folder:
        there = {item.path for item in store.client.list_artifacts(run_id)}
        return {
            name: Path(store.client.download_artifacts(run_id, name, folder)).read_bytes()
            for name in names
            if name in there
        }


def _listed(runs: Sequence[Run]) -> str:
    more = f" and {len(runs) - _LISTED} more" if len(runs) > _LISTED else ""
    return ", ".join(f"{run.info.run_id} ({run.info.run_name})" for run in runs[:_LISTED]) + more

"""Find the runs that a person names by an id, the beginning of an id, or a name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from seqexp.config.errors import Fault, nearest, raise_any, shown, wrong
from seqexp.config.output.printable import one_line
from seqexp.tracking.reading.stored_runs import StoredRun, read_runs
from seqexp.tracking.store.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

_LISTED = 5


def find_run(store: Store, text: str) -> Run:
    """Return the run with this id, else the newest of this name, else the one whose id begins so.

    Raises:
        InputError: There is no such run, or several have ids that begin so.
        TrackingError: The store cannot be read.
    """
    (found,) = find_runs(store, [text])
    return store.run(found.run_id)


def find_runs(store: Store, texts: Sequence[str]) -> list[StoredRun]:
    """Return the run that each text means, as `find_run` does; the store is read once.

    Raises:
        InputError: There is no such run for some of them, or several; a fault each.
        TrackingError: The store cannot be read.
    """
    runs = {run.run_id: run for run in read_runs(store)}  # the newest first
    names = {run_id: run.name for run_id, run in runs.items()}
    meant = {text: _meant(names, text) for text in texts}
    faults = [_not_one(store, names, text, ids) for text, ids in meant.items() if len(ids) != 1]
    raise_any(faults)
    return [runs[meant[text][0]] for text in texts]


def _meant(names: Mapping[str, str], text: str) -> list[str]:
    """Return the ids of the runs that a text may mean: one, several that begin with it, or none."""
    if text in names:
        return [text]
    named = [run_id for run_id, name in names.items() if name == text]
    return named[:1] or [run_id for run_id in names if text and run_id.startswith(text.lower())]


def _not_one(store: Store, names: Mapping[str, str], text: str, several: Sequence[str]) -> Fault:
    if several:
        listed = _listed([f"{run_id} ({names[run_id]})" for run_id in several])
        return wrong(
            "RUN", f"must be the id of one run. Received: {shown(text)}, with which {len(several)} begin: {listed}"
        )
    known = list(dict.fromkeys(names.values()))
    ids = list(names) if re.fullmatch("[0-9a-fA-F]{8,}", text) else []
    longer = [name for name in known if text and name.startswith(text)]
    hint = nearest(text, [*known, *ids]) or (f" Did you mean {longer[0]!r}?" if longer else "")
    return wrong(
        "RUN",
        f"must be a run's id, the beginning of one, or a run's name, as seqexp ls runs lists them; {store.shown} "
        f"has {len(names):,} run{'' if len(names) == 1 else 's'}. Received: {shown(text)}.{hint}",
    )


def run_label(run: Run) -> str:
    """Return a run's name, id and start: "gru (id 1f2e…, started 2026-01-31 12:30)"."""
    started = datetime.fromtimestamp((run.info.start_time or 0) / 1000)
    return f"{one_line(run.info.run_name or run.info.run_id)} (id {run.info.run_id}, started {started:%Y-%m-%d %H:%M})"


def _listed(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _LISTED} more" if len(texts) > _LISTED else ""
    return ", ".join(texts[:_LISTED]) + more

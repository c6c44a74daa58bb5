"""The runs of a store, newest first, however they ended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from seqexp.reporting.numbers import number
from seqexp.reporting.text_table import Heading, TextTable
from seqexp.tasks.kinds import judged_by
from seqexp.tracking.store.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run


_SHORT = 8  # characters of an id: enough to name the run by


# On a narrow terminal the kind goes first, then the experiment, what the figures are, and the start.
_HEADINGS = (
    Heading("started", is_number=False, spare=4),
    Heading("status", is_number=False),
    Heading("kind", is_number=False, spare=7),
    Heading("experiment", is_number=False, spare=6),
    Heading("name", is_number=False, folds=True),
    Heading("measure", is_number=False, spare=5),
    Heading("val"),
    Heading("test"),
    Heading("run id", is_number=False),
)


def run_table(store: Store, *, narrow: bool) -> TextTable:
    """Return a table with a line for each run of every experiment, newest first.

    In a narrow one ids are shortened to their beginnings, which name a run too.
    """
    experiments = store.experiments()
    names = {experiment_id: name for name, experiment_id in experiments.items()}
    runs = sorted(store.runs(list(names)), key=lambda run: -(run.info.start_time or 0)) if names else []
    lines = []
    for run in runs:
        _, metric = judged_by(run.data.tags, run.data.metrics)
        lines.append(
            (
                f"{datetime.fromtimestamp((run.info.start_time or 0) / 1000):%Y-%m-%d %H:%M}",
                run.info.status,
                run.data.tags.get("seqexp.kind", "other"),
                names[run.info.experiment_id],
                run.info.run_name or run.info.run_id,
                "" if run.data.tags.get("seqexp.kind") == "sweep" else metric.label,  # its jobs have figures
                _figure(run, metric.name("val")),
                _figure(run, metric.name("test")),
                run.info.run_id[:_SHORT] if narrow else run.info.run_id,
            )
        )
    return TextTable(_HEADINGS, lines)


def _figure(run: Run, name: str) -> str:
    value = run.data.metrics.get(name)
    return "" if value is None else number(value, 4)

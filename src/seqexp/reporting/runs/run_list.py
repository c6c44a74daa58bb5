"""The runs of a store, newest first, however they ended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from rich.table import Table
from rich.text import Text

from seqexp.reporting.numbers import number
from seqexp.tasks.kinds import judged_by
from seqexp.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run


_SHORT = 8  # characters of an id: enough to name the run by


def run_table(store: Store, *, narrow: bool) -> Table:
    """Return a table with a line for each run of every experiment, newest first.

    In a narrow one names may take several lines and ids are shortened to their beginnings, which name a run too.
    """
    experiments = store.experiments()
    names = {experiment_id: name for name, experiment_id in experiments.items()}
    runs = sorted(store.runs(list(names)), key=lambda run: -run.info.start_time) if names else []
    table = Table(box=None, pad_edge=False)
    for heading in ("started", "status", "kind", "experiment", "name", "measure", "val", "test", "run id"):
        folds = narrow and heading == "name"
        justify: Literal["left", "right"] = "right" if heading in ("val", "test") else "left"
        table.add_column(heading, justify=justify, no_wrap=not folds, overflow="fold")
    for run in runs:
        _, metric = judged_by(run.data.tags, run.data.metrics)
        cells = (
            f"{datetime.fromtimestamp(run.info.start_time / 1000):%Y-%m-%d %H:%M}",
            run.info.status,
            run.data.tags.get("seqexp.kind", "other"),
            names[run.info.experiment_id],
            run.info.run_name,
            "" if run.data.tags.get("seqexp.kind") == "sweep" else metric.label,  # its jobs have figures
            _figure(run, metric.name("val")),
            _figure(run, metric.name("test")),
            run.info.run_id[:_SHORT] if narrow else run.info.run_id,
        )
        # As Text: names, and tags of other programs, may hold what rich would take for markup.
        table.add_row(*map(Text, cells))
    return table


def _figure(run: Run, name: str) -> str:
    value = run.data.metrics.get(name)
    return "" if value is None else number(value, 4)

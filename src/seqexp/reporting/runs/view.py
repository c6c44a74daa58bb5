"""What a person sees of a run, whatever kind its samples are of."""

from __future__ import annotations

from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts
from seqexp.models.vectors import Pretrained
from seqexp.reporting.runs.series_view import SeriesView
from seqexp.reporting.runs.text_view import TextView
from seqexp.tasks.task import Task


def view_of(task: Task, vectors: Pretrained | None = None) -> SeriesView | TextView:
    """Return the view of a task's runs; an Embedding of theirs may start with pretrained vectors.

    Raises:
        TypeError: There is none of such samples.
    """
    if isinstance(task.samples, Windows):
        return SeriesView(task, task.samples)
    if isinstance(task.samples, Texts):
        return TextView(task, task.samples, vectors)
    raise TypeError(f"samples must be windows or texts. Received: {type(task.samples).__name__}.")

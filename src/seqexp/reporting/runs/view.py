"""What a person sees of a run, whatever kind its samples are of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from rich.table import Table

from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts
from seqexp.models.events import Epoch
from seqexp.models.vectors import Pretrained
from seqexp.reporting.runs.series_view import SeriesView
from seqexp.reporting.runs.text_view import TextView
from seqexp.tasks.score import Score
from seqexp.tasks.task import Task


class View(Protocol):
    """The words, tables and pictures of a run that depend on the kind of its samples."""

    @property
    def scale(self) -> tuple[float, str] | None:
        """(factor, unit) that turn a normalised error into the target's unit, if there is one."""

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield (name, line): what a person reads of the data before the training."""

    def tags(self) -> dict[str, str]:
        """Return the run's tags that tell of the data."""

    def samples_table(self) -> tuple[str, Table, str]:
        """Return a heading, a table of the parts, and a line about their samples."""

    def draw_curves(self, epochs: Sequence[Epoch], path: Path, title: str) -> None:
        """Draw the learning curves as a PNG."""

    def write_results(self, val: Score, test: Score, folder: Path, title: str) -> Iterator[tuple[Path, str]]:
        """Write predictions and pictures; yield each file with the artifact folder that it belongs to."""


def view_of(task: Task, vectors: Pretrained | None = None) -> View:
    """Return the view of a task's runs.

    Args:
        task: The task.
        vectors: The pretrained ones that its Embedding starts with, or None.

    Raises:
        TypeError: There is none of such samples.
    """
    if isinstance(task.samples, Windows):
        return SeriesView(task, task.samples)
    if isinstance(task.samples, Texts):
        return TextView(task, task.samples, vectors)
    raise TypeError(f"samples must be windows or texts. Received: {type(task.samples).__name__}.")

"""A training as it goes on: one line per epoch, and a bar inside the epoch on a terminal."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from seqexp.config.output.printable import one_line
from seqexp.models.events import Epoch, EpochDone, Event, Notice, StepsDone, TrainingBegins
from seqexp.reporting.console import Console
from seqexp.reporting.numbers import duration, in_units, number, percent
from seqexp.tasks.metric import is_better
from seqexp.tasks.task import Task

_TRAIN, _UNIT, _BEST, _SKILL, _TIME, _ETA = 1, 3, 4, 5, 6, 7  # the positions of columns
_GIVEN_UP = (_TIME, _TRAIN, _UNIT, _ETA, _SKILL)  # on a narrow terminal, in this order


class TrainingProgress:
    """Prints a header once the first epoch begins, then a line per epoch. Use as a context manager around the training.

    `scale` is the (factor, unit) that turn the figure that ranks into the target's unit, if it has one; `completed` are
    the epochs of before, where a training goes on.
    """

    def __init__(
        self, console: Console, task: Task, scale: tuple[float, str] | None, completed: Sequence[Epoch] = ()
    ) -> None:
        self.console, self.metric, (_, self.baseline) = console, task.metric, task.baseline
        self.epochs, self.scale = task.experiment.training.epochs, scale
        self.best, self._completed = float("nan"), len(completed)
        for epoch in completed:
            self._note_best(epoch.metrics[f"val_{self.metric.key}"])
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console.rich,
            transient=True,
            disable=not (console.is_terminal and console.animated),
        )
        self._task = self._bar.add_task("", total=None, visible=False)
        counted, label = f"{self.epochs}/{self.epochs}", self.metric.label
        widths = (len(counted), len(f"train {label}"), len(f"val {label}"), 0, 7, 8, 7, 8)
        self._widths = [max(pair) for pair in zip(widths, (5, 9, 8, 6 if scale else 8, 7, 8, 7, 8), strict=True)]
        self._shown = self._columns_shown()

    def __enter__(self) -> TrainingProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, event: Event) -> None:
        """Show what has happened in the training."""
        if isinstance(event, Notice):
            self.console.print(f"\n{event.text}")
        elif isinstance(event, TrainingBegins):
            self._begin()
        elif isinstance(event, EpochDone):
            self._print_epoch(event.epoch, is_best=event.is_best)
        elif isinstance(event, StepsDone):
            what = f"epoch {event.epoch}/{self.epochs}"
            self._bar.update(self._task, description=what, completed=event.step, total=event.steps, visible=True)
        else:
            self._bar.update(self._task, description=f"epoch {event.epoch}/{self.epochs} scoring")

    def _begin(self) -> None:
        label, unit = self.metric.label, one_line(self.scale[1]) if self.scale else "val loss"
        headings = ("epoch", f"train {label}", f"val {label}", unit, "best", "skill", "time", "ETA")
        self.console.print()
        self._print_cells(headings, {}, style="bold")
        self._bar.start()
        self._started = time.perf_counter()

    def _print_epoch(self, epoch: Epoch, *, is_best: bool) -> None:
        metric, value = self.metric, epoch.metrics[f"val_{self.metric.key}"]
        self._note_best(value)
        done = epoch.number - self._completed
        left = (time.perf_counter() - self._started) / done * (self.epochs - epoch.number)
        in_unit = in_units(value * self.scale[0], 2) if self.scale else number(epoch.metrics["val_loss"], 4)
        cells = (
            f"{epoch.number}/{self.epochs}",
            number(epoch.metrics[metric.key], 4),
            number(value, 4),
            in_unit,
            f"{number(self.best, 4):>6}{'*' if is_best else ' '}",
            percent(metric.skill(value, self.baseline)),
            duration(epoch.metrics["epoch_seconds"]),
            duration(left),
        )
        self._print_cells(cells, {_BEST: "green" if is_best else "", _TIME: "dim", _ETA: "dim"})

    def _print_cells(self, cells: Sequence[str], styles: Mapping[int, str], style: str = "") -> None:
        """Print a line; a terminal that is too narrow for all of it gets the columns that there is room for."""

        def line(positions: Sequence[int]) -> Text:
            text = Text(style=style)
            for place, position in enumerate(positions):
                text.append(f"{'  ' if place else ''}{cells[position]:>{self._widths[position]}}", styles.get(position))
            return text

        every = range(len(cells))
        self.console.print_fitted(line(self._shown), line(every), sum(self._widths) + 2 * len(cells))

    def _columns_shown(self) -> list[int]:
        shown = list(range(len(self._widths)))
        for position in _GIVEN_UP:
            if not self.console.is_terminal or sum(self._widths[at] + 2 for at in shown) - 2 <= self.console.rich.width:
                break
            shown.remove(position)
        return shown

    def _note_best(self, value: float) -> None:
        if math.isnan(self.best) or is_better(self.metric.better, value, self.best):
            self.best = value

"""A training as it goes on: one line per epoch, and a bar inside the epoch on a terminal."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from seqexp.models.events import Epoch, EpochDone, Event, Notice, StepsDone, TrainingBegins
from seqexp.reporting.console import Console
from seqexp.reporting.numbers import duration, in_units, number, percent
from seqexp.tasks.metric import is_better
from seqexp.tasks.task import Task


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
        width = len(f"{self.epochs}/{self.epochs}")
        label = self.metric.label
        train, val = f"train {label}", f"val {label}"
        unit = f"{self.scale[1]:>6}" if self.scale else f"{'val loss':>8}"
        self.console.print()
        self.console.print(
            f"{'epoch':>{max(width, 5)}}  {train:>9}  {val:>8}  {unit}  {'best':>7}  {'skill':>8}  "
            f"{'time':>7}  {'ETA':>8}",
            style="bold",
        )
        self._bar.start()
        self._started = time.perf_counter()

    def _print_epoch(self, epoch: Epoch, *, is_best: bool) -> None:
        metric, value = self.metric, epoch.metrics[f"val_{self.metric.key}"]
        self._note_best(value)
        done = epoch.number - self._completed
        left = (time.perf_counter() - self._started) / done * (self.epochs - epoch.number)
        counted = f"{epoch.number}/{self.epochs}"
        wide = (max(len(f"train {metric.label}"), 9), max(len(f"val {metric.label}"), 8))
        line = Text(
            f"{counted:>{max(len(counted), 5)}}  {number(epoch.metrics[metric.key], 4):>{wide[0]}}  "
            f"{number(value, 4):>{wide[1]}}  "
        )
        if self.scale:
            line.append(f"{in_units(value * self.scale[0], 2):>6}  ")
        else:
            line.append(f"{number(epoch.metrics['val_loss'], 4):>8}  ")
        line.append(f"{number(self.best, 4):>6}{'*' if is_best else ' '}", style="green" if is_best else "")
        line.append(f"  {percent(metric.skill(value, self.baseline)):>8}")
        line.append(f"  {duration(epoch.metrics['epoch_seconds']):>7}  {duration(left):>8}", style="dim")
        self.console.print(line)

    def _note_best(self, value: float) -> None:
        if math.isnan(self.best) or is_better(self.metric.better, value, self.best):
            self.best = value

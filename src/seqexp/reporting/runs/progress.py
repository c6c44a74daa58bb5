"""A training as it goes on: one line an epoch, and a bar inside the epoch on a terminal."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from seqexp.models.epoch import Epoch
from seqexp.reporting.console import Console
from seqexp.reporting.numbers import duration, number, percent
from seqexp.tasks.metric import Measure


class TrainingProgress:
    """Prints a header, then a line an epoch. Use as a context manager around the training.

    Args:
        console: Where to print.
        epochs: Epochs at the most.
        measure: What models are judged by.
        baseline: The baseline's figure on the validation part.
        scale: (factor, unit) that turn the figure into the target's unit, if it has one.
        completed: Epochs of before, where a training goes on.
    """

    def __init__(
        self,
        console: Console,
        *,
        epochs: int,
        measure: Measure,
        baseline: float,
        scale: tuple[float, str] | None,
        completed: Sequence[Epoch] = (),
    ) -> None:
        self.console, self.epochs, self.measure, self.baseline = console, epochs, measure, baseline
        self.scale, self.best, self._completed = scale, float("nan"), len(completed)
        for epoch in completed:
            self._note_best(epoch.metrics[f"val_{measure.key}"])
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
        width = len(f"{self.epochs}/{self.epochs}")
        label = self.measure.label
        train, val = f"train {label}", f"val {label}"
        unit = f"{self.scale[1]:>6}" if self.scale else f"{'val loss':>8}"
        self.console.print(
            f"{'epoch':>{max(width, 5)}}  {train:>9}  {val:>8}  {unit}  {'best':>7}  {'skill':>8}  "
            f"{'time':>7}  {'ETA':>8}",
            style="bold",
        )
        self._bar.start()
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def on_step(self, epoch: int, step: int, steps: int) -> None:
        """Move the bar."""
        self._bar.update(
            self._task, description=f"epoch {epoch}/{self.epochs}", completed=step, total=steps, visible=True
        )

    def on_validation(self, epoch: int) -> None:
        """Say that the epoch's training is done and its windows are being scored."""
        self._bar.update(self._task, description=f"epoch {epoch}/{self.epochs} scoring")

    def on_epoch(self, epoch: Epoch, is_best: bool) -> None:
        """Print the epoch's line."""
        measure, value = self.measure, epoch.metrics[f"val_{self.measure.key}"]
        self._note_best(value)
        done = epoch.number - self._completed
        left = (time.perf_counter() - self._started) / done * (self.epochs - epoch.number)
        counted = f"{epoch.number}/{self.epochs}"
        wide = (max(len(f"train {measure.label}"), 9), max(len(f"val {measure.label}"), 8))
        line = Text(
            f"{counted:>{max(len(counted), 5)}}  {number(epoch.metrics[measure.key], 4):>{wide[0]}}  "
            f"{number(value, 4):>{wide[1]}}  "
        )
        if self.scale:
            line.append(f"{number(value * self.scale[0], 2):>6}  ")
        else:
            line.append(f"{number(epoch.metrics['val_loss'], 4):>8}  ")
        line.append(f"{number(self.best, 4):>6}{'*' if is_best else ' '}", style="green" if is_best else "")
        line.append(f"  {percent(measure.skill(value, self.baseline)):>8}")
        line.append(f"  {duration(epoch.metrics['epoch_seconds']):>7}  {duration(left):>8}", style="dim")
        self.console.print(line)

    def _note_best(self, value: float) -> None:
        is_first = math.isnan(self.best)
        if is_first or (value > self.best if self.measure.higher_is_better else value < self.best):
            self.best = value

"""A training as it goes on: one line an epoch, and a bar inside the epoch on a terminal."""

from __future__ import annotations

import time
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from seqexp.evaluation.epoch import Epoch
from seqexp.evaluation.scores import skill
from seqexp.reporting.console import Console
from seqexp.reporting.numbers import duration, number, percent


class TrainingProgress:
    """Prints a header, then a line an epoch. Use as a context manager around the training.

    Args:
        console: Where to print.
        epochs: Epochs at the most.
        naive_mae: The naive forecast's validation MAE, normalised.
        scale: The target's unit for one unit of normalised MAE.
        unit: The target's unit, such as "deg C"; may be empty.
    """

    def __init__(self, console: Console, *, epochs: int, naive_mae: float, scale: float, unit: str) -> None:
        self.console, self.epochs, self.naive_mae = console, epochs, naive_mae
        self.scale, self.unit = scale, unit or "unit"
        self.best = float("inf")
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console.rich,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, visible=False)

    def __enter__(self) -> TrainingProgress:
        width = len(f"{self.epochs}/{self.epochs}")
        self.console.print(
            f"{'epoch':>{max(width, 5)}}  {'train MAE':>9}  {'val MAE':>8}  {self.unit:>6}  "
            f"{'best':>7}  {'skill':>8}  {'time':>7}  {'ETA':>8}",
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
        mae = epoch.metrics["val_mae"]
        self.best = min(self.best, mae)
        left = (time.perf_counter() - self._started) / epoch.number * (self.epochs - epoch.number)
        counted = f"{epoch.number}/{self.epochs}"
        line = Text(f"{counted:>{max(len(counted), 5)}}  {number(epoch.metrics['mae'], 4):>9}  {number(mae, 4):>8}  ")
        line.append(f"{number(mae * self.scale, 2):>6}  ")
        line.append(f"{number(self.best, 4):>6}{'*' if is_best else ' '}", style="green" if is_best else "")
        line.append(f"  {percent(skill(mae, self.naive_mae)):>8}")
        line.append(f"  {duration(epoch.metrics['epoch_seconds']):>7}  {duration(left):>8}", style="dim")
        self.console.print(line)

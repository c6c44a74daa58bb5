"""Inputs that are known ahead: at each row of a window they have the value of a later one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import Floats, Floats32, Rows, Times
from seqexp.data.series.inputs.calendar import CALENDAR, calendar_of, holidays_name, holidays_of
from seqexp.data.series.series import CHUNK_ROWS


@dataclass(frozen=True)
class Ahead:
    """What is known ahead, in the order of its inputs: the calendar, holidays, then second copies of columns.

    Attributes:
        clock: Names of the inputs that follow from the time alone.
        copies: Names of the second copies.
        copied: (copies,) int64, which of the inputs each is a copy of.
        holidays: The place whose holidays are an input, if one is.
    """

    clock: tuple[str, ...]
    copies: tuple[str, ...]
    copied: Rows
    holidays: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all of these inputs."""
        return (*self.clock, *self.copies)

    def values(self, times: Times, inputs: Floats32) -> Floats:
        """Return (rows, inputs) float64: what each row has at its own time, given its scaled columns."""
        found = [inputs[:, self.copied].astype(np.float64)]
        if self.holidays is not None:
            found.insert(0, holidays_of(times, self.holidays)[:, None])
        if self.clock[: len(CALENDAR)] == CALENDAR:
            found.insert(0, calendar_of(times))
        return np.concatenate(found, axis=1)


def known_ahead(dataset: SeriesConfig, columns: Sequence[str], known: Sequence[str]) -> Ahead:
    """Return what a configuration says is known ahead, given the columns that are inputs; those of `known` among them.

    A known column that never changes in the training rows is no input, and so has no copy.
    """
    copied = [name for name in known if name in columns]
    return Ahead(
        clock=(
            *(CALENDAR if dataset.calendar else ()),
            *((holidays_name(dataset.holidays),) if dataset.holidays is not None else ()),
        ),
        copies=tuple(f"{name} (known ahead)" for name in copied),
        copied=np.array([columns.index(name) for name in copied], dtype=np.int64),
        holidays=dataset.holidays,
    )


def show_ahead(inputs: Floats32, first: int, ahead: Ahead, rows: int) -> None:
    """Move the inputs that are known ahead up by so many rows, within (rows, columns) inputs that can be written.

    A window whose last timestep is at row r then sees there what they are at row r + rows. The last rows, at which no
    window with a target ends, keep what the very last one has.

    Args:
        inputs: Every input at its own row.
        first: Which of them is the first that is known ahead.
        ahead: What is known ahead.
        rows: How far the last row of a target is from the last row that a window sees.
    """
    block, end = slice(first, first + len(ahead.names)), max(len(inputs) - rows, 0)
    if not ahead.names:
        return
    for start in range(0, end, CHUNK_ROWS):
        stop = min(start + CHUNK_ROWS, end)
        inputs[start:stop, block] = inputs[start + rows : stop + rows, block].copy()
    inputs[end:, block] = inputs[-1, block]

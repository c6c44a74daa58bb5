"""What the windows or texts of a part cost the runs of a group, read from their saved forecasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from seqexp.evaluation.losses import Losses, find_majority, read_class_losses, read_forecast_losses
from seqexp.reporting.board.rows import Row
from seqexp.tasks.metric import ACCURACY, Measure
from seqexp.tracking.artifact_files import artifact_file
from seqexp.tracking.store import Store, TrackingError

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats, Rows

Read = Callable[[Row, Literal["val", "test"]], Losses | None]


class DamagedForecasts(TrackingError):
    """The forecasts of a run can't be read.

    Attributes:
        run_id: Which run's.
    """

    def __init__(self, row: Row, path: Path, why: Exception) -> None:
        super().__init__(f"the forecasts of the run {row.name!r} ({row.run_id}) can't be read: {path}: {why}")
        self.run_id = row.run_id


@contextmanager
def telling_whose(row: Row, path: Path) -> Iterator[None]:
    """Tell of forecasts that can't be read whose they are.

    Raises:
        DamagedForecasts: They can't be read.
    """
    try:
        yield
    # Arrow's errors are ValueErrors and OSErrors; a KeyError tells of a missing column.
    except (OSError, ValueError, KeyError) as error:
        raise DamagedForecasts(row, path, error) from error


@dataclass(frozen=True)
class GroupLosses:
    """One part of a group, averaged over its runs sample by sample.

    Attributes:
        rows: (samples,) int64, the windows or texts.
        loss: (samples,) float64, the mean loss of the runs.
        skill_lost: (samples,) float64, mean 0: by how much a sample lowers the mean skill. The skill of a run is
            1 - L / B, with the mean losses of model and baseline; to first order a sample with the losses l and b
            changes it by -(l - (L / B) b) / B, averaged over the samples.
    """

    rows: Rows
    loss: Floats
    skill_lost: Floats


def reader(store: Store, measure: Measure) -> Read:
    """Return what reads the losses of a run; it gives None for a run that saved no forecasts of the part."""

    def read(row: Row, part: Literal["val", "test"]) -> Losses | None:
        path = artifact_file(store, row.stored, f"predictions/{part}.parquet")
        if path is None:
            return None
        with telling_whose(row, path):
            if measure is ACCURACY:
                return read_class_losses(path, _majority(store, row))
            return read_forecast_losses(path, row.scale) if row.scale else None

    return read


def _majority(store: Store, row: Row) -> str:
    shares = {"val": row.baseline_val, "test": row.baseline_test}
    files = {part: artifact_file(store, row.stored, f"predictions/{part}.parquet") for part in shares}
    return find_majority(
        [(path, share) for part, share in shares.items() if (path := files[part]) is not None and share is not None]
    )


def average(losses: Sequence[Losses]) -> GroupLosses | None:
    """Return the losses of a group; None if there are none, or the runs were scored on different samples."""
    if not losses or any(not np.array_equal(each.rows, losses[0].rows) for each in losses[1:]):
        return None
    lost = np.zeros(len(losses[0].rows))
    for each in losses:
        baseline = float(each.baseline.mean())
        if baseline > 0:
            lost += (each.model - each.mean / baseline * each.baseline) / baseline
    loss = np.mean([each.model for each in losses], axis=0)
    return GroupLosses(losses[0].rows, loss, lost / len(losses))


def rescored(row: Row, val: Losses, test: Losses, measure: Measure) -> Row:
    """Return a run with the figures of other rows than those it was scored on."""

    def figure(loss: float) -> float:
        return 1 - loss if measure is ACCURACY else loss

    return replace(
        row,
        val=figure(val.mean),
        test=figure(test.mean),
        test_units=test.mean * row.scale if row.test_units is not None and row.scale else None,
        baseline_val=figure(float(val.baseline.mean())),
        baseline_test=figure(float(test.baseline.mean())),
        skill_val=val.skill,
        skill_test=test.skill,
    )

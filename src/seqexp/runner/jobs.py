"""How the jobs of a command ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqexp.evaluation.measure import Measure


@dataclass(frozen=True)
class Result:
    """What a run gave.

    Attributes:
        run_id: Its id in the store.
        measure: What its figures are.
        val: Figure and skill of the best epoch's weights on the validation part.
        test: The same on the test part.
    """

    run_id: str
    measure: Measure
    val: tuple[float, float]
    test: tuple[float, float]


@dataclass(frozen=True)
class Job:
    """How one job ended.

    Attributes:
        name: Its name.
        result: What it gave, or None.
        error: What ended it, or None.
    """

    name: str
    result: Result | None
    error: Exception | None


class JobsFailed(Exception):
    """Jobs of a sweep failed, while the others went on.

    Args:
        failed: Those that did.
        total: Jobs of the sweep.
    """

    def __init__(self, failed: Sequence[Job], total: int) -> None:
        reasons = "\n".join(f"{job.name}: {job.error}" for job in failed)
        super().__init__(f"{len(failed)} of {total} jobs failed\n{reasons}")

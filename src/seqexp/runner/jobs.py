"""How the jobs of a command ended."""

from __future__ import annotations

from dataclasses import dataclass

from seqexp.evaluation.scores import PartScore


@dataclass(frozen=True)
class Result:
    """What a run gave.

    Attributes:
        run_id: Its id in the store.
        val, test: The scores of the best epoch's weights.
    """

    run_id: str
    val: PartScore
    test: PartScore


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

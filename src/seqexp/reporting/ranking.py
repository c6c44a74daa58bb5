"""By what groups are ordered, and which way round."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from seqexp.config.errors import InputError, nearest
from seqexp.evaluation.measure import Measure
from seqexp.tracking.stored_runs import StoredRun

# Names of metrics, other programs' too, of which more is better.
_RISING = re.compile(r"accuracy|skill|auc|f1|precision|recall|r2")


@dataclass(frozen=True)
class Ranking:
    """What orders the groups of a task.

    Attributes:
        measure: What the task's runs are judged by.
        metric: The metric whose mean over a group decides.
    """

    measure: Measure
    metric: str

    @classmethod
    def of(cls, measure: Measure, metric: str | None) -> Self:
        """Return the ranking by a metric; None: by the validation figure."""
        return cls(measure, metric or measure.best("val"))

    @staticmethod
    def check(metric: str | None, runs: Sequence[StoredRun]) -> None:
        """Check that at least one run has the metric.

        Raises:
            InputError: None has; the message gives the nearest one.
        """
        known = sorted({name for run in runs for name in run.metrics})
        if metric is not None and runs and metric not in known:
            raise InputError(
                f"--metric must be one of {', '.join(known)}. Received: {metric!r}.{nearest(metric, known)}"
            )

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger value of the metric is a better one: of accuracies and skills, not of errors and costs."""
        return _RISING.search(self.metric) is not None

    @property
    def part(self) -> Literal["val", "test"] | None:
        """The part whose figure decides, "val" or "test"; None where another metric does."""
        if self.metric == self.measure.best("val"):
            return "val"
        return "test" if self.metric == self.measure.best("test") else None

    @property
    def selects_on_test(self) -> bool:
        """Whether the test part decides who is best: it then says nothing any more about data not seen."""
        return "test" in self.metric.split("_")

    def order(self, figure: float | None) -> tuple[bool, float]:
        """Return the key by which figures are sorted, best first: what is not there or not finite comes last."""
        if figure is None or not math.isfinite(figure):
            return True, 0.0
        return False, -figure if self.higher_is_better else figure

"""By what groups are ordered, and which way round."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from seqexp.config.errors import nearest, refused
from seqexp.tasks.metric import Measure
from seqexp.tracking.stored_runs import StoredRun

# Metrics of windows or texts that a row has, besides the figures of the two parts, and what it calls them.
SCORES = {"test_mae_units": "test_units", "skill_val": "skill_val", "skill_test": "skill_test"}

# Names of metrics, other programs' too, of which more is better.
_RISING = re.compile(r"accuracy|skill|auc|f1|precision|recall|r2")
_COST = re.compile(r"seconds|parameters|memory|epoch|learning_rate")  # of a training, whatever it is scored on


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
            raise refused(
                "--metric", f"must be one of {', '.join(known)}. Received: {metric!r}.{nearest(metric, known)}"
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
    def is_score(self) -> bool:
        """Whether a row has the figure that decides: where the scored windows differ, that of the common ones."""
        return self.part is not None or self.metric in SCORES

    @property
    def is_cost(self) -> bool:
        """Whether the metric is of the training, and not of the windows or texts that a run was scored on."""
        return _COST.search(self.metric) is not None

    @property
    def selects_on_test(self) -> bool:
        """Whether the test part decides who is best: it then says nothing any more about data not seen."""
        return is_of_test(self.metric)

    def order(self, figure: float | None) -> tuple[bool, float]:
        """Return the key by which figures are sorted, best first: what is not there or not finite comes last."""
        if figure is None or not math.isfinite(figure):
            return True, 0.0
        return False, -figure if self.higher_is_better else figure


def is_of_test(metric: str) -> bool:
    """Return whether a metric is a figure of the test part, such as "test_mae" or "skill_test"."""
    return "test" in metric.removeprefix("metrics.").split("_")

"""By what groups are ordered, and which way round."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, Self

from seqexp.config.errors import nearest, refused
from seqexp.reporting.board.rows import metrics_of
from seqexp.tasks.kinds import Kind
from seqexp.tasks.metric import Better, Metric, better_of, order_key
from seqexp.tracking.reading.stored_runs import StoredRun

_COST = re.compile(r"seconds|parameters|memory|epoch|learning_rate")  # of a training, whatever it is scored on


@dataclass(frozen=True)
class Ranking:
    """What orders the groups of a task."""

    kind: Kind  # the kind of the task's samples
    metric: Metric  # what the task's runs are judged by
    by: str  # the name of the figure whose mean over a group decides
    better: Better  # which way that figure is better

    @classmethod
    def of(cls, kind: Kind, metric: Metric, by: str | None) -> Self:
        """Return the ranking by a figure; None: by the metric on the validation part."""
        name = by or metric.name("val")
        return cls(kind, metric, name, better_of(name) if by else metric.better)

    @staticmethod
    def check(by: str | None, runs: Sequence[StoredRun]) -> None:
        """Check that at least one run has the figure, and that it can be better or worse.

        Raises:
            InputError: None has, or it can't; the message gives the nearest one.
        """
        if by is None or not runs:
            return
        found = sorted({name for run in runs for name in run.metrics})
        known = [name for name in found if better_of(name) is not None]
        if by not in known:
            hint = ", which is neither better nor worse and can't rank." if by in found else f".{nearest(by, known)}"
            raise refused("--metric", f"must be one of {', '.join(known)}. Received: {by!r}{hint}")

    @property
    def part(self) -> Literal["val", "test"] | None:
        """The part whose usual figure decides, "val" or "test"; None where another figure does."""
        if self.by == self.metric.name("val"):
            return "val"
        return "test" if self.by == self.metric.name("test") else None

    @property
    def decides(self) -> tuple[Metric, Literal["val", "test"]] | None:
        """The metric, of any that the samples have, and the part whose figure decides; None where another one does."""
        parts: tuple[Literal["val", "test"], ...] = ("val", "test")
        pairs = product(metrics_of(self.kind), parts)
        return next(((metric, part) for metric, part in pairs if metric.name(part) == self.by), None)

    @property
    def is_score(self) -> bool:
        """Whether it follows from what was predicted: where the scored windows differ, that of the common ones."""
        names = {"skill_val", "skill_test"}
        for metric, part in product(metrics_of(self.kind), ("val", "test")):
            name = metric.name(part)
            names |= {name, f"{name}_units"}
            if self.by.endswith(f"_{part}_{metric.key}"):  # a baseline's
                return True
        return self.by in names

    @property
    def selects_on_test(self) -> bool:
        """Whether the test part decides which is best: then it says nothing any more about unseen data."""
        return is_of_test(self.by)

    def order(self, figure: float | None) -> tuple[bool, float]:
        """Return the key by which figures are sorted, best first: what is not there or not finite comes last."""
        if figure is None or not math.isfinite(figure):
            return True, 0.0
        return False, order_key(self.better, figure)


def is_cost(figure: str) -> bool:
    """Return whether a figure is of the training, not of samples: such as "train_seconds" or "best_epoch"."""
    return _COST.search(figure) is not None


def is_of_test(figure: str) -> bool:
    """Return whether a figure is one of the test part, such as skill_test."""
    return "test" in figure.removeprefix("metrics.").split("_")

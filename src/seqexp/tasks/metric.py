"""What a task is judged by, and how its figures are called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """The figure by which models of one task are ranked.

    Attributes:
        key: In names of metrics, such as "mae" in best_val_mae.
        label: For people, such as "MAE".
        higher_is_better: Whether a larger figure is a better one.
        baseline: What every model is held against, such as "naive".
        baseline_metric: The name of its metric for a part, with {part} in it.
    """

    key: str
    label: str
    higher_is_better: bool
    baseline: str
    baseline_metric: str

    def best(self, part: str) -> str:
        """Return the name of the metric of a part: best_val_mae, test_mae."""
        return f"best_val_{self.key}" if part == "val" else f"{part}_{self.key}"

    def skill(self, value: float, baseline: float) -> float:
        """Return the share of the baseline's error that a model takes away; 0 where neither errs."""
        return skill(1 - value, 1 - baseline) if self.higher_is_better else skill(value, baseline)


def skill(error: float, of_baseline: float) -> float:
    """Return 1 - error / the baseline's error; 0 where the baseline never errs and neither does the model."""
    if of_baseline == 0:
        return 0.0 if error == 0 else float("-inf")
    return 1 - error / of_baseline


MAE = Measure("mae", "MAE", False, "naive", "naive_{part}_mae")
ACCURACY = Measure("accuracy", "accuracy", True, "majority", "majority_{part}_accuracy")


def is_better(monitor: str, value: float, than: float) -> bool:
    """Return whether a monitored metric has become better: accuracies are to rise, all else is to fall."""
    return value > than if monitor.endswith("accuracy") else value < than

"""One finished run, as a line of the leaderboard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from seqexp.tasks.metric import Measure
from seqexp.tracking.stored_runs import StoredRun

# What the task digest covers, whatever it is called and wherever it lies; or what changes only last digits.
_OF_DATA = frozenset(
    ("name", "source", "path", "url", "official", "package", "stand_in", "format", "memory", "kind", "split")
)
_NO_CHOICE = frozenset(("seed", "training.jit_compile", "training.threads"))


@dataclass(frozen=True)
class Row:
    """One finished run. Errors of forecasts are in standard deviations of the target unless said otherwise.

    Attributes:
        stored: The run as the store has it.
        name: The run's name.
        model: The model's name.
        seed: The seed, as text.
        val: Validation figure, such as the MAE, at the best epoch.
        test: Test figure of the same weights.
        test_units: Test MAE in the target's own unit.
        baseline_val: Validation figure of the baseline on the same samples.
        baseline_test: Test figure of the baseline on the same samples.
        skill_val: The share of the baseline's validation error that the model takes away.
        skill_test: The same on the test part.
        lead_hours: Hours from the last value seen to the target.
        parameters: Trainable parameters.
        seconds: Seconds spent training.
    """

    stored: StoredRun
    name: str
    model: str
    seed: str
    val: float
    test: float | None
    test_units: float | None
    baseline_val: float | None
    baseline_test: float | None
    skill_val: float | None
    skill_test: float | None
    lead_hours: float | None
    parameters: float | None
    seconds: float | None

    @property
    def run_id(self) -> str:
        """The run's id in the store."""
        return self.stored.run_id

    @property
    def started(self) -> datetime:
        """When the run began."""
        return self.stored.started

    @property
    def scale(self) -> float | None:
        """What turns a normalised error into the target's unit, as far as the figures tell."""
        return self.test_units / self.test if self.test_units and self.test else None


def recipe_of(run: StoredRun) -> tuple[tuple[str, str], ...]:
    """Return all that was chosen but the seed: equal for repetitions of one configuration."""
    chosen = [(key, value) for key, value in run.params.items() if _is_choice(key)]
    plugins = run.tags.get("seqexp.plugins")
    return tuple(sorted([*chosen, ("plugins", plugins)] if plugins else chosen))


def _is_choice(key: str) -> bool:
    section, *rest = key.split(".")
    return key not in _NO_CHOICE and section != "tracking" and not (section == "dataset" and rest[0] in _OF_DATA)


def row_of(run: StoredRun, measure: Measure) -> Row:
    """Return the line of a run that has the measure's validation figure."""
    metrics = run.metrics
    lead = run.tags.get("seqexp.true_lead_hours")
    return Row(
        stored=run,
        name=run.name,
        model=run.params.get("model.name", ""),
        seed=run.params.get("seed", ""),
        val=metrics[measure.best("val")],
        test=metrics.get(measure.best("test")),
        test_units=metrics.get("test_mae_units"),
        baseline_val=metrics.get(measure.baseline_metric.format(part="val")),
        baseline_test=metrics.get(measure.baseline_metric.format(part="test")),
        skill_val=metrics.get("skill_val"),
        skill_test=metrics.get("skill_test"),
        lead_hours=float(lead) if lead else None,
        parameters=metrics.get("parameters"),
        seconds=metrics.get("train_seconds"),
    )

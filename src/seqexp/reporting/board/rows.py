"""One finished run, as a line of the leaderboard."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seqexp.config.schema import LATER_TRAINING
from seqexp.tasks.kinds import Kind, baseline_figure, baselines_of
from seqexp.tasks.lead import Lead, recorded_lead
from seqexp.tasks.metric import METRICS, Metric
from seqexp.tasks.recorded import recorded_number, whole_number
from seqexp.tracking.mlflow_values import was_cut
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.tags import COLUMNS_TAG, GROUP_DIGEST_TAG, SCALE_TAG

# What the task digest covers, whatever it is called and wherever it lies; or what changes only last digits.
_OF_DATA = frozenset(
    ("name", "source", "path", "url", "official", "package", "stand_in", "format", "where", "memory", "kind", "split")
)
_NO_CHOICE = frozenset(("seed", "training.jit_compile", "training.threads"))
# What keys of the configuration say by not being there: runs of earlier versions did what these values say.
_ABSENT = {f"training.{key}": "null" if value is None else value for key, value in LATER_TRAINING.items()}
Choices = tuple[tuple[str, str], ...]  # (key, value) of what was chosen


@dataclass(frozen=True)
class Row:
    """One finished run. Errors of forecasts are in standard deviations of the target unless said otherwise.

    Attributes:
        stored: The run as the store has it.
        kind: The kind of its samples.
        metric: What it is judged by; it has the validation figure of it.
        figures: Its figures by their names: as recorded or, where it was scored anew, those of other samples.
        is_narrowed: Whether they are those of one lead.
    """

    stored: StoredRun
    kind: Kind
    metric: Metric
    figures: Mapping[str, float]
    is_narrowed: bool = False

    @property
    def name(self) -> str:
        """The run's name."""
        return self.stored.name

    @property
    def model(self) -> str:
        """The model's name."""
        return self.stored.params.get("model.name", "")

    @property
    def seed(self) -> str:
        """The seed, as text."""
        return self.stored.params.get("seed", "")

    @property
    def lead(self) -> Lead | None:
        """From the last value seen to the target; None for texts."""
        return recorded_lead(self.stored.tags)

    @property
    def last_lead(self) -> Lead | None:
        """From the last value seen to the last row of the target; None where that has one row, and for texts."""
        first, span = self.lead, (self.horizon - 1) // self.horizon_step * self.horizon_step
        rows = self.delay + (whole_number(self.stored.params.get("dataset.step")) or 1)
        if first is None or not span or self.is_narrowed:
            return None
        return Lead(first.hours / rows * (rows + span), first.months // rows * (rows + span))

    @property
    def delay(self) -> int:
        """Rows from a window to its target, whatever its step; 0 of texts."""
        lead, step, delay = (
            whole_number(self.stored.params.get(f"dataset.{key}")) for key in ("lead", "step", "delay")
        )
        return delay or 0 if lead is None else lead - (step or 1)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are forecast; none of texts."""
        try:
            names = json.loads(self.stored.tags.get(COLUMNS_TAG, "[]"))
        except ValueError:
            names = []
        several = tuple(map(str, names)) if isinstance(names, list) else ()
        return several or tuple(filter(None, [self.stored.params.get("dataset.target")]))

    @property
    def horizon(self) -> int:
        """Rows from the first one that is forecast to behind the last one."""
        return whole_number(self.stored.params.get("dataset.horizon")) or 1

    @property
    def horizon_step(self) -> int:
        """Rows from one that is forecast to the next."""
        return whole_number(self.stored.params.get("dataset.horizon_step")) or 1

    @property
    def has_losses(self) -> bool:
        """Whether it forecasts several numbers of a window, so that what they cost on their mean is saved apart."""
        return self.horizon > self.horizon_step or len(self.columns) > 1

    @property
    def val(self) -> float:
        """The validation figure of the best epoch."""
        return self.figures[self.metric.name("val")]

    def figure(self, name: str) -> float | None:
        """Return the figure of this name; None where the run has none."""
        return self.figures.get(name)

    @property
    def baselines(self) -> list[str]:
        """The names of its baselines, the one that its skill is against first."""
        return baselines_of(self.kind, self.stored.tags)

    def baseline(self, part: str) -> float | None:
        """Return the figure of a part of the baseline that the skill is against, on the same samples."""
        return self.figures.get(baseline_figure(self.baselines[0], self.metric, part))

    @property
    def scale(self) -> float | None:
        """What turns a normalised error into the target's unit; None of texts, and where nothing tells it.

        Runs of earlier versions haven't recorded it: there it follows from the figures, unless they are all 0.
        """
        recorded = recorded_number(self.stored.tags.get(SCALE_TAG))
        if recorded is not None and recorded > 0:
            return recorded
        for metric in metrics_of(self.kind):
            name = metric.name("test")
            in_units, value = self.figures.get(f"{name}_units"), self.figures.get(name)
            if metric.has_unit and in_units and value:
                return in_units / value
        return None


def metrics_of(kind: Kind) -> list[Metric]:
    """Return all metrics of a kind of samples, in the order in which they are shown."""
    return [metric for metric in METRICS.values() if metric.samples == kind.key]


def configurations(runs: Iterable[StoredRun]) -> dict[str, Choices]:
    """Return by a run's id what tells its configuration from others: equal where nothing but the seed differs.

    It is the digest that runs record. Of runs of earlier versions, which have none, it is what they chose, or the
    digest of those that chose the same; where that is not known whole, they are alone with their configuration's
    digest, which the seed is part of.
    """
    runs = list(runs)
    recipes = {run.run_id: recipe_of(run) for run in runs}
    digests: defaultdict[Choices, set[str]] = defaultdict(set)
    for run in runs:
        if GROUP_DIGEST_TAG in run.tags:
            digests[recipes[run.run_id]].add(run.tags[GROUP_DIGEST_TAG])
    found = {}
    for run in runs:
        recipe = recipes[run.run_id]
        known = {run.tags[GROUP_DIGEST_TAG]} if GROUP_DIGEST_TAG in run.tags else digests.get(recipe, set())
        if len(known) == 1:
            recipe = (("digest", min(known)),)
        elif any(was_cut(value) for _, value in recipe):
            recipe = (*recipe, ("digest", run.tags.get("seqexp.config_digest", run.run_id)))
        found[run.run_id] = recipe
    return found


def recipe_of(run: StoredRun) -> Choices:
    """Return all that was chosen but the seed, as far as the store has it."""
    # Versions that had no categories had no day of the week either.
    silent = {"dataset.categories": "[]", **_ABSENT}
    params = {key: value for key, value in run.params.items() if silent.get(key) != value}
    if "dataset.categories" not in run.params and params.get("dataset.calendar") == "true":
        params["dataset.calendar"] = "four inputs"
    chosen = [(key, value) for key, value in params.items() if _is_choice(key)]
    plugins = run.tags.get("seqexp.plugins")
    return tuple(sorted([*chosen, ("plugins", plugins)] if plugins else chosen))


def absent(key: str) -> str:
    """Return what a key says that a run has not recorded: mostly no more than one that is null."""
    return _ABSENT.get(key, "null")


def _is_choice(key: str) -> bool:
    section, *rest = key.split(".")
    is_of_data = section == "dataset" and bool(rest) and rest[0] in _OF_DATA
    return key not in _NO_CHOICE and section != "tracking" and not is_of_data

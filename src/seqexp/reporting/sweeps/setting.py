"""What the runs in a sweep's pictures have in common: their data, the figure, its unit, the baselines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seqexp.data.sources import titled
from seqexp.reporting.numbers import in_units, number
from seqexp.reporting.runs.plots import GREY, add_unit_axis, literal
from seqexp.tasks.kinds import baseline_figure, baseline_in_words, baselines_of, judged_by
from seqexp.tasks.metric import Metric
from seqexp.tasks.recorded import recorded_number
from seqexp.tracking.store.store import RunMissing, Store
from seqexp.tracking.tags import SCALE_TAG

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES = 3  # baselines that are drawn; more would be a grid
_NEAR = 3.0  # times the range of the figures: a baseline that is further away is in the legend alone


@dataclass(frozen=True)
class Described:
    """What is recorded of a run, as far as a picture tells it."""

    run_id: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    figures: Mapping[str, float]  # by the names of the metrics


@dataclass(frozen=True)
class Setting:
    """What the runs in a sweep's pictures have in common.

    Attributes:
        title: Of the pictures: the sweep, and its data.
        metric: What ranks the runs.
        unit: (factor, unit) that turn a figure into the target's unit; None where there is none.
        baselines: By run id, the name and the validation figure of the baseline that its skill is against.
    """

    title: str
    metric: Metric
    unit: tuple[float, str] | None = None
    baselines: Mapping[str, tuple[str, float]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What the figures are called on an axis."""
        return f"{self.metric.label}, normalised" if self.metric.has_unit else self.metric.label

    def baseline_of(self, run_id: str) -> float | None:
        """Return the validation figure of a run's baseline; None where it is not known."""
        found = self.baselines.get(run_id)
        return found and found[1]

    def in_unit(self, value: float) -> str:
        """Return a figure in the target's unit, such as "2.55 deg C"; "" where there is none."""
        return f"{in_units(value * self.unit[0], 2)} {self.unit[1]}" if self.unit else ""

    def with_unit(self, text: str, value: float, between: str = ", ") -> str:
        """Return a text about a figure with the figure in the target's unit behind it, where there is one."""
        return f"{text}{between}{self.in_unit(value)}" if self.unit else text

    def lines(self) -> dict[str, float]:
        """Return the baselines by what they are called: few, each once."""
        found = dict.fromkeys((name, round(value, 6)) for name, value in self.baselines.values())
        said = {f"{baseline_in_words(name)} (baseline): {number(value, 4)}": value for name, value in sorted(found)}
        return said if len(said) <= _LINES else {}

    def draw_lines(self, plot: Axes) -> None:
        """Draw the baselines as level lines; call it once the axes have their limits."""
        for index, (label, value) in enumerate(self.lines().items()):
            beyond = keep_near(plot, value)
            plot.axhline(value, color=GREY, ls=("--", ":", "-.")[index], lw=1.2, label=literal(label + beyond))

    def add_unit(self, plot: Axes, part: str = "") -> None:
        """Give axes a second scale in the target's unit, if there is one; call it once they have their limits."""
        if self.unit:
            add_unit_axis(plot, *self.unit, f"{part}{self.metric.label}")


def keep_near(plot: Axes, value: float) -> str:
    """Extend the limits of axes to a baseline that is not far away from what they show; say where it is if it is."""
    low, high = plot.get_ylim()
    span = high - low
    if is_near(value, low, high):
        plot.set_ylim(min(low, value - 0.05 * span), max(high, value + 0.05 * span))
        return ""
    return ", above the picture" if value > high else ", below the picture"


def is_near(value: float, low: float, high: float) -> bool:
    """Return whether a baseline may extend the range of what a picture shows without flattening all else in it."""
    reach = _NEAR * (high - low)
    return low - reach < value < high + reach


def data_title(params: Mapping[str, str], tags: Mapping[str, str]) -> str:
    """Return what a run's data is called in pictures: its name, and whether it is a stand-in."""
    stand_in = " (simulated stand-in)" if tags.get("seqexp.data_source") == "simulated" else ""
    return titled(params.get("dataset.name", ""), params.get("dataset.where", "{}")) + stand_in


def setting_of(store: Store, run_ids: Iterable[str], name: str, metric: Metric) -> Setting:
    """Return what the finished runs of a sweep have in common, as far as the store still has them.

    Raises:
        TrackingError: The store can't be read.
    """
    found = []
    for run_id in run_ids:
        try:
            data = store.run(run_id).data
        except RunMissing:
            continue  # deleted for good since it ended
        found.append(Described(run_id, data.params, data.tags, data.metrics))
    return common_setting(found, name, metric)


def common_setting(runs: Iterable[Described], name: str, metric: Metric) -> Setting:
    """Return what some runs have in common; the name begins the title."""
    titles, units, baselines = list[str](), list[tuple[float, str] | None](), dict[str, tuple[str, float]]()
    for run in runs:
        kind, _ = judged_by(run.tags, run.figures)
        titles.append(data_title(run.params, run.tags))
        unit, scale = run.tags.get("seqexp.unit"), recorded_number(run.tags.get(SCALE_TAG))
        units.append((scale, unit) if metric.has_unit and unit and scale else None)
        baseline = baselines_of(kind, run.tags)[0]
        value = run.figures.get(baseline_figure(baseline, metric, "val"))
        if value is not None:
            baselines[run.run_id] = (baseline, value)
    data_titles = [title for title in dict.fromkeys(titles) if title]
    title = f"{name} on {', '.join(data_titles)}" if data_titles else name
    return Setting(title, metric, units[0] if len(set(units)) == 1 else None, baselines)

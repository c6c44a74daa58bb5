"""In what runs differ: configuration, data, code, environment, and figure by figure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from seqexp.data.arrays import SCORED
from seqexp.reporting.board.losses import scored_on
from seqexp.reporting.board.ranking import is_cost
from seqexp.reporting.board.rows import absent
from seqexp.tasks.kinds import KINDS, Kind, baseline_figure, baselines_of, judged_by
from seqexp.tasks.lead import recorded_lead
from seqexp.tasks.metric import METRICS, Better, Metric, better_of, order_key
from seqexp.tracking.mlflow_values import differ_unknown
from seqexp.tracking.reading.artifacts import facts_of_file, with_whole_values
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.store.store import Store

LABELS = ascii_uppercase[:12]  # of runs side by side: the picture has as many lines that look different

_DATA = {
    "data digest": "seqexp.data_digest",
    "source": "seqexp.data_source",
    "origin": "seqexp.data_origin",
    "windows": "seqexp.windows",
    "texts": "seqexp.texts",
    "classes": "seqexp.classes",
    "vocabulary": "seqexp.vocabulary",
    "share of texts cut": "seqexp.share_cut",
    "word vectors": "seqexp.vectors",
    "unit": "seqexp.unit",
    "repairs": "seqexp.repairs",
    "inputs": "seqexp.inputs",
    "findings": "seqexp.findings",
}
_CODE = {
    "seqexp": "seqexp.version",
    "git commit": "seqexp.git_commit",
    "uncommitted changes": "seqexp.git_dirty",
    "plugins": "seqexp.plugins",
    "layers": "seqexp.layers",
}
_COMPUTE = {"device": "seqexp.device", "XLA": "seqexp.jit_compile", "threads": "seqexp.threads"}
_MACHINE = ("python", "platform", "cpu", "cores", "memory_gib")
# Where a run goes and what it is called: nothing that was tried.
_NOT_COMPARED = "tracking."
SECONDS = "seconds"


@dataclass(frozen=True)
class Compared:
    """A run beside others."""

    label: str  # its letter in tables and pictures
    run: StoredRun
    environment: Mapping[str, object]  # what it was computed with; empty where it has not been recorded
    curve: Sequence[tuple[int, float]]  # (epoch, validation figure); empty for what is not trained in epochs

    @property
    def kind(self) -> Kind:
        """The kind of its samples."""
        return judged_by(self.run.tags, self.run.metrics)[0]

    @property
    def metric(self) -> Metric:
        """What it is judged by."""
        return judged_by(self.run.tags, self.run.metrics)[1]

    @property
    def task(self) -> str | None:
        """The digest of its task; figures may be compared only where it is equal."""
        return self.run.tags.get("seqexp.task_digest")


@dataclass(frozen=True)
class Figure:
    """A metric of the runs, in their order; None where a run has none."""

    name: str
    values: tuple[float | None, ...]
    better: Better  # None: it judges no model, as parameters or its baseline's error don't

    @property
    def best(self) -> int | None:
        """The position of the best value; None where nothing is better, or several have the best."""
        known = [value for value in self.values if value is not None and not math.isnan(value)]
        if self.better is None or len(known) < 2:
            return None
        best = min(known, key=lambda value: order_key(self.better, value))
        return self.values.index(best) if known.count(best) == 1 else None


@dataclass(frozen=True)
class Differences:
    """What differs between runs, section by section.

    Attributes:
        runs: The runs.
        sections: What differs in "config", "data", "code" and "environment": the values of each run, in their order, by
            names such as "model.units"; None: a run has none. Empty: it is all the same, or nothing is known.
        unknown: Of these four, those of which no run has recorded anything.
        cut: Keys of the configuration of which the store has cut a value, so that nobody knows whether it differs.
        figures: All metrics that a run has.
    """

    runs: tuple[Compared, ...]
    sections: Mapping[str, Mapping[str, tuple[str | None, ...]]]
    unknown: frozenset[str]
    cut: tuple[str, ...]
    figures: tuple[Figure, ...]

    @property
    def is_one_task(self) -> bool:
        """Whether figures may be compared: all runs did the same task."""
        return len({run.task for run in self.runs}) == 1 and self.runs[0].task is not None

    @property
    def is_on_same_windows(self) -> bool:
        """Whether all runs were scored on the same windows, if they did the same task; texts always are."""
        return self.runs[0].kind.order == "independent" or len({scored_on(run.run) for run in self.runs}) == 1

    @property
    def is_one_machine(self) -> bool:
        """Whether times may be compared."""
        return self.sections["environment"].keys().isdisjoint(("cpu", "cores", "threads", "device"))

    @property
    def without_environment(self) -> list[str]:
        """The labels of the runs that have not recorded one."""
        return [run.label for run in self.runs if not run.environment]


def read_compared(store: Store, runs: Sequence[StoredRun]) -> list[Compared]:
    """Read what a comparison needs of each run.

    Raises:
        TrackingError: The store cannot be read.
    """
    return [_read(store, with_whole_values(store, run), label) for run, label in zip(runs, LABELS, strict=False)]


def _read(store: Store, run: StoredRun, label: str) -> Compared:
    environment = facts_of_file(store, run, "environment.json")
    return Compared(label, run, environment, read_curve(store, run, judged_by(run.tags, run.metrics)[1]))


def read_curve(store: Store, run: StoredRun, metric: Metric) -> list[tuple[int, float]]:
    """Return (epoch, validation figure) of each epoch of a run; empty for what is not trained in epochs.

    Raises:
        TrackingError: The store cannot be read.
    """
    name = f"val_{metric.key}"
    if name not in run.metrics:
        return []
    with store.reporting(f"read the curve of the run {run.run_id}"):
        points = store.client.get_metric_history(run.run_id, name)
        return sorted((int(point.step), float(point.value)) for point in points)


def differences(runs: Sequence[Compared]) -> Differences:
    """Return in what runs differ, of which there are at least two."""
    contents = {
        "config": [_config(run) for run in runs],
        "data": [_data(run) for run in runs],
        "code": [_tagged(run, _CODE) for run in runs],
        "environment": [_environment(run) for run in runs],
    }
    keys = dict.fromkeys(key for config in contents["config"] for key in config)
    cut = tuple(key for key in keys if differ_unknown([config.get(key, "") for config in contents["config"]]))
    contents["config"] = [
        {key: value for key, value in config.items() if key not in cut} for config in contents["config"]
    ]
    return Differences(
        runs=tuple(runs),
        sections={section: _differing(of_runs) for section, of_runs in contents.items()},
        unknown=frozenset(section for section, of_runs in contents.items() if not any(of_runs)),
        cut=cut,
        figures=tuple(_figures(runs)),
    )


def _differing(contents: Sequence[Mapping[str, str]]) -> dict[str, tuple[str | None, ...]]:
    names = dict.fromkeys(name for content in contents for name in content)
    values_of = {name: tuple(content.get(name) for content in contents) for name in names}
    return {
        name: values
        for name, values in values_of.items()
        if len({absent(name) if value is None else value for value in values}) > 1
    }


def _config(run: Compared) -> dict[str, str]:
    return {key: value for key, value in run.run.params.items() if not key.startswith(_NOT_COMPARED)}


def _tagged(run: Compared, names: Mapping[str, str]) -> dict[str, str]:
    return {name: run.run.tags[tag] for name, tag in names.items() if tag in run.run.tags}


def _data(run: Compared) -> dict[str, str]:
    lead = recorded_lead(run.run.tags)
    return _tagged(run, _DATA) | ({"true lead": str(lead)} if lead else {})


def _environment(run: Compared) -> dict[str, str]:
    """Return what a run was computed with, by name; its packages by their own names."""
    machine = {
        name.replace("_gib", ", GiB"): str(run.environment[name]) for name in _MACHINE if name in run.environment
    }
    lines = run.environment.get("distributions")
    packages = [line.partition("==") for line in lines] if isinstance(lines, list) else []
    return {**_tagged(run, _COMPUTE), **machine, **{name: version for name, _, version in packages}}


def _figures(runs: Sequence[Compared]) -> Iterator[Figure]:
    leading, of_baselines = [], set()
    for metric in dict.fromkeys(run.metric for run in runs):
        recorded = (name for run in runs for name in baselines_of(run.kind, run.run.tags))
        names = ["baseline", *(kind.baseline for kind in KINDS.values()), *recorded]
        of_baselines |= {baseline_figure(name, each, p) for name in names for each in METRICS.values() for p in SCORED}
        leading += [metric.name("val"), metric.name("test"), f"{metric.name('test')}_units"]
        leading += [baseline_figure("baseline", metric, part) for part in SCORED]
    leading += [f"skill_{part}" for part in SCORED]
    known = {name for run in runs for name in run.run.metrics}
    for name in dict.fromkeys([*(name for name in leading if name in known), *sorted(known)]):
        # A baseline's figure judges no model, and neither does what a run cost but for its time.
        judges = name not in of_baselines and (name.endswith(SECONDS) or not is_cost(name))
        yield Figure(name, tuple(run.run.metrics.get(name) for run in runs), better_of(name) if judges else None)

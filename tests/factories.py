"""Small experiments and series that many tests are made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from seqexp.config import plan
from seqexp.config.locations import choices
from seqexp.config.plan import Plan
from seqexp.config.schema import Bounds, Experiment, FileFormat, Official, SeriesConfig, Split
from seqexp.data.arrays import Floats, Part, Rows, Times
from seqexp.data.samples import Samples
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.series import Series, series_digest
from seqexp.data.series.windows import Windows
from seqexp.data.stand_ins.station import COLUMNS as STATION_COLUMNS
from seqexp.data.text.texts import Texts
from seqexp.models.events import EpochDone, Event, StepsDone, Validating
from seqexp.models.model import Compute
from seqexp.models.registry import ESTIMATORS
from seqexp.models.training_state import TrainingState
from seqexp.tasks.kinds import monitors
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score
from seqexp.tasks.target import Target
from seqexp.tasks.task import Task, classifying_task, forecasting_task
from seqexp.training.checkpoint import Checkpoint

COLUMNS = ("p (mbar)", "T (degC)", "wv (m/s)")

# Windows of 6 timesteps over a series of 600 rows: a step takes a millisecond.
SMALL = (
    "dataset.lookback=12",
    "dataset.step=2",
    "dataset.delay=3",
    "dataset.batch_size=16",
    "dataset.split={train:{first:0,end:300},val:{first:300,end:450},test:{first:450,end:null}}",
    "training.epochs=2",
    "training.steps_per_epoch=4",
)


def make_plan(texts: Sequence[str], **settings: Any) -> Plan:
    """Plan as the command line does."""
    return plan.make_plan(texts, monitors(), **settings)


@cache
def experiment(*overrides: str) -> Experiment:
    """Return the experiment that `seqexp train OVERRIDES` would run."""
    return make_plan(overrides).experiments[0]


def estimators_for(task: str) -> list[str]:
    """Return the models of conf/model that are estimators which "forecast" or "classify"."""
    files = {name: yaml.safe_load(choice.path.read_text(encoding="utf-8")) for name, choice in choices("model").items()}
    named = {name: ESTIMATORS[next(iter(file["estimator"]))] for name, file in files.items() if "estimator" in file}
    return [name for name, cls in named.items() if getattr(cls, "task", "forecast") == task]


def small_experiment(*overrides: str) -> Experiment:
    """Return an experiment on a few hundred rows; overrides are set last."""
    keys = {text.split("=")[0] for text in overrides}
    return experiment(*(text for text in SMALL if text.split("=")[0] not in keys), *overrides)


def minutes(*numbers: float) -> Times:
    """Return the time stamps that lie so many minutes after the first one of the Jena record."""
    return np.datetime64("2009-01-01T00:10:00", "us") + np.array([round(n * 60e6) for n in numbers], "timedelta64[us]")


def series_of(values: Floats, columns: tuple[str, ...] = COLUMNS, times: Times | None = None) -> Series:
    """Return a series with these values, a row every 10 minutes where no time stamps are given."""
    if times is None:
        times = minutes(*(10 * np.arange(len(values))))
    digest = series_digest(times, values, columns)
    return Series("jena", times, values, columns, "simulated", "a test", digest)


def random_series(rows: int = 600, columns: int = 3, seed: int = 0) -> Series:
    """Return independent normal values of different means and widths: no two windows are alike."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(rows, columns)) * np.arange(1, columns + 1) + 10.0 * np.arange(columns)
    names = (*COLUMNS, *(f"column {index}" for index in range(3, columns)))[:columns]
    return series_of(values, names)


def wave_series(rows: int = 600, seed: int = 0) -> Series:
    """Return a noisy wave with drifts: something that a network can learn."""
    generator = np.random.default_rng(seed)
    phase = np.arange(rows)[:, None] * np.array([0.11, 0.23, 0.31])
    return series_of(np.sin(phase) + 0.1 * generator.normal(size=(rows, 3)) + np.array([990.0, 9.0, 2.0]))


class Listener:
    """Keeps the events of a training, in order."""

    def __init__(self, each_step: Callable[[], None] = lambda: None) -> None:
        self.told: list[tuple[Any, ...]] = []
        self._each_step = each_step

    def hear(self, event: Event) -> None:
        if isinstance(event, StepsDone):
            self.told.append(("step", event.epoch, event.step, event.steps))
            self._each_step()
        elif isinstance(event, Validating):
            self.told.append(("validation", event.epoch))
        elif isinstance(event, EpochDone):
            self.told.append(("epoch", event.epoch.number, event.is_best))


def train(
    network: Any,
    samples: Samples,
    setup: Experiment,
    *,
    jit: bool = False,
    listener: Listener | None = None,
    keep: Callable[[Checkpoint], None] | None = None,
    begin: Checkpoint | None = None,
) -> TrainingState:
    """Run the real training and return what it has come to; a listener hears of each step."""
    from seqexp.training.network_model import NetworkModel

    task = task_of(samples, setup)
    state = begin.state if begin else TrainingState(setup.training.monitor)
    model = NetworkModel(network, task, Compute(jit, 2, "keras", "cpu"), 0.0 if listener else 10.0)
    for event in model.train(task, state, begin.snapshot if begin else None):
        if listener is not None:
            listener.hear(event)
        if keep is not None and isinstance(event, EpochDone):
            keep(Checkpoint(event.snapshot(), state))
    return state


def task_of(samples: Samples, setup: Experiment) -> Task:
    """Return the task of windows or of texts."""
    if isinstance(samples, Texts):
        return classifying_task(setup, samples)
    assert isinstance(samples, Windows)
    return forecasting_task(setup, samples)


def score_part(samples: Samples, part: Part, predictions: Floats) -> Score:
    """Return the score of predictions for a part of windows or of texts."""
    setup = experiment("dataset=imdb") if isinstance(samples, Texts) else small_experiment("model=naive")
    return task_of(samples, setup).score(part, predictions)


def figures_by_lead(score: Score, metric: Metric, of: str | None = None) -> Floats:
    """Return (leads, columns) figures of a metric of losses, of the model or of a baseline."""
    assert metric.loss is not None
    said = score.predictions if of is None else score.baselines[of]
    costs = metric.loss(score.truth[:], said[:]) / (score.seasonal if metric.is_relative else 1)
    return np.apply_along_axis(metric.finish, 0, costs)


def class_score(probabilities: Any, labels: Any, classes: Sequence[str], majority: int = 0) -> Score:
    """Return the score of (texts, classes) probabilities beside the texts' classes."""
    given, truth = np.asarray(probabilities, np.float64), np.asarray(labels, np.int64)
    baseline = np.tile(np.eye(len(classes))[majority], (len(truth), 1))
    return Score("test", np.arange(len(truth)), Target(classes=tuple(classes)), truth, given, {"majority": baseline})


def small_windows(*overrides: str) -> Windows:
    """Return the windows of a small experiment on a random series."""
    return make_windows(random_series(), small_experiment(*overrides))


def dataset_config(**changes: Any) -> SeriesConfig:
    """Return a dataset's configuration without composing it: quick enough for property tests."""
    values: dict[str, Any] = {
        "kind": "series",
        "name": "jena",
        "source": "simulated",
        "path": None,
        "url": "http://127.0.0.1:9/none.zip",
        "official": official_config(),
        "stand_in": "station",
        "format": file_format(),
        "target": "T (degC)",
        "lookback": 1440,
        "step": 6,
        "lead": None,
        "delay": 144,
        "batch_size": 128,
        "sampling": "random",
        "boundary": "strict",
        "repair": "hold",
        "sentinels": [-9999],
        "valid": None,
        "max_gap": 6,
        "input_limit": 50.0,
        "season": None,
        "calendar": False,
        "memory": "auto",
        "split": split_config((0, 200_000), (200_001, 300_000), (300_001, None)),
    }
    return SeriesConfig(**(values | changes))


def official_config(**changes: Any) -> Official:
    """Return what the official Jena file must hold."""
    values: dict[str, Any] = {
        "file": "jena_climate_2009_2016.csv",
        "rows": 420_551,
        "first": "2009-01-01T00:10:00",
        "last": "2017-01-01T00:00:00",
        "columns": list(STATION_COLUMNS),
    }
    return Official(**(values | changes))


def file_format(**changes: Any) -> FileFormat:
    """Return how a file is written: everything is to be found out."""
    values: dict[str, Any] = {
        "time": None,
        "time_format": None,
        "delimiter": None,
        "decimal": None,
        "encoding": None,
        "missing": ["NA", "NaN"],
        "drop": [],
        "text_columns": "drop",
    }
    return FileFormat(**(values | changes))


def split_config(*parts: tuple[int | float, int | float | None]) -> Split:
    """Return the split with these [first, end) of training, validation and test."""
    train, val, test = (Bounds(first=first, end=end) for first, end in parts)
    return Split(train=train, val=val, test=test)


def with_dataset(base: Experiment, dataset: SeriesConfig) -> Experiment:
    """Return an experiment on another dataset section."""
    return base.model_copy(update={"dataset": dataset})


def normalised_by_loop(windows: Windows) -> Any:
    """Return (rows, columns) float64: the repaired columns that are inputs, scaled value by value."""
    values = np.concatenate([values for _, values, _ in windows.repaired.chunks()])
    kept = [index for index, name in enumerate(windows.series.columns) if name in windows.columns]
    mean, std = windows.scaling.mean.tolist(), windows.scaling.std.tolist()
    return np.array([[(row[column] - mean[i]) / std[i] for i, column in enumerate(kept)] for row in values.tolist()])


def on_disk(series: Series, path: Path) -> Series:
    """Return the same series with its values mapped from a file."""
    series.values.astype("<f8").tofile(path)
    values = np.memmap(path, dtype="<f8", mode="r", shape=series.values.shape)
    return dataclasses.replace(series, values=values)


def looped_samples(values: Any, rows: Rows, lookback: int, step: int) -> Any:
    """Return data[row - lookback : row : step] for each row, value by value: an oracle without fancy indices."""
    return np.array(
        [
            [[values[i][column] for column in range(len(values[0]))] for i in range(row - lookback, row, step)]
            for row in rows
        ]
    )

"""How long a job would take, and how much memory and disk: a few of its steps, timed."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from seqexp.config.schema import Experiment
from seqexp.models.epoch import Epoch
from seqexp.models.registry import Registry
from seqexp.runs.memory import peak_bytes
from seqexp.runs.prepare import Prepared, Sources, prepare
from seqexp.training.training_state import Reached

_SECONDS = 2.0  # of timed steps, at the most
_BATCHES = 8  # of scored samples, at the most
_COPIES = 3  # of the weights: the model as MLflow keeps it, its optimizer's variables, a checkpoint
_BYTES_A_SAMPLE = 12
_FIXED = 400_000  # pictures, environment, configuration, and the rows of the store
_RECORD_SECONDS = 2.0  # for pictures and the model


@dataclass(frozen=True)
class Timing:
    """What is to be timed.

    Attributes:
        experiment: The job.
        threads: CPU threads, where the experiment names no number.
        sources: Where data comes from.
        registry: What names in the model's YAML mean.
    """

    experiment: Experiment
    threads: int | None
    sources: Sources
    registry: Registry


@dataclass(frozen=True)
class Timed:
    """What a job would take.

    Attributes:
        setup: Seconds until the first epoch begins, the import of what is heavy not among them.
        epoch: Seconds an epoch, validation included.
        end: Seconds for the test part and the record.
        memory: Bytes that its process has held at the most.
        disk: Bytes of its weights and of its predictions.
    """

    setup: float
    epoch: float
    end: float
    memory: int
    disk: int


def time_job(timing: Timing) -> Timed:
    """Prepare a job, train and score for some seconds, and say what the whole of it would take; nothing is recorded.

    Args:
        timing: The job.

    Raises:
        InputError: If the input is wrong.
    """
    begin = time.perf_counter()
    source = timing.sources.resolve(timing.experiment.dataset)
    prepared = prepare(timing.experiment, source, lambda _: None, timing.registry, timing.threads)
    setup = time.perf_counter() - begin
    rows = prepared.task.data.rows
    scored = len(rows.val) + len(rows.test)
    disk = 4 * prepared.parameters * _COPIES + _BYTES_A_SAMPLE * scored + _FIXED
    if prepared.estimator is not None:
        return Timed(setup, 0.0, _fit_once(prepared), peak_bytes(), disk)
    step, score, steps = _time_network(prepared)
    epoch = step * steps + score * len(rows.val)
    return Timed(setup, epoch, score * len(rows.test) + _RECORD_SECONDS, peak_bytes(), disk)


def _fit_once(prepared: Prepared) -> float:
    """Fit and score an estimator: that is all there is to it."""
    estimator: Any = prepared.estimator
    begin = time.perf_counter()
    data = prepared.task.data
    estimator.fit(data)
    estimator.predict(data, data.rows.val)
    estimator.predict(data, data.rows.test)
    return time.perf_counter() - begin + _RECORD_SECONDS


def _time_network(prepared: Prepared) -> tuple[float, float, int]:
    """Return seconds a training step, seconds a scored sample, and the steps of an epoch."""
    from seqexp.training.fit import fit
    from seqexp.training.predict import make_predictor

    task, compute = prepared.task, prepared.compute
    objective, samples = task.objective(prepared.network), task.data
    gather, make_batch = task.feed()
    predict = make_predictor(
        prepared.network, gather, jit_compile=compute.jit_compile, outputs=objective.outputs, samples=samples
    )
    watch = _Stopwatch()
    with suppress(_Enough):
        fit(
            prepared.network,
            samples,
            prepared.experiment,
            objective=objective,
            make_batch=make_batch,
            predict=predict,
            jit_compile=compute.jit_compile,
            reached=Reached(prepared.experiment.training.monitor),
            listener=watch,
        )
    part = samples.rows.val[: _BATCHES * samples.batch_size]
    predict(part)  # compiles
    begin = time.perf_counter()
    predict(part)
    return watch.seconds_a_step, (time.perf_counter() - begin) / max(len(part), 1), watch.steps


class _Enough(Exception):
    """A training was watched for long enough."""


class _Stopwatch:
    """Listens to a training until its steps are timed.

    Attributes:
        steps: Steps of an epoch.
    """

    def __init__(self) -> None:
        self.steps = 0
        self._begin = time.perf_counter()
        self._times: list[tuple[int, float]] = []

    def on_step(self, epoch: int, step: int, steps: int) -> None:
        """Take the time; the first step, which compiles, is not counted where there are others."""
        self.steps = steps
        self._times.append((step, time.perf_counter()))
        if self._times[-1][1] - self._times[0][1] > _SECONDS or step == steps:
            raise _Enough

    def on_validation(self, epoch: int) -> None:
        """Is never reached."""

    def on_epoch(self, epoch: Epoch, is_best: bool) -> None:
        """Is never reached."""

    @property
    def seconds_a_step(self) -> float:
        """How long a step takes."""
        (first, begin), (last, end) = self._times[0], self._times[-1]
        return (end - begin) / (last - first) if last > first else (end - self._begin) / last

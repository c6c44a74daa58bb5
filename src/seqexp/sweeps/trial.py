"""How long a job would take, and how much memory and disk: a few of its steps, timed."""

from __future__ import annotations

import time
from dataclasses import dataclass

from seqexp.config.schema import Experiment
from seqexp.models.events import StepsDone, TrainingBegins
from seqexp.models.registry import Registry
from seqexp.models.training_state import TrainingState
from seqexp.runs.memory import peak_bytes
from seqexp.runs.prepare import Prepared, Sources, prepare

_SECONDS = 2.0  # of timed steps, at the most
_BATCHES = 8  # of scored samples, at the most
_COPIES = 3  # of the weights: the model as MLflow keeps it, its optimizer's variables, a checkpoint
_BYTES_A_SAMPLE = 12
_FIXED = 400_000  # pictures, environment, configuration, and the rows of the store
_RECORD_SECONDS = 2.0  # for pictures and the model


@dataclass(frozen=True)
class Timed:
    """What a job would take."""

    setup: float  # seconds until the first epoch begins, the import of what is heavy not among them
    epoch: float  # seconds per epoch, validation included
    end: float  # seconds for the test part and the record
    memory: int | None  # the most bytes of memory that its process has used; None where the system gives no number
    disk: int  # bytes of its weights and of its predictions


def time_job(experiment: Experiment, threads: int | None, sources: Sources, registry: Registry) -> Timed:
    """Prepare a job, train and score for some seconds, and say what the whole of it would take; nothing is recorded.

    The threads are those of the CPU, where the experiment names no number.

    Raises:
        InputError: If the input is wrong.
    """
    begin = time.perf_counter()
    source = sources.resolve(experiment.dataset)
    prepared = prepare(experiment, source, lambda _: None, registry, threads)
    setup = time.perf_counter() - begin
    model, samples = prepared.model, prepared.task.samples
    val, test = len(samples.rows.val), len(samples.rows.test)
    begin = time.perf_counter()
    steps = _watch_steps(prepared)
    if steps:
        part = samples.rows.val[: _BATCHES * samples.batch_size]
        model.predict(samples, part)  # compiles
        begin = time.perf_counter()
        model.predict(samples, part)
        score = (time.perf_counter() - begin) / max(len(part), 1)
        epoch, end = _seconds_a_step(steps) * steps[0][0].steps + score * val, score * test
    else:  # fitted at once: scored, and there is no more to it
        model.predict(samples, samples.rows.val)
        model.predict(samples, samples.rows.test)
        epoch, end = 0.0, time.perf_counter() - begin
    disk = 4 * model.parameters * _COPIES + _BYTES_A_SAMPLE * (val + test) + _FIXED
    return Timed(setup, epoch, end + _RECORD_SECONDS, peak_bytes(), disk)


def _watch_steps(prepared: Prepared) -> list[tuple[StepsDone, float]]:
    """Train for some seconds, within the first epoch, and return each event of steps done; none without epochs.

    Beside each event stand the seconds since the training began.
    """
    begin, found = time.perf_counter(), list[tuple[StepsDone, float]]()
    for event in prepared.model.train(prepared.task, TrainingState(prepared.experiment.training.monitor)):
        if isinstance(event, TrainingBegins):
            begin = time.perf_counter()
        if isinstance(event, StepsDone):
            found.append((event, time.perf_counter() - begin))
            if found[-1][1] - found[0][1] > _SECONDS or event.step == event.steps:
                break
    return found


def _seconds_a_step(steps: list[tuple[StepsDone, float]]) -> float:
    """Return how long a step takes; the first, which compiles, is not counted where there are others."""
    (first, first_seconds), (last, last_seconds) = steps[0], steps[-1]
    if last.step == first.step:
        return last_seconds / last.step
    return (last_seconds - first_seconds) / (last.step - first.step)

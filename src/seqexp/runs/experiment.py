"""One experiment from start to end: the main path."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqexp.config.schema import Experiment
from seqexp.models.epoch import Epoch
from seqexp.models.plugins import telling_where
from seqexp.models.registry import NO_PLUGINS, Registry
from seqexp.reporting.console import Console
from seqexp.reporting.runs.progress import TrainingProgress
from seqexp.runs import record
from seqexp.runs.checkpointing import Keeper, facts_of, keeping, resume_flags, runs_folder_of
from seqexp.runs.jobs import Result
from seqexp.runs.prepare import Prepared, Sources, prepare
from seqexp.runs.summary import print_header, print_result
from seqexp.runs.task import Score
from seqexp.tasks.metric import Measure
from seqexp.tracking.recorder import RunRecorder
from seqexp.training.checkpoint import State
from seqexp.training.training_state import Reached


@dataclass(frozen=True)
class Request:
    """What surrounds an experiment: it changes no number.

    Attributes:
        folder: Where the command is run.
        overrides: As the user wrote them.
        name: The run's name.
        parent: The id of the sweep's parent run, or None.
        threads: CPU threads, where the experiment names no number; None: as many as there are cores.
    """

    folder: Path
    overrides: Sequence[str]
    name: str
    parent: str | None
    threads: int | None = None


OnEpoch = Callable[[Epoch, float], None]


def run_experiment(
    experiment: Experiment,
    request: Request,
    sources: Sources,
    console: Console,
    registry: Registry = NO_PLUGINS,
    on_start: Callable[[str], None] | None = None,
    on_epoch: OnEpoch | None = None,
) -> Result:
    """Load the data, build the model, train it, score it, record it.

    Args:
        experiment: What to run.
        request: What surrounds it.
        sources: Where data comes from.
        console: Where to print.
        registry: What names in the model's YAML mean.
        on_start: Called with the run's id as soon as it is known.
        on_epoch: Called with each completed epoch, once it is recorded, and its validation figure.

    Raises:
        InputError: If the input is wrong; nothing has been written then.
        TrainingDiverged: If the loss stopped being finite; the run is recorded as FAILED.
        PluginError: If the user's own code raised while it trained or forecast; FAILED, too.
    """
    begin = console.position
    source = sources.resolve(experiment.dataset)
    console.fact("data", source.reason)
    prepared = prepare(experiment, source, lambda line: console.fact("", line), registry, request.threads)
    print_header(console, prepared)
    place = runs_folder_of(experiment, request.folder)
    recorder = record.start(prepared, request, place)
    with keeping(recorder, place, resume_flags(experiment, registry.plugins)) as (run, folder):
        if on_start is not None:
            on_start(run.run_id)
        record.documents(run, prepared)
        keeper = Keeper(folder.path, facts_of(experiment, prepared, run.run_id), lambda: console.since(begin))
        return carry_out(prepared, run, keeper, request.name, console, on_epoch=on_epoch)


def carry_out(
    prepared: Prepared,
    run: RunRecorder,
    keeper: Keeper,
    name: str,
    console: Console,
    begin: State | None = None,
    on_epoch: OnEpoch | None = None,
) -> Result:
    """Train what is prepared, score it, record it.

    Args:
        prepared: The data and the model.
        run: The run's record, entered.
        keeper: Writes its checkpoints.
        name: The run's name.
        console: Where to print.
        begin: What the training goes on from; None: from its begin.
        on_epoch: Called with each completed epoch and its validation figure.
    """
    task = prepared.task
    with record.log(run, keeper.log):
        reached = begin.reached if begin else Reached(prepared.experiment.training.monitor)
        if prepared.estimator is not None:
            with telling_where(prepared.plugins):
                val, test = _fit_estimator(prepared, reached)
        else:
            with record.whatever_is_reached(run, prepared, reached), telling_where(prepared.plugins):
                val, test = _fit_network(prepared, run, reached, keeper, console, begin, on_epoch)
        record.results(run, prepared, reached, val, test)
        print_result(console, prepared, name, val, test)
        return Result(
            run.run_id,
            task.measure,
            (task.figure(val), val.skill),
            (task.figure(test), test.skill),
            prepared.task_digest,
            tuple((epoch.number, epoch.metrics[f"val_{task.measure.key}"]) for epoch in reached.epochs),
        )


def _fit_estimator(prepared: Prepared, reached: Reached) -> tuple[Score, Score]:
    estimator: Any = prepared.estimator  # of the task's own kind
    task = prepared.task
    begin = time.perf_counter()
    estimator.fit(task.data)
    reached.fit_seconds = time.perf_counter() - begin
    return (
        task.score("val", estimator.predict(task.data, task.data.rows.val)),
        task.score("test", estimator.predict(task.data, task.data.rows.test)),
    )


def _fit_network(
    prepared: Prepared,
    run: RunRecorder,
    reached: Reached,
    keeper: Keeper,
    console: Console,
    begin: State | None,
    on_epoch: OnEpoch | None,
) -> tuple[Score, Score]:
    """Train, then score the test part once, with the weights of the best epoch."""
    from seqexp.training.fit import fit
    from seqexp.training.predict import make_predictor

    task, experiment, compute = prepared.task, prepared.experiment, prepared.compute
    if compute.layers == "seqexp":
        _compile_recurrence(console)
    objective = task.objective(prepared.network)
    gather, make_batch = task.feed()
    predict = make_predictor(
        prepared.network, gather, jit_compile=compute.jit_compile, outputs=objective.outputs, samples=task.data
    )
    progress = TrainingProgress(
        console,
        epochs=experiment.training.epochs,
        measure=task.measure,
        baseline=task.baseline("val"),
        scale=task.progress_scale(),
        completed=reached.epochs,
    )
    epochs = record.EpochRecorder(run, progress, keeper)
    if begin is not None:
        epochs.catch_up(reached.epochs)
    with progress:
        fit(
            prepared.network,
            task.data,
            experiment,
            objective=objective,
            make_batch=make_batch,
            predict=predict,
            jit_compile=compute.jit_compile,
            reached=reached,
            listener=epochs,
            keep=epochs.keep,
            after=_telling(on_epoch, task.measure),
            begin=begin,
        )
    if reached.best_predictions is None:
        raise RuntimeError(f"no epoch gave a finite {reached.monitor}: nothing can be scored")
    prepared.network.set_weights(reached.best_weights)
    return task.score("val", reached.best_predictions), task.score("test", predict(task.data.rows.test))


def _telling(on_epoch: OnEpoch | None, measure: Measure) -> Callable[[Epoch], None] | None:
    return None if on_epoch is None else lambda epoch: on_epoch(epoch, epoch.metrics[f"val_{measure.key}"])


def _compile_recurrence(console: Console) -> None:
    """Have the recurrent layers' inner loops ready before the first epoch is timed."""
    from seqexp.models.kernels.warm import are_compiled, compile_kernels

    if not are_compiled():
        console.print("compiling the recurrent layers: about ten seconds, once\n")
    compile_kernels()

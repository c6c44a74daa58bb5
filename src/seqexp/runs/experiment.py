"""One experiment from start to end: the main path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from seqexp.config.plugins import Plugin
from seqexp.config.schema import Experiment
from seqexp.models.events import Epoch, EpochDone, Snapshot
from seqexp.models.plugins import telling_where
from seqexp.models.registry import NO_PLUGINS, Registry
from seqexp.models.training_state import NothingToScore, TrainingState
from seqexp.reporting.console import Console
from seqexp.reporting.runs.progress import TrainingProgress
from seqexp.reporting.runs.view import view_of
from seqexp.runs import record
from seqexp.runs.audit.audit import quick_checks
from seqexp.runs.audit.told import print_checks, record_checks
from seqexp.runs.checkpointing import (
    CheckpointWriter,
    facts_of,
    recorded_run,
    report_earlier_crashes,
    resume_flags,
    runs_folder_of,
)
from seqexp.runs.interrupts import interrupts_end_run
from seqexp.runs.jobs import Request, Result
from seqexp.runs.names import run_name
from seqexp.runs.prepare import Prepared, Sources, load_registry, prepare
from seqexp.runs.summary import print_header, print_result
from seqexp.tasks.predictions import PredictionError
from seqexp.tracking.recorder import RunRecorder
from seqexp.training.checkpoint import Checkpoint
from seqexp.training.signals import signals_deferred

OnEpoch = Callable[[Epoch, float], None]


def launch_run(
    experiment: Experiment, overrides: Sequence[str], console: Console, plugins: Sequence[Plugin] = ()
) -> Result:
    """Run one checked experiment in this process, with the user's own Python, which is executed now.

    The overrides, those that set or pick something of it, are recorded, and give the run its name.

    Raises:
        Exception: What ended the run.
    """
    folder, registry = Path.cwd(), load_registry(plugins)
    request = Request(folder, list(overrides), run_name(experiment, overrides), None)
    with interrupts_end_run():
        if not experiment.tracking.offline:
            report_earlier_crashes(experiment, folder, console.print)
        return run_experiment(experiment, request, Sources(), console, registry)


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

    `on_start` is called with the run's id as soon as it is known, `on_epoch` with each completed epoch, once it is
    recorded, and its validation figure.

    Raises:
        InputError: If the input is wrong; nothing has been written then.
        TrainingDiverged: If the loss stopped being finite; the run is recorded as FAILED.
        NothingToScore: If no epoch had a finite validation figure; FAILED, too.
        PluginError: If the user's own code raised while it trained or forecast; FAILED, too.
        PredictionError: If what the model gave out is of no use, or it changed what it is scored with; FAILED, too.
    """
    begin = console.position
    source = sources.resolve(experiment.dataset)
    console.fact("data", source.reason if request.parent is None else source.known)
    prepared = prepare(experiment, source, lambda line: console.fact("", line), registry, request.threads)
    print_header(console, prepared)
    runs_folder = runs_folder_of(experiment, request.folder)
    recorder = record.start(prepared, request, runs_folder, console.urgent)
    with recorded_run(recorder, runs_folder, resume_flags(experiment, registry.plugins)) as (run, folder):
        if on_start is not None:
            on_start(run.run_id)
        record.documents(run, prepared)
        writer = CheckpointWriter(folder.path, facts_of(experiment, prepared, run.run_id), lambda: console.since(begin))
        return carry_out(prepared, run, writer, request.name, console, on_epoch=on_epoch)


def carry_out(
    prepared: Prepared,
    run: RunRecorder,
    writer: CheckpointWriter,
    name: str,
    console: Console,
    begin: Checkpoint | None = None,
    on_epoch: OnEpoch | None = None,
) -> Result:
    """Train what is prepared, from a checkpoint or from the start, score it, and record it in a run that is entered."""
    task, model = prepared.task, prepared.model
    state = begin.state if begin else TrainingState(prepared.experiment.training.monitor)
    with record.log(run, writer.log):
        with record.keeping_cut_short(run, prepared, state), telling_where(prepared.plugins):
            with _left_as_it_was(prepared):
                _train(prepared, run, writer, console, state, begin.snapshot if begin else None, on_epoch)
                if state.best_predictions is None:
                    raise NothingToScore(state, prepared.experiment.training.clipnorm)
                model.use_best(state)
                predictions = model.predict(task.samples, task.samples.rows.test)
            val = task.score("val", state.best_predictions, model.subject)
            test = task.score("test", predictions, model.subject)
        record.results(run, prepared, state, val, test)
        print_result(console, prepared, name, val, test)
        if prepared.experiment.tracking.audit:
            checks = list(quick_checks(prepared, task.shaped(predictions, task.samples.rows.test, model.subject)))
            record_checks(run, checks)
            print_checks(console, checks)
        metric = task.metric
        return Result(
            run.run_id,
            metric,
            (val.figure(metric), val.skill(metric)),
            (test.figure(metric), test.skill(metric)),
            task.digest,
            tuple((epoch.number, epoch.metrics[f"val_{metric.key}"]) for epoch in state.epochs),
            task.baseline[0],
        )


@contextmanager
def _left_as_it_was(prepared: Prepared) -> Iterator[None]:
    """Make sure that the user's own code in the block leaves what it is scored with as it was.

    Raises:
        PredictionError: If it got round the arrays' being read-only.
    """
    samples = prepared.task.samples
    before = samples.score_digest() if prepared.plugins else ""
    yield
    if prepared.plugins and samples.score_digest() != before:
        files = ", ".join(plugin.given for plugin in prepared.plugins)
        what = "must leave rows, targets and scaling as they are. Received: others after the training than before"
        raise PredictionError(f"{files} {what}: no score of them would be true.")


def _train(
    prepared: Prepared,
    run: RunRecorder,
    writer: CheckpointWriter,
    console: Console,
    state: TrainingState,
    begin: Snapshot | None,
    on_epoch: OnEpoch | None,
) -> None:
    """Show each epoch of a training to the person, keep its checkpoint, then record it.

    In this order, whatever dies in between is made up for: no epoch is recorded that a checkpoint lacks, and what is
    not recorded is caught up with.
    """
    task = prepared.task
    recorded = record.record_missing(run, state.epochs) if begin is not None else set()
    scale = view_of(task, prepared.vectors).scale
    with TrainingProgress(console, task, scale, completed=state.epochs) as progress:
        for event in prepared.model.train(task, state, begin):
            if isinstance(event, EpochDone):
                epoch = event.epoch
                # Who has read an epoch's line may count on its being kept. All this is done on the disk, at once.
                with signals_deferred():
                    progress.show(event)
                    writer.write(Checkpoint(event.snapshot(), state))
                    if epoch.number not in recorded:
                        run.log_epoch(epoch.number, epoch.metrics)
                if on_epoch is not None:
                    on_epoch(epoch, epoch.metrics[f"val_{task.metric.key}"])
            else:
                progress.show(event)

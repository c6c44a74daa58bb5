"""What is written down about one run."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import seqexp
from seqexp.config.digests import job_digest, shape_digest
from seqexp.config.plugins import Plugin
from seqexp.config.schema import Experiment
from seqexp.models.epoch import Epoch
from seqexp.models.estimators import Estimator
from seqexp.runs.checkpointing import Keeper
from seqexp.runs.jobs import JOB_PATIENCE
from seqexp.runs.memory import peak_bytes
from seqexp.runs.prepare import Prepared
from seqexp.runs.task import Score
from seqexp.tasks.metric import Measure
from seqexp.tracking import environment
from seqexp.tracking.recorder import JOB_DIGEST_TAG, SHAPE_DIGEST_TAG, RunRecorder
from seqexp.tracking.run_folder import CHECKPOINTS_TAG
from seqexp.tracking.store import open_store
from seqexp.tracking.uris import without_passwords
from seqexp.training.checkpoint import State
from seqexp.training.fit import Listener
from seqexp.training.training_state import Reached, TrainingDiverged

if TYPE_CHECKING:
    from seqexp.runs.experiment import Request


def start(prepared: Prepared, request: Request, place: Path) -> RunRecorder:
    """Return the recorder of the run, with everything that is known before training.

    Raises:
        InputError: If the store can't be reached.
    """
    experiment = prepared.experiment
    return RunRecorder(
        open_store(experiment.tracking.uri, request.folder, patience=JOB_PATIENCE if request.parent else 0.0),
        experiment.tracking.experiment,
        request.name,
        "trial" if request.parent else "run",
        {**experiment.tracking.tags, **_tags(prepared, request), CHECKPOINTS_TAG: str(place)},
        flatten(experiment),
        experiment.tracking.note,
        request.parent,
    )


def _tags(prepared: Prepared, request: Request) -> dict[str, str]:
    state, task, compute = environment.git_state(request.folder), prepared.task, prepared.compute
    experiment = prepared.experiment
    return {
        "seqexp.version": seqexp.__version__,
        "seqexp.overrides": without_passwords(" ".join(request.overrides)),
        "seqexp.config_digest": prepared.config_digest,
        JOB_DIGEST_TAG: job_digest(
            experiment,
            data_digest=prepared.data_digest,
            plugins=[plugin.digest for plugin in prepared.plugins],
            others=task.digests,
        ),
        SHAPE_DIGEST_TAG: shape_digest(experiment, data_digest=prepared.data_digest),
        "seqexp.data_digest": prepared.data_digest,
        "seqexp.task_digest": prepared.task_digest,
        "seqexp.task": task.kind,
        "seqexp.data_source": task.source,
        "seqexp.data_origin": task.origin,
        "seqexp.git_commit": state.commit or "none",
        "seqexp.git_dirty": "unknown" if state.dirty is None else str(state.dirty).lower(),
        "seqexp.jit_compile": str(compute.jit_compile).lower(),
        "seqexp.threads": str(compute.threads),
        "seqexp.layers": compute.layers,
        "seqexp.device": compute.device,
        **task.tags(),
        **plugin_tags(prepared.plugins),
    }


def plugin_tags(plugins: Sequence[Plugin]) -> dict[str, str]:
    """Return the tag that names the user's own Python files, such as "my_layers.py 0123456789abcdef"."""
    return {"seqexp.plugins": ", ".join(f"{p.name} {p.digest[:16]}" for p in plugins)} if plugins else {}


def flatten(experiment: Experiment) -> dict[str, str]:
    """Return the resolved configuration without passwords, flattened: "dataset.split.train.end" -> "200000"."""
    content = experiment.model_dump()
    content["model"] |= content["model"].pop("hyperparameters")
    return {key: "null" if value is None else without_passwords(_text(value)) for key, value in _leaves(content)}


def _leaves(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class EpochRecorder:
    """Shows each epoch to the person, keeps its checkpoint, then records it in the store.

    In this order, whatever dies in between is made up for: the store never has an epoch that a checkpoint lacks, and
    what it lacks itself is caught up with.
    """

    def __init__(self, run: RunRecorder, shown: Listener, keeper: Keeper) -> None:
        self._run, self._shown, self._keeper = run, shown, keeper
        self._recorded: set[int] = set()

    def on_step(self, epoch: int, step: int, steps: int) -> None:
        """Pass it on."""
        self._shown.on_step(epoch, step, steps)

    def on_validation(self, epoch: int) -> None:
        """Pass it on."""
        self._shown.on_validation(epoch)

    def on_epoch(self, epoch: Epoch, is_best: bool) -> None:
        """Pass it on."""
        self._shown.on_epoch(epoch, is_best)

    def keep(self, state: State) -> None:
        """Write the checkpoint, then record the epoch's figures.

        An interrupt waits for both: one that strikes within a store's own code may leave its locks taken for good.
        """
        self._keeper.keep(state)
        epoch = state.reached.epochs[-1]
        if epoch.number not in self._recorded:
            self._run.log_epoch(epoch.number, epoch.metrics)

    def catch_up(self, epochs: Sequence[Epoch]) -> None:
        """Record what the store lacks of the epochs that a checkpoint has."""
        self._recorded = record_missing(self._run, epochs)


def record_missing(run: RunRecorder, epochs: Sequence[Epoch]) -> set[int]:
    """Record the epochs that the store lacks, and return the numbers of those that it had."""
    recorded = run.recorded_epochs()
    for epoch in epochs:
        if epoch.number not in recorded:
            run.log_epoch(epoch.number, epoch.metrics)
    return recorded


def documents(run: RunRecorder, prepared: Prepared) -> None:
    """Record what is known before the training: the configuration, the environment, the data."""
    run.log_text(as_yaml(prepared.experiment), "config.yaml")
    run.log_json(environment.describe(prepared.compute.threads), "environment.json")
    for name, text in prepared.task.documents().items():
        run.log_text(text, name)
    record_plugins(run, prepared.plugins)
    task = prepared.task
    run.log_dataset(task.name, task.data_digest, task.origin, task.dataset_facts())


@contextlib.contextmanager
def log(run: RunRecorder, transcript: Callable[[], str]) -> Iterator[None]:
    """Record what was printed however the block ends."""
    try:
        yield
    finally:
        with noting_failure("record the log"):
            run.log_text(transcript(), "log.txt")


def record_plugins(run: RunRecorder, plugins: Sequence[Plugin]) -> None:
    """Record the bytes that were executed, whatever the files hold by now."""
    with tempfile.TemporaryDirectory(prefix="seqexp-") as name:
        for plugin in plugins:
            copy = Path(name) / plugin.name
            copy.write_bytes(plugin.content)
            run.log_file(copy, "plugins")


def as_yaml(experiment: Experiment) -> str:
    """Return the resolved configuration as the YAML that a person would write, without passwords."""
    import yaml

    content = experiment.model_dump()
    hyperparameters = content["model"].pop("hyperparameters")
    content["model"] = {"name": content["model"].pop("name"), **hyperparameters, **content["model"]}
    return without_passwords(str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True)))


@contextlib.contextmanager
def whatever_is_reached(run: RunRecorder, prepared: Prepared, reached: Reached) -> Iterator[None]:
    """Keep history, best weights and curves of a training that is cut short, then let the reason go on."""
    try:
        yield
    except BaseException as error:
        with noting_failure("record what had been reached"):
            record_missing(run, reached.epochs)  # the interrupt may have come between an epoch and its record
            if isinstance(error, TrainingDiverged):
                run.set_tags({"seqexp.diverged": str(error)})
                run.log_summary(
                    {
                        "diverged_epoch": error.epoch,
                        "diverged_step": error.step,
                        "diverged_learning_rate": error.learning_rate,
                        "diverged_gradient_norm": error.gradient_norm,
                    }
                )
            if reached.best is not None:
                key = prepared.task.measure.key
                best = {"best_epoch": reached.best.number, f"best_val_{key}": reached.best.metrics[f"val_{key}"]}
                run.log_summary(best)
                prepared.network.set_weights(reached.best_weights)
            training_artifacts(run, prepared, reached)
        error.add_note(_what_is_kept(run, reached, prepared.task.measure))
        raise


def _what_is_kept(run: RunRecorder, reached: Reached, measure: Measure) -> str:
    if reached.best is None:
        return f"No epoch was completed. Run {run.run_id} holds the weights as they were."
    best = reached.best.metrics[f"val_{measure.key}"]
    return (
        f"{len(reached.epochs)} epochs are recorded in run {run.run_id}, with the weights of the best one: "
        f"epoch {reached.best.number}, val {measure.label} {best:.4f}."
    )


@contextlib.contextmanager
def noting_failure(doing: str) -> Iterator[None]:
    """While an exception is on its way, what fails in the block becomes a note on it instead of hiding it."""
    pending = sys.exception()
    try:
        yield
    except Exception as failure:
        if pending is None:
            raise
        pending.add_note(f"could not {doing}: {failure}")


def training_artifacts(run: RunRecorder, prepared: Prepared, reached: Reached) -> None:
    """Record the history, the curves, and the network with its present weights."""
    with tempfile.TemporaryDirectory(prefix="seqexp-") as name:
        folder = Path(name)
        if reached.epochs:
            run.log_text(reached.history_csv(), "history.csv")
            curves = folder / "curves.png"
            prepared.task.draw_curves(reached.epochs, curves, _title(prepared))
            run.log_file(curves, "plots")
            curves.unlink()
        prepared.task.save(prepared.network, folder)
        for kept in sorted(folder.iterdir()):
            if kept.is_dir():
                run.log_folder(kept, kept.name)
            else:
                run.log_file(kept)


def estimator_artifacts(run: RunRecorder, prepared: Prepared, estimator: Estimator) -> None:
    """Record what an estimator is, and the arrays that it learned."""
    run.log_json(prepared.experiment.model.estimator, "model/estimator.json")
    # A user's own estimator need not have any.
    arrays = estimator.artifacts() if hasattr(estimator, "artifacts") else {}
    with tempfile.TemporaryDirectory(prefix="seqexp-") as name:
        prepared.task.save_estimator(estimator, Path(name))
        for kept in sorted(Path(name).iterdir()):
            run.log_folder(kept, kept.name)
        if arrays:
            path = Path(name) / "estimator.npz"
            np.savez(path, allow_pickle=False, **arrays)
            run.log_file(path, "model")


def _title(prepared: Prepared) -> str:
    source = " (simulated stand-in)" if prepared.task.source == "simulated" else ""
    return f"{prepared.experiment.model.name} on {prepared.experiment.dataset.name}{source}"


def results(run: RunRecorder, prepared: Prepared, reached: Reached, val: Score, test: Score) -> None:
    """Record the scores, the predictions and the pictures of a run that came to its end."""
    run.log_summary(
        {
            "best_epoch": reached.best.number if reached.best else 0,
            **prepared.task.results(val, test),
            "parameters": prepared.parameters,
            "train_seconds": reached.train_seconds,
            "memory_mb": peak_bytes() / 1e6,
        }
    )
    if prepared.estimator is None:
        training_artifacts(run, prepared, reached)
    else:
        estimator_artifacts(run, prepared, prepared.estimator)
    with tempfile.TemporaryDirectory(prefix="seqexp-") as name:
        for path, kind in prepared.task.draw_results(val, test, Path(name), _title(prepared)):
            run.log_file(path, kind)

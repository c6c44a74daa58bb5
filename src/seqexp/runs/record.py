"""What is written down about one run."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import seqexp
from seqexp.config.digests import group_digest, job_digest, shape_digest
from seqexp.config.output.secrets import masked_override, masked_values
from seqexp.config.plugins import Plugin
from seqexp.config.schema import OF_COLUMNS, Experiment
from seqexp.models.events import Epoch
from seqexp.models.training_state import TrainingDiverged, TrainingState
from seqexp.reporting.runs.view import view_of
from seqexp.runs.jobs import JOB_PATIENCE
from seqexp.runs.memory import peak_bytes
from seqexp.runs.prepare import Prepared, digests_of
from seqexp.runs.processes import time_limit
from seqexp.tasks.kinds import BASELINE_TAG, BASELINES_TAG, METRIC_TAG, SAMPLES_TAG
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score
from seqexp.tracking import environment
from seqexp.tracking.endings import Terminated
from seqexp.tracking.recorder import PATIENCE, RunRecorder
from seqexp.tracking.run_folder import CHECKPOINTS_TAG
from seqexp.tracking.spool.outbox import NO_STORE
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.tags import FOLDS_TAG, GROUP_DIGEST_TAG, JOB_DIGEST_TAG, SHAPE_DIGEST_TAG
from seqexp.training.signals import signals_deferred

if TYPE_CHECKING:
    from seqexp.runs.jobs import Request

_IN_A_HURRY = 0.8  # seconds for the model and the curves of a run that a person has interrupted


def start(prepared: Prepared, request: Request, runs_folder: Path, say: Callable[[str], None]) -> RunRecorder:
    """Return the recorder of the run, with everything that is known before training; `say` prints a line.

    Raises:
        InputError: If the store can't be reached.
    """
    experiment = prepared.experiment
    tracking, is_job = experiment.tracking, request.parent is not None
    waits = JOB_PATIENCE if is_job else 0.0
    store = NO_STORE if tracking.offline else open_store(tracking.uri, request.folder, patience=waits)
    return RunRecorder(
        store,
        experiment.tracking.experiment,
        request.name,
        "trial" if request.parent else "run",
        {**experiment.tracking.tags, **_tags(prepared, request), CHECKPOINTS_TAG: str(runs_folder)},
        flatten(experiment),
        experiment.tracking.note,
        request.parent,
        patience=waits or PATIENCE,
        say=say,
    )


def _tags(prepared: Prepared, request: Request) -> dict[str, str]:
    state, task, compute = environment.git_state(request.folder), prepared.task, prepared.model.compute
    experiment = prepared.experiment
    plugins = [plugin.digest for plugin in prepared.plugins]
    others = digests_of(prepared.vectors, task.samples.data)
    digests = {
        tag: digest(experiment, data_digest=task.samples.data.digest, plugins=plugins, others=others)
        for tag, digest in ((JOB_DIGEST_TAG, job_digest), (GROUP_DIGEST_TAG, group_digest))
    }
    return {
        "seqexp.version": seqexp.__version__,
        "seqexp.overrides": " ".join(map(masked_override, request.overrides)),
        "seqexp.config_digest": prepared.config_digest,
        **digests,
        SHAPE_DIGEST_TAG: shape_digest(experiment, data_digest=task.samples.data.digest),
        "seqexp.data_digest": task.samples.data.digest,
        "seqexp.task_digest": task.digest,
        **({} if task.folds_digest is None else {FOLDS_TAG: task.folds_digest}),
        "seqexp.task": task.kind.task,
        SAMPLES_TAG: task.kind.key,
        METRIC_TAG: task.metric.key,
        BASELINES_TAG: " ".join(task.baselines),
        BASELINE_TAG: next(iter(task.baselines)),
        "seqexp.data_source": task.samples.data.source,
        "seqexp.data_origin": task.samples.data.origin,
        "seqexp.git_commit": state.commit or "none",
        "seqexp.git_dirty": "unknown" if state.dirty is None else str(state.dirty).lower(),
        "seqexp.jit_compile": str(compute.jit_compile).lower(),
        "seqexp.threads": str(compute.threads),
        "seqexp.layers": compute.layers,
        "seqexp.device": compute.device,
        "seqexp.findings": "; ".join(item.text for item in prepared.findings) or "none",
        **view_of(task, prepared.vectors).tags(),
        **plugin_tags(prepared.plugins),
    }


def plugin_tags(plugins: Sequence[Plugin]) -> dict[str, str]:
    """Return the tag that names the user's own Python files, such as "my_layers.py 0123456789abcdef"."""
    return {"seqexp.plugins": ", ".join(f"{p.name} {p.digest[:16]}" for p in plugins)} if plugins else {}


def flatten(experiment: Experiment) -> dict[str, str]:
    """Return the resolved configuration without secrets, flattened: "dataset.split.train.end" -> "200000"."""
    content = experiment.model_dump()
    content["model"] |= content["model"].pop("hyperparameters")
    # Names of the user's own, such as labels, may hold what no store takes in a key.
    content["dataset"] |= {name: str(value) for name, value in experiment.dataset if isinstance(value, dict)}
    if experiment.dataset.fold is None:  # as runs have it that were recorded before there were folds
        del content["dataset"]["fold"]
    texts = {key: "null" if value is None else _text(value) for key, value in _leaves(content)}
    return dict(masked_values(texts))


def _leaves(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping) and value and not (prefix == "dataset." and key in OF_COLUMNS):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


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
    run.log_json(environment.describe(prepared.model.compute.threads), "environment.json")
    for name, text in prepared.task.samples.documents().items():
        run.log_text(text, name)
    record_plugins(run, prepared.plugins)
    data = prepared.task.samples.data
    run.log_dataset(data.name, data.digest, data.origin, prepared.task.samples.contents())


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
    """Return the resolved configuration as the YAML that a person would write, without secrets."""
    import yaml

    content = experiment.model_dump()
    hyperparameters = content["model"].pop("hyperparameters")
    content["model"] = {"name": content["model"].pop("name"), **hyperparameters, **content["model"]}
    return str(yaml.safe_dump(masked_values(content), sort_keys=False, allow_unicode=True))


@contextlib.contextmanager
def keeping_cut_short(run: RunRecorder, prepared: Prepared, state: TrainingState) -> Iterator[None]:
    """Record history, best weights and curves of epochs that are cut short, then let the reason go on."""
    metric = prepared.task.metric
    try:
        yield
    except BaseException as error:
        if not state.has_begun:
            raise
        has_model = False
        with noting_failure("record what had been reached"):
            record_missing(run, state.epochs)  # the interrupt may have come between an epoch and its record
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
            if state.best is not None:
                best = state.best.metrics[f"val_{metric.key}"]
                run.log_summary({"best_epoch": state.best.number, metric.name("val"): best})
                prepared.model.use_best(state)
            # The checkpoint has the weights, too.
            hurries = isinstance(error, KeyboardInterrupt | Terminated)
            with time_limit(_IN_A_HURRY) if hurries else contextlib.nullcontext():
                model_artifacts(run, prepared, state)
                has_model = True
            run.settle()
        error.add_note(_what_is_kept(run, state, metric, has_model=has_model))
        raise


def _what_is_kept(run: RunRecorder, state: TrainingState, metric: Metric, *, has_model: bool) -> str:
    if not state.epochs:
        kept = f"Run {run.run_id} holds the weights as they were" if has_model else "No weights are kept"
        return f"No epoch was completed. {kept}."
    waiting = run.epochs_waiting
    recorded = len(state.epochs) - waiting
    counted = f"{recorded} epoch{' is' if recorded == 1 else 's are'} recorded in run {run.run_id}"
    on_disk = f", {waiting} wait{'' if waiting > 1 else 's'} on disk" if waiting else ""
    if state.best is None:
        return f"{counted}{on_disk}, none of which gave a finite {state.monitor}."
    best = state.best.metrics[f"val_{metric.key}"]
    the_best = f"epoch {state.best.number}, val {metric.label} {best:.4f}."
    if has_model:
        return f"{counted}{on_disk}, with the weights of the best one: {the_best}"
    return f"{counted}{on_disk}; the checkpoint alone has the weights of the best one: {the_best}"


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


def model_artifacts(run: RunRecorder, prepared: Prepared, state: TrainingState) -> None:
    """Record the history and the curves of the epochs, if there are any, and the model as it is."""
    task = prepared.task
    with tempfile.TemporaryDirectory(prefix="seqexp-") as name:
        folder = Path(name)
        if state.epochs:
            run.log_text(state.history_csv(), "history.csv")
            curves = folder / "curves.png"
            view_of(task, prepared.vectors).draw_curves(state.epochs, curves, _title(prepared))
            run.log_file(curves, "plots")
            curves.unlink()
        prepared.model.save(folder, task.samples)
        with signals_deferred():  # half a model would be of no use
            for kept in sorted(folder.iterdir()):
                if kept.is_dir():
                    run.log_folder(kept, kept.name)
                else:
                    run.log_file(kept)


def _title(prepared: Prepared) -> str:
    source = " (simulated stand-in)" if prepared.task.samples.data.source == "simulated" else ""
    return f"{prepared.experiment.model.name} on {prepared.task.samples.data.name}{source}"


def results(run: RunRecorder, prepared: Prepared, state: TrainingState, val: Score, test: Score) -> None:
    """Record the scores, the predictions and the pictures of a run that came to its end."""
    memory = peak_bytes()
    run.log_summary(
        {
            "best_epoch": state.best.number if state.best else 0,
            **figures(prepared, val, test),
            "parameters": prepared.model.parameters,
            "train_seconds": state.train_seconds,
            **({} if memory is None else {"memory_mb": memory / 1e6}),
        }
    )
    model_artifacts(run, prepared, state)
    with tempfile.TemporaryDirectory(prefix="seqexp-") as name:
        view = view_of(prepared.task, prepared.vectors)
        for path, kind in view.write_results(val, test, Path(name), _title(prepared)):
            run.log_file(path, kind)


def figures(prepared: Prepared, val: Score, test: Score) -> dict[str, float]:
    """Return the figures that a run has once: of every metric of its task, and of its baselines."""
    task = prepared.task
    scale = view_of(task, prepared.vectors).scale
    found: dict[str, float | None] = {}
    for score in (val, test):
        found |= score.recorded(task.metrics, task.metric, scale and scale[0])
    if prepared.vectors:
        found["vectors_coverage"] = prepared.vectors.found / prepared.vectors.words
    return {name: value for name, value in found.items() if value is not None}

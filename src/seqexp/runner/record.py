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
from seqexp.config.plugins import Plugin
from seqexp.config.schema import Experiment
from seqexp.data.splits import PARTS
from seqexp.evaluation.epoch import Epoch
from seqexp.evaluation.predictions import write_predictions
from seqexp.evaluation.scores import PartScore
from seqexp.models.estimators import Estimator
from seqexp.reporting.data_facts import repairs_in_words
from seqexp.reporting.plots import plot_curves, plot_forecast
from seqexp.runner.prepare import Prepared
from seqexp.tracking import environment, git
from seqexp.tracking.model import save_network
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store import open_store
from seqexp.training.fit import Listener
from seqexp.training.reached import Reached, TrainingDiverged

if TYPE_CHECKING:
    from seqexp.runner.experiment import Request


def start(prepared: Prepared, request: Request) -> RunRecorder:
    """Return the recorder of the run, with everything that is known before training.

    Raises:
        InputError: If the store can't be reached.
    """
    experiment = prepared.experiment
    return RunRecorder(
        open_store(experiment.tracking.uri, request.folder),
        experiment.tracking.experiment,
        request.name,
        "trial" if request.parent else "run",
        {**experiment.tracking.tags, **_tags(prepared, request)},
        flatten(experiment),
        experiment.tracking.note,
        request.parent,
    )


def _tags(prepared: Prepared, request: Request) -> dict[str, str]:
    state = git.describe(request.folder)
    windows, compute = prepared.windows, prepared.compute
    return {
        "seqexp.version": seqexp.__version__,
        "seqexp.overrides": " ".join(request.overrides),
        "seqexp.config_digest": prepared.config_digest,
        "seqexp.data_digest": prepared.data_digest,
        "seqexp.task_digest": prepared.task_digest,
        "seqexp.data_source": windows.series.source,
        "seqexp.data_origin": windows.series.origin,
        "seqexp.git_commit": state.commit or "none",
        "seqexp.git_dirty": "unknown" if state.dirty is None else str(state.dirty).lower(),
        "seqexp.unit": windows.unit,
        "seqexp.true_lead_hours": f"{windows.true_lead_hours:g}",
        "seqexp.windows": " ".join(f"{part}={len(getattr(windows.rows, part))}" for part in PARTS),
        "seqexp.replaced_values": str(sum(windows.replaced.values())),
        "seqexp.repairs": "; ".join(repairs_in_words(windows)) or "none",
        "seqexp.jit_compile": str(compute.jit_compile).lower(),
        "seqexp.threads": str(compute.threads),
        "seqexp.layers": compute.layers,
        "seqexp.device": compute.device,
        **plugin_tags(prepared.plugins),
    }


def plugin_tags(plugins: Sequence[Plugin]) -> dict[str, str]:
    """Return the tag that names the user's own Python files, such as "my_layers.py 0123456789abcdef"."""
    return {"seqexp.plugins": ", ".join(f"{p.name} {p.digest[:16]}" for p in plugins)} if plugins else {}


def flatten(experiment: Experiment) -> dict[str, str]:
    """Return the resolved configuration, flattened: "dataset.split.train.end" -> "200000"."""
    content = experiment.model_dump()
    content["model"] |= content["model"].pop("hyperparameters")
    return {key: "null" if value is None else _text(value) for key, value in _leaves(content)}


def _leaves(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class EpochRecorder:
    """Records each epoch in the store, and passes everything on to what the person sees."""

    def __init__(self, run: RunRecorder, shown: Listener) -> None:
        self._run, self._shown = run, shown

    def on_step(self, epoch: int, step: int, steps: int) -> None:
        """Pass it on."""
        self._shown.on_step(epoch, step, steps)

    def on_validation(self, epoch: int) -> None:
        """Pass it on."""
        self._shown.on_validation(epoch)

    def on_epoch(self, epoch: Epoch, is_best: bool) -> None:
        """Record the figures, then pass them on."""
        self._run.log_epoch(epoch.number, epoch.metrics)
        self._shown.on_epoch(epoch, is_best)


@contextlib.contextmanager
def documents(run: RunRecorder, prepared: Prepared, transcript: Callable[[], str]) -> Iterator[None]:
    """Record the configuration and the environment at once, and what was printed however the block ends."""
    run.log_text(as_yaml(prepared.experiment), "config.yaml")
    run.log_json(environment.describe(prepared.compute.threads), "environment.json")
    run.log_json(_scaling(prepared), "scaling.json")
    record_plugins(run, prepared.plugins)
    series = prepared.windows.series
    facts = {
        "rows": len(series),
        "rows_repaired": len(prepared.windows),
        "columns": list(series.columns),
        "dropped": list(series.dropped),
        "interval_seconds": series.interval_seconds,
    }
    run.log_dataset(series.name, prepared.data_digest, series.origin, facts)
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
    """Return the resolved configuration as the YAML that a person would write."""
    import yaml

    content = experiment.model_dump()
    hyperparameters = content["model"].pop("hyperparameters")
    content["model"] = {"name": content["model"].pop("name"), **hyperparameters, **content["model"]}
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def _scaling(prepared: Prepared) -> dict[str, Any]:
    """Return what turns recorded values into what the saved model takes, and its forecasts back."""
    windows = prepared.windows
    return {
        "columns": list(windows.columns),
        "mean": windows.scaling.mean.tolist(),
        "std": windows.scaling.std.tolist(),
        "target": windows.target_name,
        "replaced_values": dict(windows.replaced),
    }


@contextlib.contextmanager
def whatever_is_reached(run: RunRecorder, prepared: Prepared, reached: Reached) -> Iterator[None]:
    """Keep history, best weights and curves of a training that is cut short, then let the reason go on."""
    try:
        yield
    except BaseException as error:
        with noting_failure("record what had been reached"):
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
                run.log_summary({"best_epoch": reached.best.number, "best_val_mae": reached.best.metrics["val_mae"]})
                prepared.network.set_weights(reached.best_weights)
            training_artifacts(run, prepared, reached)
        error.add_note(_what_is_kept(run, reached))
        raise


def _what_is_kept(run: RunRecorder, reached: Reached) -> str:
    if reached.best is None:
        return f"No epoch was completed. Run {run.run_id} holds the weights as they were."
    best = reached.best.metrics["val_mae"]
    return (
        f"{len(reached.epochs)} epochs are recorded in run {run.run_id}, with the weights of the best one: "
        f"epoch {reached.best.number}, val MAE {best:.4f}."
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
    """Record the configuration, the history, the curves, and the network with its present weights."""
    windows = prepared.windows
    with tempfile.TemporaryDirectory(prefix="seqexp-") as name:
        folder = Path(name)
        if reached.epochs:
            run.log_text(reached.history_csv(), "history.csv")
            naive = windows.last_seen(windows.rows.val) - windows.targets(windows.rows.val)
            plot_curves(reached.epochs, windows, float(abs(naive).mean()), folder / "curves.png", _title(prepared))
            run.log_file(folder / "curves.png", "plots")
        save_network(prepared.network, folder / "model", windows.shape)
        run.log_folder(folder / "model", "model")


def estimator_artifacts(run: RunRecorder, prepared: Prepared, estimator: Estimator) -> None:
    """Record what an estimator is, and the arrays that it learned."""
    run.log_json(prepared.experiment.model.estimator, "model/estimator.json")
    # A user's own estimator need not have any.
    arrays = estimator.artifacts() if hasattr(estimator, "artifacts") else {}
    if arrays:
        with tempfile.TemporaryDirectory(prefix="seqexp-") as name:
            path = Path(name) / "estimator.npz"
            np.savez(path, allow_pickle=False, **arrays)
            run.log_file(path, "model")


def _title(prepared: Prepared) -> str:
    source = " (simulated stand-in)" if prepared.windows.series.source == "simulated" else ""
    return f"{prepared.experiment.model.name} on {prepared.experiment.dataset.name}{source}"


def results(run: RunRecorder, prepared: Prepared, reached: Reached, val: PartScore, test: PartScore) -> None:
    """Record the scores, the forecasts and the pictures of a run that came to its end."""
    windows = prepared.windows
    run.log_summary(
        {
            "best_epoch": reached.best.number if reached.best else 0,
            "best_val_mae": val.mae,
            "test_mae": test.mae,
            "test_mae_units": test.mae * windows.target_scale,
            "naive_val_mae": val.naive_mae,
            "naive_test_mae": test.naive_mae,
            "skill_val": val.skill,
            "skill_test": test.skill,
            "parameters": prepared.parameters,
            "train_seconds": reached.train_seconds,
        }
    )
    if prepared.estimator is None:
        training_artifacts(run, prepared, reached)
    else:
        estimator_artifacts(run, prepared, prepared.estimator)
    with tempfile.TemporaryDirectory(prefix="seqexp-") as name:
        folder = Path(name)
        for score in (val, test):
            write_predictions(score, windows, folder / f"{score.part}.parquet")
            run.log_file(folder / f"{score.part}.parquet", "predictions")
        plot_forecast(test, windows, folder / "forecast.png", _title(prepared))
        run.log_file(folder / "forecast.png", "plots")

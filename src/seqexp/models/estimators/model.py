"""An estimator as a model of one task."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import Fault, InputError
from seqexp.data.arrays import Floats, Rows
from seqexp.data.samples import Samples
from seqexp.data.text.texts import Texts
from seqexp.models.events import Event, Snapshot
from seqexp.models.model import Compute, LayerFacts
from seqexp.models.saved_models import save_text_estimator
from seqexp.models.training_state import TrainingState
from seqexp.tasks.task import Task

_ENTRY, _ARRAYS = "estimator.json", "estimator.npz"


class Estimator(Protocol):
    """A model that is fitted at once, without epochs.

    A user's own class need not have `artifacts` and `restore`; one without a `task` is taken for one that forecasts.
    """

    def fit(self, data: Any, /) -> None:
        """Learn from the training part of the Windows, or Texts, alone."""

    def predict(self, data: Any, rows: Rows, /) -> Floats:
        """Return (windows,) float64, the normalised forecast for each row; of texts (texts, classes) probabilities."""

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""

    def artifacts(self) -> Mapping[str, NDArray[Any]]:
        """Return what was learned, as the arrays to keep with the run by name; empty where nothing was."""

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `artifacts` returned once: nothing need be fitted then."""


class EstimatorModel:
    """An estimator, with its name and its arguments as a model's YAML has them; see `Model` for what it can do."""

    compute: ClassVar[Compute] = Compute(False, 1, "none", "cpu")
    about: ClassVar[str] = "not a network: fitted at once"
    notes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, estimator: Estimator, entry: Mapping[str, Any], subject: str) -> None:
        self.estimator, self._entry, self.subject = estimator, entry, subject

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""
        return self.estimator.parameters

    def layers(self) -> list[LayerFacts]:
        """Return nothing: an estimator has no layers."""
        return []

    def train(self, task: Task, state: TrainingState, begin: Snapshot | None = None) -> Iterator[Event]:
        """Fit the estimator at once: there is no event."""
        started = time.perf_counter()
        self.estimator.fit(task.samples)
        state.fit_seconds = time.perf_counter() - started
        rows = task.samples.rows.val
        state.best_predictions = task.shaped(self.predict(task.samples, rows), rows, self.subject)
        yield from ()

    def check_snapshot(self, task: Task, state: TrainingState, begin: Snapshot) -> None:
        """Refuse it, as an estimator that is fitted at once has none."""
        raise ValueError(f"{self.subject} is fitted at once, and leaves no checkpoint")

    def use_best(self, state: TrainingState) -> None:
        """Change nothing: there are no epochs."""

    def predict(self, samples: Samples, rows: Rows, batch: int | None = None) -> Floats:
        """Return what the estimator gives out: (windows,) normalised forecasts, or (texts, classes) probabilities."""
        if batch is None:
            return self.estimator.predict(samples, rows)
        parts = [self.estimator.predict(samples, rows[first : first + batch]) for first in range(0, len(rows), batch)]
        return np.concatenate(parts)

    def learned(self) -> list[NDArray[Any]]:
        """Return the arrays that are kept with a run; none of a user's own estimator that keeps nothing."""
        return list(self._artifacts().values())

    def save(self, folder: Path, samples: Samples) -> None:
        """Write its name, its arguments and what it learned; seqexp's own of texts as MLflow models, too."""
        kept = folder / "model"
        if isinstance(samples, Texts) and type(self.estimator).__module__.startswith("seqexp."):
            save_text_estimator(self.estimator, kept, samples.tokeniser, samples.classes)
        kept.mkdir(exist_ok=True)
        text = json.dumps(dict(self._entry), indent=2, ensure_ascii=False, default=str)
        (kept / _ENTRY).write_text(f"{text}\n", encoding="utf-8")
        arrays = self._artifacts()
        if arrays:
            np.savez(kept / _ARRAYS, allow_pickle=False, **arrays)

    def _artifacts(self) -> Mapping[str, NDArray[Any]]:
        # A user's own estimator need not have any.
        return self.estimator.artifacts() if hasattr(self.estimator, "artifacts") else {}


def saved_entry(folder: Path) -> Mapping[str, Any] | None:
    """Return the name and the arguments of the estimator that was saved in a folder; None if it was none."""
    path = folder / "model" / _ENTRY
    if not path.exists():
        return None
    entry: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return entry


def restore(estimator: Estimator, folder: Path) -> None:
    """Have an estimator take over what `EstimatorModel.save` wrote of one that was made with the same arguments.

    Raises:
        InputError: If it is a user's own that can't.
    """
    path = folder / "model" / _ARRAYS
    if not hasattr(estimator, "restore"):
        key = f"model.estimator.{type(estimator).__name__}"
        why = "can't be loaded: give it a method restore(arrays) that takes what artifacts() returned."
        raise InputError(Fault(key, f"{key} {why}"))
    arrays: dict[str, NDArray[Any]] = {}
    if path.exists():
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    estimator.restore(arrays)

"""What a search leaves beside the table of its trials: its history, its importances, its best trial."""

from __future__ import annotations

import csv
import io
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState
from rich.table import Table

from seqexp.config.overrides import as_one_run
from seqexp.config.search.plan import Search
from seqexp.config.search.space import Real, Value, Whole
from seqexp.reporting.console import Console
from seqexp.reporting.numbers import number
from seqexp.reporting.sweeps.search_plots import Key, Tried, plot_history, plot_importances, plot_keys
from seqexp.runs.jobs import Job
from seqexp.sweeps.queue.importance import Importances, importances_of
from seqexp.sweeps.queue.leases import RUN, values_of
from seqexp.tasks.metric import Metric
from seqexp.tracking.recorder import RunRecorder

_ENDED = {TrialState.COMPLETE: "finished", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
_BAR = 24  # characters of the longest bar


@dataclass(frozen=True)
class Searched:
    """A search that has come to its end, or to the end of what this command was to do.

    Attributes:
        jobs: How each trial ended.
        study: The study.
        search: What was drawn.
        metric: What trials are ranked by.
        storage: The database without its password.
    """

    jobs: Sequence[Job]
    study: Study
    search: Search
    metric: Metric
    storage: str

    @property
    def importances(self) -> Importances:
        """How much each key matters."""
        return importances_of(self.study)


def record_search(parent: RunRecorder, study: Study, search: Search, metric: Metric, name: str) -> None:
    """Record the pictures of a search, and the importances as a table.

    Args:
        parent: The sweep's run.
        study: The study.
        search: What was drawn.
        metric: What trials are ranked by.
        name: The sweep's name, the title of the pictures.
    """
    importances = importances_of(study)
    tried = [_tried(trial) for trial in study.get_trials(deepcopy=False) if trial.state in _ENDED]
    with tempfile.TemporaryDirectory(prefix="seqexp-") as folder:
        path = Path(folder) / "history.png"
        if plot_history(tried, metric, path, name):
            parent.log_file(path, "plots")
        path = Path(folder) / "keys.png"
        if plot_keys(_keys(study, search, importances), metric, path, name):
            parent.log_file(path, "plots")
        path = Path(folder) / "importances.png"
        if plot_importances(importances.shares, path, f"{name}: what matters, by {importances.finished} trials"):
            parent.log_file(path, "plots")
            parent.log_text(_as_csv(importances), "importances.csv")


def _tried(trial: FrozenTrial) -> Tried:
    ended = _ENDED[trial.state]
    value = trial.value if ended == "finished" else trial.intermediate_values.get(trial.last_step or 0)
    return Tried(trial.number, ended, value)  # type: ignore[arg-type]


def _keys(study: Study, search: Search, importances: Importances) -> list[Key]:
    """Return the searched keys, those that matter most first."""
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    keys = []
    for entry in search.space.searched:
        is_log = isinstance(entry.among, Whole | Real) and entry.among.log
        points = [
            (_number_or_text(trial.params[entry.key]), float(trial.value or 0.0), trial.number)
            for trial in finished
            if entry.key in trial.params
        ]
        keys.append(Key(entry.key, is_log, points))
    return sorted(keys, key=lambda key: -importances.shares.get(key.name, 0.0))


def _number_or_text(value: Value) -> float | str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else str(value)  # type: ignore[return-value]


def _as_csv(importances: Importances) -> str:
    text = io.StringIO()
    rows = [("key", "share"), *((key, repr(share)) for key, share in importances.shares.items())]
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def print_search(console: Console, searched: Searched, flags: Sequence[str] = ()) -> None:
    """Print what matters, the best trial, and how to train it again.

    Args:
        console: Where to print.
        searched: The search.
        flags: What names the user's own files, such as --config-dir and its folder.
    """
    importances = searched.importances
    if importances.shares:
        console.print(f"what matters, by {importances.finished} finished trials", style="bold")
        console.print(_importance_table(importances))
    for note in importances.notes:
        console.fact("note", note)
    console.print()
    finished = searched.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if not finished:
        return
    best = searched.study.best_trial
    values = values_of(searched.search.space, best.params)
    label, value = searched.metric.label, number(float(best.value or 0.0), 4)
    console.print(f"the best of {len(finished)} finished trials: #{best.number}", style="bold")
    console.fact("val", f"{label} {value}, run {best.user_attrs.get(RUN)}")
    overrides = [text for text in searched.search.experiment(values)[1] if not text.startswith("tracking.")]
    console.fact("again", shlex.join(["seqexp", "train", *flags, *as_one_run(overrides)]))
    console.fact("study", f"{searched.study.study_name}, in {searched.storage}")
    console.print()


def _importance_table(importances: Importances) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    most = max(importances.shares.values())
    for key, share in importances.shares.items():
        table.add_row(key, f"{100 * share:.0f} %", "▪" * round(_BAR * share / most) if most else "")
    return table

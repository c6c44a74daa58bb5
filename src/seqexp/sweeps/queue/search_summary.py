"""The summary of a search, recorded and printed: its history, the importance of each key, its best trial."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState
from rich.table import Column, Table

from seqexp.config.output.printable import csv_text
from seqexp.config.output.shell import shell_line
from seqexp.config.overrides import as_one_run
from seqexp.config.search.search import Search
from seqexp.config.search.space import Real, SearchValue, Whole
from seqexp.reporting.console import Console, PlainTable
from seqexp.reporting.numbers import number
from seqexp.reporting.sweeps.search_plots import KeyPoints, TrialPoint, plot_history, plot_importances, plot_keys
from seqexp.reporting.sweeps.setting import setting_of
from seqexp.runs.jobs import Job
from seqexp.sweeps.queue.study import StudyRequest
from seqexp.sweeps.queue.trial_record import RUN_KEY, drawn_values
from seqexp.tracking.recorder import RunRecorder

_ENDED = {TrialState.COMPLETE: "finished", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
# Warnings about Optuna's interface, which do not concern the user of a search.
_OPTUNAS_OWN = (optuna.exceptions.ExperimentalWarning, FutureWarning, DeprecationWarning)
_BAR = 24  # characters of the longest bar
_FEWEST = 10  # finished trials from which importances are estimated


@dataclass(frozen=True)
class Importances:
    """How much of the difference between trials each searched key explains.

    Attributes:
        shares: The share of each key, the greatest first; they sum to 1. Empty where too few trials have finished.
        finished: The number of finished trials.
        notes: Why the shares are doubtful, or why there are none.
    """

    shares: dict[str, float]
    finished: int
    notes: tuple[str, ...] = ()


def importances_of(study: Study) -> Importances:
    """Return the importances of a study's keys.

    PED-ANOVA: how differently each key is distributed among the best tenth of the finished trials and among all.
    Conditional keys are judged among the trials that have them. Watanabe et al. 2023, https://arxiv.org/abs/2304.10255.
    """
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(finished) < _FEWEST:
        why = f"it takes {_FEWEST} finished trials to say what matters; so far there are {len(finished)}"
        return Importances({}, len(finished), (why,))
    if len({trial.value for trial in finished}) == 1:
        return Importances({}, len(finished), ("all finished trials have the same figure",))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for category in _OPTUNAS_OWN:
            warnings.simplefilter("ignore", category)
        shares = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    notes = dict.fromkeys(str(item.message) for item in caught)
    return Importances({key: float(share) for key, share in shares.items()}, len(finished), tuple(notes))


@dataclass(frozen=True)
class SearchOutcome:
    """How each trial of a search ended, or how far this command has taken the study that was asked for."""

    jobs: Sequence[Job]
    study: Study
    request: StudyRequest


def record_search(parent: RunRecorder, study: Study, request: StudyRequest, name: str) -> None:
    """Record the pictures of a search with its name as their title, and the importances as a table."""
    importances = importances_of(study)
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    run_ids = [str(trial.user_attrs[RUN_KEY]) for trial in finished if RUN_KEY in trial.user_attrs]
    setting = setting_of(parent.store, run_ids, name, request.metric)
    points = [_point_of(trial) for trial in study.get_trials(deepcopy=False) if trial.state in _ENDED]
    with tempfile.TemporaryDirectory(prefix="seqexp-") as folder:
        path = Path(folder) / "history.png"
        if plot_history(points, setting, path):
            parent.log_file(path, "plots")
        path = Path(folder) / "keys.png"
        if plot_keys(_keys(study, request.search, importances), setting, path):
            parent.log_file(path, "plots")
        path = Path(folder) / "importances.png"
        if plot_importances(
            importances.shares, path, f"{setting.title}: what matters, by {importances.finished} trials"
        ):
            parent.log_file(path, "plots")
            parent.log_text(csv_text([("key", "share"), *importances.shares.items()]), "importances.csv")


def _point_of(trial: FrozenTrial) -> TrialPoint:
    ended = _ENDED[trial.state]
    value = trial.value if ended == "finished" else trial.intermediate_values.get(trial.last_step or 0)
    return TrialPoint(trial.number, ended, value)  # type: ignore[arg-type]


def _keys(study: Study, search: Search, importances: Importances) -> list[KeyPoints]:
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
        keys.append(KeyPoints(entry.key, is_log, points))
    return sorted(keys, key=lambda key: -importances.shares.get(key.name, 0.0))


def _number_or_text(value: SearchValue) -> float | str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else str(value)  # type: ignore[return-value]


def print_search(console: Console, outcome: SearchOutcome, flags: Sequence[str] = ()) -> None:
    """Print what matters, the best trial, and how to train it again with flags that name the user's own files."""
    importances = importances_of(outcome.study)
    if importances.shares:
        console.print(f"what matters, by {importances.finished} finished trials", style="bold")
        console.print(_importance_table(importances))
    for note in importances.notes:
        console.fact("note", note)
    console.print()
    finished = outcome.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if not finished:
        return
    best = outcome.study.best_trial
    search = outcome.request.search
    values = drawn_values(search.space, best.params)
    label, value = outcome.request.metric.label, number(float(best.value or 0.0), 4)
    console.print(f"the best of {len(finished)} finished trials: #{best.number}", style="bold")
    console.fact("val", f"{label} {value}, run {best.user_attrs.get(RUN_KEY)}")
    overrides = [text for text in search.experiment(values)[1] if not text.startswith("tracking.")]
    console.fact("again", shell_line(["seqexp", "train", *flags, *as_one_run(overrides)]))
    console.fact("study", f"{outcome.study.study_name}, in {outcome.request.storage.shown}")
    console.print()


def _importance_table(importances: Importances) -> Table:
    table = PlainTable("", Column(justify="right"), "", box=None, pad_edge=False, show_header=False)
    most = max(importances.shares.values())
    for key, share in importances.shares.items():
        table.add_row(key, f"{100 * share:.0f} %", "▪" * round(_BAR * share / most) if most else "")
    return table

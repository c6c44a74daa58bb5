"""Run a search: one run of its own, a child run for each trial, and a study that several commands may share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optuna.study import Study
from optuna.trial import FrozenTrial

from seqexp.config.search.search import Search
from seqexp.reporting.console import Console
from seqexp.reporting.numbers import counted
from seqexp.runs.checkpointing import report_earlier_crashes, runs_folder_of
from seqexp.runs.prepare import Sources, check_data, of_different_data
from seqexp.sweeps.checked import CheckedSweep, SweepRequest
from seqexp.sweeps.launch import deliver_jobs, run_sweep, sweep_recorder
from seqexp.sweeps.queue.job_runs import DONE_BEFORE
from seqexp.sweeps.queue.leases import TrialRuns
from seqexp.sweeps.queue.search_summary import SearchOutcome, record_search
from seqexp.sweeps.queue.storage import locate_studies
from seqexp.sweeps.queue.study import ENDED, PARENT_KEY, StudyRequest, study_name
from seqexp.sweeps.queue.trial_record import RUN_KEY, job_of_trial
from seqexp.sweeps.queue.trials import StudySource
from seqexp.tasks.kinds import KINDS
from seqexp.tracking.reading.artifacts import read_artifacts
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import is_idle
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store, TrackingError

if TYPE_CHECKING:
    from mlflow.entities import Run

STUDY_TAG, STORAGE_TAG = "seqexp.study", "seqexp.study_storage"  # of the run of the search


def launch_search(request: SweepRequest, console: Console) -> SearchOutcome:
    """Run the trials of a search as children of one parent run, in supervised processes; none stops the others.

    Raises:
        InputError: If a plugin is refused, the data can't be had, or the study is not what was asked for; nothing has
            been run then.
    """
    search, sources = request.plan.search, Sources()
    assert search is not None
    first = request.plan.experiments[0]
    checked = check_data(of_different_data(request.plan.experiments), sources, lambda line: console.fact("data", line))
    report_earlier_crashes(first, request.folder, console.print)
    storage = locate_studies(search.settings.storage, first.tracking.uri, request.folder)
    name, metric = study_name(search, first.tracking.run_name), KINDS[first.dataset.kind].metric
    wanted = StudyRequest(search, name, metric, checked[0].data_digest, storage, request.resumes)
    study = wanted.find()
    store, runs_folder = open_store(first.tracking.uri, request.folder), runs_folder_of(first, request.folder)
    if study is not None and request.resumes:
        trials = {trial.user_attrs.get(RUN_KEY) for trial in study.get_trials(deepcopy=False)}
        deliver_jobs(store, runs_folder, lambda run: run.info.run_id in trials, console)
    total = search.settings.trials
    left = total - (0 if study is None else len(_ended(study)[:total]))
    known = CheckedSweep(request, (), checked, sources, runs_folder)
    if study is not None and left <= 0 and _is_summed_up(study, store, known):
        console.fact("search", f"all {total} trials have ended: a higher hydra.sweeper.trials goes on")
        jobs = [job_of_trial(search.space, trial, metric, DONE_BEFORE) for trial in _ended(study)]
        return SearchOutcome(jobs, study, wanted)
    console.fact("search", f"{_in_words(search, total, left)}; study {name!r} in {storage.shown}")
    source = StudySource(wanted, TrialRuns(store, runs_folder))
    before = None if study is None else _idle_parent(study, store, known)
    tags = {STUDY_TAG: wanted.name, STORAGE_TAG: wanted.storage.shown}
    recorder = sweep_recorder(known, store, before, tags)

    def record_more(parent: RunRecorder) -> None:
        record_search(parent, source.study, wanted, request.name)

    jobs = run_sweep(known, source, recorder, console, record_more)
    return SearchOutcome(jobs, source.study, wanted)


def _is_summed_up(study: Study, store: Store, known: CheckedSweep) -> bool:
    """Return whether the run of a search has the summary of its trials, or another process is going to record it."""
    parent = _idle_parent(study, store, known)
    return parent is None or bool(read_artifacts(store, parent.info.run_id, ["summary.csv"]))


def _ended(study: Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=ENDED)


def _in_words(search: Search, total: int, left: int) -> str:
    sampler, pruner = search.settings.sampler, search.settings.pruner
    trials = counted(total, "trial") if left == total else f"{left} of {total} trials are left"
    pruned = "none is pruned" if pruner.name == "none" else f"pruned by {pruner.name}"
    return f"{trials}, proposed by {sampler.name} (seed {sampler.seed}), {pruned}"


def _idle_parent(study: Study, store: Store, known: CheckedSweep) -> Run | None:
    """Return the run of a search that was begun before, unless a process may still run it."""
    parent = study.user_attrs.get(PARENT_KEY)
    if parent is None:
        return None
    try:
        run = store.run(str(parent))
    except TrackingError:
        return None  # it was removed, or is in another store
    return run if run.info.lifecycle_stage != "deleted" and is_idle(run, known.runs_folder) else None

"""A search from its plan to its summary: one parent run, a child a trial, one study that others may share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optuna.study import Study
from optuna.trial import FrozenTrial

from seqexp.config.search.plan import Search
from seqexp.reporting.console import Console
from seqexp.runs.checkpointing import place_of, tell_of_the_dead_before
from seqexp.runs.prepare import Sources, check_data, of_different_data
from seqexp.runs.record import plugin_tags
from seqexp.sweeps.launch import CheckedSweep, SweepRequest, carry_out
from seqexp.sweeps.queue.grid import BEFORE
from seqexp.sweeps.queue.leases import Runs, job_of
from seqexp.sweeps.queue.search_summary import Searched, record_search
from seqexp.sweeps.queue.storage import locate_studies
from seqexp.sweeps.queue.study import ENDED, PARENT, Door, study_name
from seqexp.sweeps.queue.trials import StudySource
from seqexp.tasks.kinds import KINDS
from seqexp.tracking.crashed_runs import PLACE, is_out_of_sight, run_folder
from seqexp.tracking.find import read_artifacts
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store import Store, TrackingError, open_store
from seqexp.tracking.uris import without_passwords

if TYPE_CHECKING:
    from mlflow.entities import Run

STUDY, STORAGE = "seqexp.study", "seqexp.study_storage"  # tags of the sweep's run


def launch_search(request: SweepRequest, console: Console) -> Searched:
    """Run the trials of a search as children of one parent run, in supervised processes; none stops the others.

    Raises:
        InputError: If a plugin is refused, the data can't be had, or the study is not what was asked for; nothing has
            been run then.
    """
    search, sources = request.plan.search, Sources()
    assert search is not None
    first = request.plan.experiments[0]
    checked = check_data(of_different_data(request.plan.experiments), sources, lambda line: console.fact("data", line))
    tell_of_the_dead_before(first, request.folder, console.print)
    storage = locate_studies(search.settings.storage, first.tracking.uri, request.folder)
    name, metric = study_name(search, first.tracking.run_name), KINDS[first.dataset.kind].metric
    door = Door(search, name, metric, checked[0].data_digest, storage, request.resumes)
    study = door.knock()
    store, place = open_store(first.tracking.uri, request.folder), place_of(first, request.folder)
    total = search.settings.trials
    left = total - (0 if study is None else len(_ended(study)[:total]))
    known = CheckedSweep((), (), tuple(checked), sources, place)
    if study is not None and left <= 0 and _is_summed_up(study, store, known):
        console.fact("search", f"all {total} trials have ended: hydra.sweeper.trials=N goes on to N in all")
        jobs = [job_of(search.space, trial, metric, BEFORE) for trial in _ended(study)]
        return Searched(jobs, study, search, metric, storage.shown)
    console.fact("search", f"{_in_words(search, total, left)}; study {name!r} in {storage.shown}")
    source = StudySource(door, Runs(store, place))
    recorder = _recorder(request, door, study, store, known)

    def more(parent: RunRecorder) -> None:
        record_search(parent, source.study, search, metric, request.name)

    jobs = carry_out(request, known, source, recorder, console, more)
    return Searched(jobs, source.study, search, metric, storage.shown)


def _is_summed_up(study: Study, store: Store, known: CheckedSweep) -> bool:
    """Return whether the run of a search whose trials have ended has their summary, or will have it."""
    parent = _parent_that_rests(study, store, known)
    return parent is None or bool(read_artifacts(store, parent.info.run_id, ["summary.csv"]))


def _ended(study: Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=ENDED)


def _in_words(search: Search, total: int, left: int) -> str:
    sampler, pruner = search.settings.sampler, search.settings.pruner
    trials = f"{total} trials" if left == total else f"{left} of {total} trials are left"
    pruned = "none is pruned" if pruner.name == "none" else f"pruned by {pruner.name}"
    return f"{trials}, proposed by {sampler.name} (seed {sampler.seed}), {pruned}"


def _recorder(request: SweepRequest, door: Door, study: Study | None, store: Store, known: CheckedSweep) -> RunRecorder:
    """Return the recorder of the parent run: the study's own if nobody runs it, else a new one."""
    tracking = request.plan.experiments[0].tracking
    before = None if study is None else _parent_that_rests(study, store, known)
    tags = {
        **tracking.tags,
        "seqexp.overrides": without_passwords(" ".join(request.overrides)),
        **plugin_tags(request.plugins),
        PLACE: str(known.place),
        STUDY: door.name,
        STORAGE: door.storage.shown,
    }
    name = request.name if before is None else str(before.info.run_name)
    resumes = None if before is None else before.info.run_id
    return RunRecorder(store, tracking.experiment, name, "sweep", tags, {}, tracking.note, None, resumes=resumes)


def _parent_that_rests(study: Study, store: Store, known: CheckedSweep) -> Run | None:
    told: Any = study.user_attrs.get(PARENT)
    if told is None:
        return None
    try:
        run = store.run(str(told))
    except TrackingError:
        return None  # it was removed, or is in another store
    if run.info.lifecycle_stage == "deleted" or is_out_of_sight(run, known.place):
        return None
    if run_folder(run, known.place).is_held:
        return None
    return run

"""Go on with a run that was cut short, from its last checkpoint, as if it had never stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from seqexp.config.errors import Fault, InputError, raise_any, wrong
from seqexp.config.messages import faults_of
from seqexp.config.output.secrets import has_mask
from seqexp.config.overrides import URL_KEY
from seqexp.config.plugins import Plugin
from seqexp.config.schema import Experiment
from seqexp.data.sources import ResolvedSource
from seqexp.models.model import Compute
from seqexp.models.registry import Registry
from seqexp.reporting.console import Console
from seqexp.runs.checkpointing import CheckpointWriter, facts_of, recorded_run, report_crashed_runs, resume_flags
from seqexp.runs.experiment import OnEpoch, carry_out
from seqexp.runs.interrupts import interrupts_end_run
from seqexp.runs.jobs import JOB_PATIENCE, Result
from seqexp.runs.prepare import Prepared, load_registry, prepare
from seqexp.runs.summary import print_header
from seqexp.tracking.reading.find import find_run, run_label
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import CHECKPOINTS_TAG, RunFolder, checkpoints_folder, folder_of_run
from seqexp.tracking.spool.outbox import how_to_sync
from seqexp.tracking.spool.spool import spool_of
from seqexp.tracking.store.opening import find_store
from seqexp.tracking.store.store import Store
from seqexp.tracking.tags import RESUMED_TAG
from seqexp.training.checkpoint import CheckpointError, Facts, files, read_newest

if TYPE_CHECKING:
    from mlflow.entities import Run


class Changed(InputError):
    """The run can't go on: its numbers would differ. `threads` is how many CPU threads this process took for it."""

    def __init__(self, *faults: Fault, threads: int) -> None:
        super().__init__(*faults)
        self.threads = threads


def resume_run(
    name: str,
    folder: Path,
    uri: str | None,
    checkpoints: str | None,
    plugins: Sequence[Plugin],
    tags: Mapping[str, str],
    console: Console,
    url: str | None = None,
) -> Result:
    """Go on with a run: the same run of the store, from the epoch after its last checkpoint.

    The run is named by its id, the beginning of it, or its name; `folder` is where the command is run, `checkpoints`
    the folder of all runs' checkpoints if it was given, and the tags are set on the run. `url` is where the official
    file of its data is, which a checkpoint keeps without a secret.

    Raises:
        InputError: The run can't go on: it is finished, is still running, has no checkpoint, or data, plugins or
            machine are not what they were; nothing has been changed then.
        Exception: What ended the run.
    """
    runs_folder = checkpoints_folder(uri, checkpoints, folder)
    store = find_store(uri, folder)
    report_crashed_runs(store, runs_folder, console.print)
    run = find_run(store, name)
    own = RunFolder(runs_folder / run.info.run_id) if checkpoints else folder_of_run(run, runs_folder)
    _check_can_go_on(store, run, own)
    with interrupts_end_run():
        return _go_on(store, run, own, console, load_registry(plugins), tags, url=url)


def resume_job(
    run_id: str, experiment: Experiment, folder: Path, registry: Registry, console: Console, on_epoch: OnEpoch
) -> Result:
    """Go on with a run of a sweep's job, in the process that runs the jobs; `folder` is where the command is run.

    `on_epoch` is called with each completed epoch and its validation figure.

    Raises:
        InputError: The run can't go on; nothing has been changed then.
        Exception: What ended the run.
    """
    tracking = experiment.tracking
    runs_folder = checkpoints_folder(tracking.uri, tracking.checkpoints, folder)
    store = find_store(tracking.uri, folder, patience=JOB_PATIENCE)
    run = store.run(run_id)
    own = folder_of_run(run, runs_folder)
    _check_can_go_on(store, run, own)
    return _go_on(store, run, own, console, registry, {}, on_epoch, experiment.dataset.url)


def _check_can_go_on(store: Store, run: Run, folder: RunFolder) -> None:
    if run.data.tags.get("seqexp.kind") == "sweep":
        left = [run_label(child) for child in store.children(run) if child.info.status != "FINISHED"]
        jobs = f"Not finished: {', '.join(left)}." if left else "All its jobs that began are finished."
        why = (
            "is a sweep: run the command that began it again, with --resume and no run, to go on with all of it; "
            f"or resume the run of one of its jobs. {jobs}"
        )
    elif run.info.status == "FINISHED":
        why = "is finished: nothing to resume."
    elif spool_of(folder).status == "FINISHED":
        then = how_to_sync(store, folder.path.parent)
        why = f"is finished, and what it recorded waits in {folder.path} for the store. {then}"
    elif damage := spool_of(folder).damage:
        why = f"can't be resumed: {damage}."
    elif folder.path.is_dir() and folder.is_locked:
        why = f"is still running: {folder.process or 'another process'}."
    elif not files(folder.path):
        why = (
            f"has no checkpoint in {folder.path}: it completed no epoch, or its checkpoints are elsewhere "
            "(tracking.checkpoints=DIR names the folder that holds them)."
        )
    else:
        return
    raise InputError(Fault("--resume", f"the run {run_label(run)} {why}"))


def _go_on(
    store: Store,
    run: Run,
    folder: RunFolder,
    console: Console,
    registry: Registry,
    tags: Mapping[str, str],
    on_epoch: OnEpoch | None = None,
    url: str | None = None,
) -> Result:
    begin = console.position
    try:
        checkpoint, facts, notes = read_newest(folder.path)
        check_facts(facts)
    except CheckpointError as error:
        raise InputError(Fault("--resume", f"the run {run_label(run)} can't be resumed: {error}")) from None
    for note in notes:
        console.fact("note", note)
    console.fact("resumed", f"{run_label(run)} after epoch {checkpoint.epoch}, {datetime.now():%Y-%m-%d %H:%M:%S}")
    experiment, prepared = _prepare(facts, registry, console, url)
    _check_same(facts, prepared)
    try:
        prepared.model.check_snapshot(prepared.task, checkpoint.state, checkpoint.snapshot)
    except ValueError as error:
        why = f"its checkpoint is of another network than its configuration builds: {error}"
        raise InputError(Fault("--resume", f"the run {run_label(run)} can't be resumed: {why}")) from None
    print_header(console, prepared)
    recorder = _recorder(tags, store, run, folder, checkpoint.epoch, console.urgent)
    with recorded_run(recorder, folder.path.parent, resume_flags(experiment, registry.plugins)) as (record, _):
        present = facts_of(experiment, prepared, run.info.run_id)
        writer = CheckpointWriter(folder.path, present, lambda: f"{facts['log']}\n{console.since(begin)}")
        return carry_out(prepared, record, writer, str(run.info.run_name), console, checkpoint, on_epoch)


def _recorder(
    tags: Mapping[str, str], store: Store, run: Run, folder: RunFolder, epoch: int, say: Callable[[str], None]
) -> RunRecorder:
    before = run.data.tags.get(RESUMED_TAG)
    after = f"{before}, {epoch}" if before else f"after epoch {epoch}"
    tags = {**tags, RESUMED_TAG: after, CHECKPOINTS_TAG: str(folder.path.parent)}
    return RunRecorder(store, "", str(run.info.run_name), "run", tags, {}, None, None, run.info.run_id, say=say)


def _prepare(facts: Facts, registry: Registry, console: Console, url: str | None) -> tuple[Experiment, Prepared]:
    """Read the data that the run had and build its network, on as many threads.

    Raises:
        InputError: If the plugins are others, or the data can't be had any more.
    """
    _check_plugins(facts["plugins"], registry.plugins)
    try:
        experiment = Experiment.model_validate(facts["experiment"])
    except ValidationError as error:
        raise InputError(
            Fault(
                "--resume",
                f"the run was begun by seqexp {facts['seqexp']}, whose keys were different: "
                + " ".join(fault.text for fault in faults_of(error, Experiment)),
            )
        ) from None
    if url is not None:
        experiment = experiment.model_copy(update={"dataset": experiment.dataset.model_copy(update={"url": url})})
    source = ResolvedSource(**facts["source"])
    console.fact("data", source.known)
    training = experiment.training.model_copy(update={"threads": facts["compute"]["threads"]})
    same_threads = experiment.model_copy(update={"training": training})
    try:
        return experiment, prepare(same_threads, source, lambda line: console.fact("", line), registry)
    except InputError as error:
        if not has_mask(experiment.dataset.url) or all(fault.key != URL_KEY for fault in error.faults):
            raise
        why = "is kept without its secret: give the whole address again, as in --resume RUN 'dataset.url=ADDRESS'"
        raise InputError(wrong(URL_KEY, f"{why}. Received: {experiment.dataset.url!r}.")) from error


@dataclass(frozen=True)
class _Facts:
    """What `facts_of` gives, and the log."""

    run_id: str
    seqexp: str
    experiment: dict[str, Any]
    source: ResolvedSource
    compute: Compute
    plugins: dict[str, str]
    data: str
    task: str
    config: str
    log: str


def check_facts(facts: object) -> None:
    """Check that a checkpoint's facts are those that are written with each.

    Raises:
        CheckpointError: Some are missing, or of another type.
    """
    try:
        TypeAdapter(_Facts).validate_python(facts)
    except ValidationError as error:
        names = ", ".join(dict.fromkeys(".".join(map(str, item["loc"])) or "all" for item in error.errors()))
        raise CheckpointError(f"its fields are others than this seqexp writes: {names}") from error


def _check_plugins(due: Mapping[str, str], plugins: Sequence[Plugin]) -> None:
    given = {plugin.name: plugin.digest for plugin in plugins}
    texts = []
    for name, digest in due.items():
        if name not in given:
            texts.append(f"must name {name}, which the run was begun with (SHA-256 {digest[:16]}…).")
        elif given[name] != digest:
            texts.append(
                f"{name} must hold what it did when the run was begun: SHA-256 {digest[:16]}…. "
                f"Received: {given[name][:16]}…. The run's artifacts have the file."
            )
    texts += [f"{name} is not what the run was begun with." for name in given if name not in due]
    raise_any([wrong("--plugin", text) for text in texts])


def _check_same(facts: Facts, prepared: Prepared) -> None:
    """Check that the run would go on to the numbers that it would have had.

    Raises:
        Changed: Something is another.
    """
    task, compute = prepared.task, prepared.model.compute
    now: dict[str, Any] = {"data": task.samples.data.digest, "task": task.digest, "config": prepared.config_digest}
    if all(facts[name] == value for name, value in now.items()):
        return
    faults = []
    if facts["data"] != now["data"]:
        text = (
            f"the data is not what it was when the run was begun: its digest was {facts['data'][:16]}…. "
            f"Received: {now['data'][:16]}…, {task.samples.data.origin}."
        )
        faults.append(Fault("dataset", text))
    for name, value in vars(compute).items():
        if facts["compute"][name] != value:
            faults.append(wrong(name, f"was {facts['compute'][name]} when the run was begun. Received: {value}."))
    if not faults:
        begun = f"when the run was begun by seqexp {facts['seqexp']}"
        faults = [
            Fault(name, f"the {name} digest was {facts[name]} {begun}. Received: {now[name]}.")
            for name in ("task", "config")
            if facts[name] != now[name]
        ]
    refused = [Fault(fault.key, f"the run can't be resumed: {fault.text}") for fault in faults]
    raise Changed(*refused, threads=compute.threads)

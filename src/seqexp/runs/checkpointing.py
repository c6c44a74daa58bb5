"""What a run that is cut short leaves for the one that goes on with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import seqexp
from seqexp.config.output.secrets import masked_address, masked_values
from seqexp.config.output.shell import shell_line
from seqexp.config.overrides import as_value
from seqexp.config.plugins import Plugin
from seqexp.config.schema import Experiment
from seqexp.models.plugins import PluginError
from seqexp.models.training_state import NothingToScore, TrainingDiverged
from seqexp.runs.interrupts import leaving
from seqexp.runs.prepare import Prepared
from seqexp.tasks.predictions import PredictionError
from seqexp.tracking.crashed_runs import mark_crashed_runs
from seqexp.tracking.endings import Pruned
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.run_folder import RunFolder, check_writable, checkpoints_folder
from seqexp.tracking.spool.outbox import NO_STORE, Undelivered
from seqexp.tracking.store.opening import check_store
from seqexp.tracking.store.store import Store, before_writing
from seqexp.tracking.store.uris import sqlite_path
from seqexp.training.checkpoint import Checkpoint, Facts, files, newest_epoch, write_checkpoint

if TYPE_CHECKING:
    from mlflow.entities import Run

# Neither a training that diverged nor the user's own code would do otherwise the second time.
_WOULD_END_ALIKE = (TrainingDiverged, NothingToScore, PluginError, PredictionError)


@dataclass(frozen=True)
class CheckpointWriter:
    """Writes the checkpoints of one run into its folder, with what the run is and what was printed so far."""

    folder: Path
    facts: Facts
    log: Callable[[], str]

    def write(self, checkpoint: Checkpoint) -> None:
        """Write the checkpoint of an epoch.

        Raises:
            CheckpointError: It can't be written.
        """
        write_checkpoint(self.folder, checkpoint, {**self.facts, "log": self.log()})


def facts_of(experiment: Experiment, prepared: Prepared, run_id: str) -> Facts:
    """Return what is written with each checkpoint: what the run is, and what must be the same when it goes on."""
    return {
        "run_id": run_id,
        "seqexp": seqexp.__version__,
        # No secret is kept on the disk: who goes on with the run gives it again.
        "experiment": masked_values(experiment.model_dump()),
        "source": masked_values(vars(prepared.source)),
        "compute": vars(prepared.model.compute),
        "plugins": {plugin.name: plugin.digest for plugin in prepared.plugins},
        "data": prepared.task.samples.data.digest,
        "task": prepared.task.digest,
        "config": prepared.config_digest,
    }


def runs_folder_of(experiment: Experiment, folder: Path) -> Path:
    """Return the folder that holds a folder for each run that is not finished; it is made.

    Raises:
        InputError: It can't be made or written.
    """
    tracking = experiment.tracking
    runs_folder = checkpoints_folder(tracking.uri, tracking.checkpoints, folder)
    check_writable(runs_folder, tracking.checkpoints)
    return runs_folder


@contextmanager
def recorded_run(
    recorder: RunRecorder, runs_folder: Path, flags: Sequence[str] = ()
) -> Iterator[tuple[RunRecorder, RunFolder]]:
    """Enter the run's record and hold its lock; what the run has kept goes once it is FINISHED.

    Whatever else ends the block: the checkpoints stay, and a note on the exception says how to go on. So does the spool
    where the store has not taken all of it. Where it can't even be written down how the run ended, the run is left as
    one whose process crashed, and is found as such later.

    The recorder is not entered yet; `flags` are what `seqexp train --resume` needs besides the run's id.

    Yields:
        The recorder, and the run's folder.

    Raises:
        InputError: Another process goes on with the run already; nothing is changed then.
    """
    recorder.runs_folder = runs_folder
    try:
        with recorder as run, leaving(lambda: _last_words(run, flags)):
            assert run.folder is not None
            yield run, run.folder
        if recorder.is_delivered:
            run.folder.remove()
    except BaseException as error:
        folder = recorder.folder
        if folder is not None and isinstance(error, Pruned) and recorder.is_delivered:
            folder.remove()
        may_go_on = not isinstance(error, (*_WOULD_END_ALIKE, Undelivered))
        if folder is not None and recorder.store is NO_STORE:
            error.add_note(f"The run waits on disk, in {folder.path}: `seqexp sync` records it.")
        elif folder is not None and files(folder.path) and may_go_on and not recorder.is_refused:
            error.add_note(how_to_go_on(folder, flags))
        raise
    finally:
        folder = recorder.folder
        if folder is not None:
            if recorder.is_delivered and not files(folder.path):
                folder.remove()
            folder.release(is_recorded=recorder.is_ended)


def _last_words(run: RunRecorder, flags: Sequence[str]) -> list[str]:
    """Record that a run was killed whose process has no time for more, and return what a person is told."""
    said = run.leave()
    assert run.folder is not None
    run.folder.clear_process()  # its end is recorded, on the disk at least
    return [*said, how_to_go_on(run.folder, flags)]


def how_to_go_on(folder: RunFolder, flags: Sequence[str] = ()) -> str:
    """Return what a person can do about a run that was cut short."""
    epoch = newest_epoch(files(folder.path))
    if not epoch:
        return "It had completed no epoch."
    return f"{shell_line(['seqexp', 'train', '--resume', folder.path.name, *flags])} goes on after epoch {epoch}"


def resume_flags(experiment: Experiment, plugins: Sequence[Plugin]) -> list[str]:
    """Return what `seqexp train --resume` needs besides a run's id."""
    return _flags(experiment.tracking.uri, [plugin.given for plugin in plugins])


def _flags(uri: str | None, plugins: Sequence[str]) -> list[str]:
    named = [f"tracking.uri={as_value(masked_address(uri))}"] if uri else []
    return [*named, *(word for file in plugins for word in ("--plugin", file))]


def report_crashed_runs(store: Store, runs_folder: Path, say: Callable[[str], None]) -> None:
    """Mark the runs of a store whose process crashed as KILLED, and print a line about each."""
    with before_writing():
        mark_crashed_runs(store, runs_folder, say, _what_can_be_done)


def _what_can_be_done(run: Run, folder: RunFolder) -> str:
    if run.data.tags.get("seqexp.kind") == "sweep":
        return "Run the command that began it again with --resume: it goes on with its jobs."
    uri = run.data.params.get("tracking.uri", "null")
    plugins = [entry.rsplit(" ", 1)[0] for entry in run.data.tags.get("seqexp.plugins", "").split(", ") if entry]
    return how_to_go_on(folder, _flags(None if uri == "null" else uri, plugins))


def report_earlier_crashes(experiment: Experiment, folder: Path, say: Callable[[str], None]) -> None:
    """Do the same before a run begins, which need not find a store.

    Raises:
        InputError: The run can't be recorded where it is to be. Nothing has been written then.
    """
    tracking = experiment.tracking
    store = check_store(tracking.uri, folder)
    runs_folder = checkpoints_folder(tracking.uri, tracking.checkpoints, folder)
    if store is not None and (runs_folder.is_dir() or sqlite_path(store.uri) is None):
        report_crashed_runs(store, runs_folder, say)

"""The folder of a run that is not finished: its checkpoints, and a lock that shows whether its process is alive."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.config.errors import Fault, InputError, refusal_of_system, refused, shown
from seqexp.config.limits.file_kinds import kind_of
from seqexp.config.locations import expanded
from seqexp.tracking.store.disk import LEAST_ROOM, why_full, why_unwritable
from seqexp.tracking.store.uris import locate, sqlite_path

if TYPE_CHECKING:
    from mlflow.entities import Run

RUNS_FOLDER = Path(".seqexp") / "runs"
CHECKPOINTS_TAG = "seqexp.checkpoints"  # the tag of a run that names the folder in which its own folder lies

RUN_ID = re.compile("[0-9a-f]{32}")  # MLflow's ids; a store that somebody else has written may hold any text

_LOCK, _PROCESS, _STORE = "lock", "process.json", "store.txt"
_PATIENCE_SECONDS = 5.0  # another process that only tests the lock has it for a moment


@dataclass(frozen=True)
class RunProcess:
    """The process that runs a run, or ran it when it crashed; it took the lock at `started`, local time in ISO 8601."""

    pid: int
    host: str
    started: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.started.replace('T', ' ')}"


def checkpoints_folder(uri: str | None, given: str | None, folder: Path) -> Path:
    """Return the absolute path of the runs folder, which holds a folder for each unfinished run; it need not exist.

    Args:
        uri: The tracking.uri key.
        given: The tracking.checkpoints key; None: beside a SQLite store, of any other store in `folder`.
        folder: The folder where the command runs.

    Raises:
        InputError: The URI is of a kind that MLflow does not know, or what is given is there and is no folder.
    """
    if given is not None:
        return _folder_named(given, folder)
    path = sqlite_path(locate(uri, folder).uri)
    return (path.parent if path else folder.absolute()) / RUNS_FOLDER


def _folder_named(given: str, folder: Path) -> Path:
    path = (folder / expanded(given)).absolute()
    try:
        kind = kind_of(path)
        why = f"{path} is {kind}" if kind not in (None, "a folder") else None
    except OSError as error:  # too long a name
        why = refusal_of_system(error)
    if why:
        raise _not_writable(given, why)
    return path


def _not_writable(given: str, why: str) -> InputError:
    what = f"must be a folder that can be written ({why})"
    return refused("tracking.checkpoints", f"{what}. Received: {shown(given)}.")


def check_writable(runs_folder: Path, given: str | None) -> None:
    """Make the runs folder if it is missing, and check that it can be written.

    `given` is the tracking.checkpoints key.

    Raises:
        InputError: It can't be made or written.
    """
    try:
        why = why_unwritable(runs_folder) or why_full(runs_folder, LEAST_ROOM)
        if why is None:
            runs_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = refusal_of_system(error)
    if why and given is not None:
        raise _not_writable(given, why)
    if why:
        what = f"checkpoints can't be written in {runs_folder} ({why})"
        raise InputError(Fault("tracking.checkpoints", f"{what}. Name a folder for them: tracking.checkpoints=DIR."))


class RunFolder:
    """The folder of one run, which need not exist, with its checkpoints and its lock.

    The lock is a file lock: the operating system frees it when the process that has it ends, however it ends. A free
    lock beside a file that names a process therefore means that this process crashed.
    """

    def __init__(self, path: Path) -> None:
        from filelock import FileLock

        self.path = path
        self._lock = FileLock(path / _LOCK)

    def lock(self, store: str) -> None:
        """Take the lock for this process, and write down which process it is, and the run's store without its password.

        Raises:
            InputError: Another process has the lock.
            OSError: The folder can't be written.
        """
        from filelock import Timeout

        self.path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=_PATIENCE_SECONDS)
        except Timeout:
            raise InputError(
                Fault("RUN", f"the run {self.path.name} is still running: {self.process or 'another process'}.")
            ) from None
        try:
            self.belongs_to(store)
            process = RunProcess(os.getpid(), socket.gethostname(), datetime.now().isoformat(timespec="seconds"))
            draft = self.path / f"{_PROCESS}.new"
            draft.write_text(json.dumps(asdict(process)))
            draft.replace(self.path / _PROCESS)
        except BaseException:
            self._lock.release()
            raise

    def belongs_to(self, store: str) -> None:
        """Write down the run's store, without its password. Only the process that has the lock may call this."""
        (self.path / _STORE).write_text(store, encoding="utf-8")

    def release(self, *, is_recorded: bool = True) -> None:
        """Release the lock.

        Unless the store has recorded how the run ended, the run counts as crashed from now on, so that a later command
        records its end.
        """
        if is_recorded:
            self.clear_process()
        self._lock.release()

    def clear_process(self) -> None:
        """Delete the note of which process runs the run. Only the process that has the lock may call this."""
        (self.path / _PROCESS).unlink(missing_ok=True)

    @property
    def process(self) -> RunProcess | None:
        """The process that has the lock, or had it when it crashed; None where the lock was never taken or released."""
        try:
            return RunProcess(**json.loads((self.path / _PROCESS).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    @property
    def store(self) -> str | None:
        """The MLflow store that has the run; None where it was not written down."""
        path = self.path / _STORE
        try:
            return path.read_text(encoding="utf-8") if path.is_file() else None
        except FileNotFoundError:  # another process is deleting the folder
            return None

    @property
    def is_locked(self) -> bool:
        """Whether a living process has the lock."""
        with self.try_lock() as is_free:
            return not is_free

    @contextmanager
    def try_lock(self) -> Iterator[bool]:
        """Hold the lock during the block, without waiting for it; yield False if another process has it."""
        from filelock import Timeout

        if not (self.path / _LOCK).exists():
            yield True
            return
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            self._lock.release()

    def why_kept(self, runs_folder: Path) -> str | None:
        """Return why the folder must not be deleted; None where it is a run's own, directly in `runs_folder`.

        What a store says of folders is not enough: it may be a copy, or somebody else's.
        """
        if not RUN_ID.fullmatch(self.path.name):
            return "its name is not the id of a run"
        if self.path.is_symlink():
            return "it is a link"
        if self.path.parent.resolve() != runs_folder.resolve():
            return f"it is not in {runs_folder}"
        return None if (self.path / _STORE).is_file() else "it is not the folder of a run"

    def remove(self) -> int:
        """Delete the folder and return how many bytes that frees."""
        size = size_of(self.path)
        # The lock goes last: without it the rest would look like that of a run which nobody is at. What can't be
        # removed now, `seqexp gc` frees.
        for folder in self.path.glob("*/"):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(self.path, ignore_errors=True)
        return size - size_of(self.path)


def folder_of_run(run: Run, runs_folder: Path) -> RunFolder:
    """Return the folder of a run: the one that its tag names, or the one in `runs_folder` if that was moved or deleted.

    `runs_folder` is where runs of this store have their folders by default.
    """
    tagged = run.data.tags.get(CHECKPOINTS_TAG)
    run_id = str(run.info.run_id)
    if not RUN_ID.fullmatch(run_id):  # it might lead anywhere
        return RunFolder(runs_folder / hashlib.sha256(run_id.encode()).hexdigest())
    candidates = [Path(tagged) / run_id, runs_folder / run_id] if tagged else [runs_folder / run_id]
    return RunFolder(next((path for path in candidates if path.is_dir()), candidates[0]))


def may_run_elsewhere(run: Run, runs_folder: Path) -> bool:
    """Return whether a run may be running on a machine that shares no folder with this one.

    Its lock can't be seen from here, so that only the status in the store says whether it still runs.
    """
    return str(run.info.status) == "RUNNING" and not folder_of_run(run, runs_folder).path.is_dir()


def is_idle(run: Run, runs_folder: Path) -> bool:
    """Return whether no process can be running a run, neither on this machine nor elsewhere."""
    return not may_run_elsewhere(run, runs_folder) and not folder_of_run(run, runs_folder).is_locked


def size_of(path: Path) -> int:
    """Return how many bytes all files below a folder take; 0 where there is none."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())

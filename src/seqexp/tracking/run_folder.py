"""A run's own folder while it is not finished: its checkpoints, and a lock that its process holds while it lives."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from seqexp.config.errors import Fault, InputError, refused
from seqexp.tracking.uris import locate, sqlite_path

FOLDER = Path(".seqexp") / "runs"

_LOCK, _OWNER, _STORE = "lock", "process.json", "store.txt"
_PATIENCE_SECONDS = 5.0  # who looks whether a lock is free holds it for a moment


@dataclass(frozen=True)
class Owner:
    """The process that holds a run's lock, or held it when it died.

    Attributes:
        pid: Its number.
        host: The machine's name.
        started: When it took the lock, local time in ISO 8601.
    """

    pid: int
    host: str
    started: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.started.replace('T', ' ')}"


def checkpoints_folder(uri: str | None, given: str | None, folder: Path) -> Path:
    """Return the absolute folder that holds a folder for each run that is not finished; it need not exist.

    Args:
        uri: The tracking.uri key.
        given: The tracking.checkpoints key; None: beside a SQLite store, of any other store in `folder`.
        folder: The folder where the command runs.

    Raises:
        InputError: The URI is of a kind that MLflow does not know.
    """
    if given is not None:
        return (folder / Path(given).expanduser()).absolute()
    path = sqlite_path(locate(uri, folder).uri)
    return (path.parent if path else folder.absolute()) / FOLDER


def check_writable(place: Path) -> None:
    """Make the folder of all runs.

    Raises:
        InputError: It can't be made or written.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
        fault = None if os.access(place, os.W_OK | os.X_OK) else "no permission"
    except OSError as error:
        fault = error.strerror or str(error)
    if fault:
        raise refused(
            "tracking.checkpoints", f"must be a folder that can be written ({fault}). Received: {str(place)!r}."
        )


class RunFolder:
    """The folder of one run.

    Args:
        path: The folder; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        from filelock import FileLock

        self.path = path
        self._lock = FileLock(path / _LOCK)

    def hold(self, store: str) -> None:
        """Take the lock and say who holds it; the system frees it when the process dies, however it dies.

        Args:
            store: The MLflow store that has the run, without its password.

        Raises:
            InputError: Another process holds it.
            OSError: The folder can't be written, or its file system has no locks.
        """
        from filelock import Timeout

        self.path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=_PATIENCE_SECONDS)
        except Timeout:
            raise InputError(
                Fault("RUN", f"the run {self.path.name} is still running: {self.owner or 'another process'}.")
            ) from None
        except NotImplementedError as error:  # how some releases of filelock say so
            raise OSError(f"no file locks in {self.path}") from error
        try:
            (self.path / _STORE).write_text(store, encoding="utf-8")
            owner = Owner(os.getpid(), socket.gethostname(), datetime.now().isoformat(timespec="seconds"))
            draft = self.path / f"{_OWNER}.new"
            draft.write_text(json.dumps(asdict(owner)))
            draft.replace(self.path / _OWNER)
        except BaseException:
            self._lock.release()
            raise

    def let_go(self, *, is_told: bool = True) -> None:
        """Give the lock back.

        Args:
            is_told: Whether the store knows how the run ended; if not, it is found as one whose process died.
        """
        if is_told:
            self.forget_owner()
        self._lock.release()

    def forget_owner(self) -> None:
        """Have nobody hold the run any more: how it ended is in the store. Only for who holds the lock."""
        (self.path / _OWNER).unlink(missing_ok=True)

    @property
    def owner(self) -> Owner | None:
        """Who holds the lock, or held it until it died; None: nobody since it was given back."""
        try:
            return Owner(**json.loads((self.path / _OWNER).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    @property
    def store(self) -> str | None:
        """The store that has the run; None where nobody said so."""
        path = self.path / _STORE
        return path.read_text(encoding="utf-8") if path.is_file() else None

    @property
    def is_held(self) -> bool:
        """Whether a living process holds the lock."""
        with self.tried() as is_free:
            return not is_free

    @contextmanager
    def tried(self) -> Iterator[bool]:
        """Within the block nobody else takes the lock, if it yields True; it yields False if somebody holds it."""
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

    @property
    def size(self) -> int:
        """How many bytes the folder's files take."""
        return size_of(self.path)

    def remove(self) -> int:
        """Delete the folder and return how many bytes that frees."""
        size = self.size
        shutil.rmtree(self.path, ignore_errors=True)  # what can't be removed now, `seqexp gc` frees
        return size - self.size


def size_of(path: Path) -> int:
    """Return how many bytes all files below a folder take; 0 where there is none."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())

"""Who does a job: sweeps that share a folder never take the same one at the same time."""

from __future__ import annotations

from pathlib import Path

FOLDER = ".claims"  # beside the runs' own folders


class Claims:
    """The jobs that this process has taken. The system gives them back when it dies, however it dies.

    Args:
        place: The folder of all runs' folders, which machines may share.
    """

    def __init__(self, place: Path) -> None:
        self._folder = place / FOLDER
        self._held: dict[str, object] = {}

    def take(self, digest: str) -> bool:
        """Take a job, if nobody has it.

        Args:
            digest: Of the job.
        """
        from filelock import FileLock, Timeout

        if digest in self._held:
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{digest}.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        self._held[digest] = lock
        return True

    def give_back(self, digest: str) -> None:
        """Give a job back that was taken."""
        from filelock import FileLock

        lock = self._held.pop(digest)
        assert isinstance(lock, FileLock)
        lock.release()

    def give_all_back(self) -> None:
        """Give everything back."""
        for digest in list(self._held):
            self.give_back(digest)

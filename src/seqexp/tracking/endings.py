"""What ends a run early, other than a failure."""

from __future__ import annotations


class Terminated(BaseException):
    """The process has received SIGTERM; raised by the signal handler that the runner installs."""


class ReaderEnded(Terminated):
    """The program that reads the output has ended, as `head` does; the console raises it."""


class Pruned(Exception):
    """The pruner of a search has ended the run early, after an epoch that was completed."""

    def __init__(self, epoch: int) -> None:
        super().__init__(f"pruned after epoch {epoch}")
        self.epoch = epoch

    def __reduce__(self) -> tuple[type[Pruned], tuple[int]]:
        return Pruned, (self.epoch,)

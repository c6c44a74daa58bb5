"""The spool of a run: what it records, in order, in files that outlive its process until the store has all of it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from seqexp.tracking.run_folder import RunFolder

SPOOL = "spool"  # the name of its folder, in the run's own

OperationKind = Literal["create", "params", "metrics", "tags", "untag", "dataset", "file", "status"]

_OPERATIONS, _DELIVERED, _RUN, _FILES = "operations.jsonl", "delivered", "run_id", "files"


@dataclass(frozen=True)
class Operation:
    """One thing that a run records.

    Attributes:
        kind: What it is.
        content: Its values, as JSON holds them; of a file, its place below the spool's folder.
        size: The bytes of the file that is to be delivered.
    """

    kind: OperationKind
    content: Mapping[str, Any]
    size: int = 0

    @property
    def is_epoch(self) -> bool:
        """Whether these are the metrics of an epoch."""
        return self.kind == "metrics" and self.content["step"] > 0


class Spool:
    """The operations of one run in a folder that is made with the first of them.

    An operation is a line of a file that only grows; a second file counts those that the store has carried out. One
    process appends, and one thread of it acknowledges: who has the run's lock.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._whole = 0  # the bytes of whole lines that were there
        self._has_appended = False
        self.operations = list(self._read())  # of all times, delivered ones included
        self._delivered = self._count()

    @property
    def waiting(self) -> list[Operation]:
        """The operations that the store has not carried out yet, as far as is known."""
        return self.operations[self._delivered :]

    @property
    def status(self) -> str | None:
        """The status that was recorded last, such as "FINISHED"; None where there is none."""
        return next((o.content["status"] for o in reversed(self.operations) if o.kind == "status"), None)

    @property
    def run_id(self) -> str | None:
        """The id that the store has given to a run that was begun without one; None where it has not."""
        path = self.folder / _RUN
        return path.read_text() if path.is_file() else None

    def append(self, kind: OperationKind, content: Mapping[str, Any]) -> Operation:
        """Add an operation; when this returns, it is on the disk.

        Raises:
            OSError: It can't be written.
        """
        size = (self.folder / content["file"]).stat().st_size if kind == "file" else 0
        operation = Operation(kind, content, size)
        self.folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"kind": kind, "content": content, "size": size}) + "\n"
        with (self.folder / _OPERATIONS).open("ab") as file:
            if not self._has_appended:
                file.truncate(self._whole)  # a process may have died while it wrote the last line
                self._has_appended = True
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        self.operations.append(operation)
        return operation

    def keep_file(self, name: str, write: Callable[[Path], object]) -> str:
        """Have the file of the next operation written, and return its place below the spool's folder.

        Raises:
            OSError: It can't be written.
        """
        place = f"{_FILES}/{len(self.operations)}/{name}"
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        return place

    def acknowledge(self) -> None:
        """Note that the store has carried out the first operation that waits."""
        operation = self.operations[self._delivered]
        self._delivered += 1
        # A power cut may take this back: what is delivered a second time changes nothing.
        draft = self.folder / f"{_DELIVERED}.new"
        draft.write_text(str(self._delivered))
        draft.replace(self.folder / _DELIVERED)
        if operation.kind == "file":
            shutil.rmtree((self.folder / operation.content["file"]).parent, ignore_errors=True)

    def name_run(self, run_id: str) -> None:
        """Note the id that the store has given to the run."""
        draft = self.folder / f"{_RUN}.new"
        with draft.open("w") as file:
            file.write(run_id)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.folder / _RUN)

    def remove(self) -> None:
        """Delete the spool, all of which has been delivered."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self) -> Iterator[Operation]:
        """Yield the operations of whole lines; another process may be writing the last one, and nothing is changed."""
        path = self.folder / _OPERATIONS
        if not path.is_file():
            return
        whole, end, _ = path.read_bytes().rpartition(b"\n")
        self._whole = len(whole + end)
        for line in whole.splitlines():
            yield Operation(**json.loads(line))

    def _count(self) -> int:
        path = self.folder / _DELIVERED
        return int(path.read_text() or 0) if path.is_file() else 0


def spool_of(folder: RunFolder) -> Spool:
    """Return the spool of a run, given its folder; it need not exist."""
    return Spool(folder.path / SPOOL)

"""The spool of a run: what it records, in order, in files that outlive its process until the store has all of it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from seqexp.config.limits.file_kinds import kind_of
from seqexp.tracking.run_folder import RUN_ID, RunFolder

SPOOL = "spool"  # the name of its folder, in the run's own

OperationKind = Literal["create", "params", "metrics", "tags", "untag", "dataset", "file", "status"]

# What the content of each kind has, and of what type; there may be more.
_CONTENT: Mapping[str, Mapping[str, type]] = {
    "create": {"experiment": str, "name": str, "time": int, "tags": dict},
    "params": {"values": dict},
    "metrics": {"values": dict, "time": int, "step": int},
    "tags": {"values": dict},
    "untag": {"key": str},
    "dataset": {"name": str, "digest": str, "source": str, "facts": dict},
    "file": {"file": str},
    "status": {"status": str},
}
# The place of a file: who can write the spool alone must not have others read or deleted.
_PLACE = re.compile(r"files/\d+/(?!\.\.?$)[^/\0]+")

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
        self.damage: str | None = None  # why nothing of it can be delivered: a file that is no spool's
        self.operations = list(self._read())  # of all times, delivered ones included
        self._delivered = self._count()
        # The id that the store has given to a run that was begun without one; None where it has not.
        self.run_id = self._text(_RUN, RUN_ID)

    @property
    def waiting(self) -> list[Operation]:
        """The operations that the store has not carried out yet, as far as is known."""
        return self.operations[self._delivered :]

    @property
    def status(self) -> str | None:
        """The status that was recorded last, such as "FINISHED"; None where there is none."""
        return next((o.content["status"] for o in reversed(self.operations) if o.kind == "status"), None)

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
        self.run_id = run_id

    def remove(self) -> None:
        """Delete the spool, all of which has been delivered."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self) -> Iterator[Operation]:
        """Yield the operations of whole lines; another process may be writing the last one, and nothing is changed."""
        path = self.folder / _OPERATIONS
        if not self._is_file(path):
            return
        whole, end, _ = path.read_bytes().rpartition(b"\n")
        self._whole = len(whole + end)
        for number, line in enumerate(whole.splitlines(), 1):
            operation = _operation(line)
            if operation is None:
                self.damage = f"line {number} of {path} is no record of a run"
                return
            yield operation

    def _count(self) -> int:
        text = self._text(_DELIVERED, re.compile(r"\d{0,9}", re.ASCII))
        count = int(text or 0)
        if count > len(self.operations):
            self.damage = self.damage or f"{self.folder / _DELIVERED} counts more records than there are"
        return min(count, len(self.operations))

    def _text(self, name: str, due: re.Pattern[str]) -> str | None:
        """Return the text of a small file; None where there is none, or it is not what is due."""
        path = self.folder / name
        if not self._is_file(path):
            return None
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:  # another process has just delivered it all
            return None
        if due.fullmatch(text):
            return text
        self.damage = self.damage or f"{path} holds something else than it should"
        return None

    def _is_file(self, path: Path) -> bool:
        kind = kind_of(path)
        if kind not in (None, "a file"):
            self.damage = self.damage or f"{path} must be a file, and is {kind}"
        return kind == "a file"


def _operation(line: bytes) -> Operation | None:
    """Return the operation that a line holds; None where it holds none."""
    try:
        found = json.loads(line)
        kind, content, size = (found[name] for name in ("kind", "content", "size"))
        due = _CONTENT[kind]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(content, dict) or not isinstance(size, int):
        return None
    if not all(isinstance(content.get(name), type_) for name, type_ in due.items()):
        return None
    if kind == "file" and not _PLACE.fullmatch(content["file"]):
        return None
    return Operation(kind, content, size)


def spool_of(folder: RunFolder) -> Spool:
    """Return the spool of a run, given its folder; it need not exist."""
    return Spool(folder.path / SPOOL)

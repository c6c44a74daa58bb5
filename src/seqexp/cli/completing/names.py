"""Names that the disk and the store know."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from seqexp.config.locations import expanded, is_folder

Proposal = tuple[str, str]  # a whole word, and what it is


def matching_files(beginning: str, only_folders: bool = False) -> Iterator[Proposal]:
    """Yield the files and folders whose paths begin so; a folder ends in a slash."""
    folder, slash, name = beginning.rpartition("/")
    place = expanded(folder + slash or ".")
    entries = sorted(os.scandir(place), key=lambda entry: entry.name) if is_folder(place) else []
    for entry in entries:
        if entry.name.startswith(name) and (name or not entry.name.startswith(".")):
            if entry.is_dir():
                yield f"{folder}{slash}{entry.name}/", "folder"
            elif not only_folders:
                yield f"{folder}{slash}{entry.name}", ""


def experiments(uri: str | None) -> Iterator[Proposal]:
    """Yield the MLflow experiments in which the store has runs."""
    from seqexp.tracking.reading.stored_runs import briefly

    yield from ((name, "") for name in dict.fromkeys(run.experiment for run in briefly(uri, Path.cwd())))

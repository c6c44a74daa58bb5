"""Where data comes from: the source of a series is chosen, and files are found."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seqexp.config.errors import InputError, nearest, refused
from seqexp.config.schema import SeriesConfig, TextConfig
from seqexp.data.files.cache import data_dir

Source = Literal["official", "package", "simulated", "path"]

STAND_IN_SEED = 0  # one for all stand-ins, so that runs on them can be compared


@dataclass(frozen=True)
class ResolvedSource:
    """Where data comes from.

    Attributes:
        source: What `load_series` and `load_corpus` take.
        reason: Why, in one line for a person.
    """

    source: Source
    reason: str


def asked_source(dataset: SeriesConfig | TextConfig) -> ResolvedSource | None:
    """Return the source that the configuration asks for, a path before all else; None where it leaves that open."""
    if dataset.path is not None:
        return ResolvedSource("path", f"the file {dataset.path}, as asked")
    if dataset.source == "auto":
        return None
    what = {"official": "official file", "simulated": f"simulated {dataset.stand_in}"}
    if isinstance(dataset, TextConfig):
        what["package"] = f"installed package {dataset.package}"
    return ResolvedSource(dataset.source, f"the {what[dataset.source]}, as asked")


def resolve_series(dataset: SeriesConfig, seconds: float = 3.0) -> ResolvedSource:
    """Choose the source of the series. Downloads nothing, checks no content, raises nothing.

    A path wins, then an explicit source. `auto` is the official file if it is cached or its server offers it
    within `seconds`, else the simulated station.

    Args:
        dataset: The dataset's configuration.
        seconds: How long `auto` may ask the server, name resolution included.
    """
    asked = asked_source(dataset)
    if asked is not None:
        return asked
    if local_file(dataset, data_dir()) is not None:
        return ResolvedSource("official", "official file cached")
    if dataset.stand_in is None:
        return ResolvedSource("official", f"official file at {dataset.url}")
    obstacle = probe(dataset.url or "", seconds)
    if obstacle is None:
        return ResolvedSource("official", f"official file reachable at {dataset.url}")
    return ResolvedSource(
        "simulated",
        f"official file not reachable within {seconds:g} s ({obstacle}): the simulated {dataset.stand_in} stands in",
    )


def probe(url: str, seconds: float) -> str | None:
    """Return why the file cannot be downloaded, or None if it can, after `seconds` at most.

    No socket timeout limits a DNS look-up. So a daemon thread asks, and is left behind if it is late.
    """
    start = time.monotonic()
    from seqexp.data.files.download import ask

    answers: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=lambda: answers.put(ask(url, seconds)), name="probe", daemon=True).start()
    try:
        return answers.get(timeout=max(0.0, seconds - (time.monotonic() - start)))
    except queue.Empty:
        return "no answer in time"


def with_ways_out(error: InputError, ways: Sequence[str], stand_in: str | None) -> str:
    """Return an error's message, below it the ways out: those given, the stand-in, and another data folder."""
    simulated = [f"dataset.source=simulated    the simulated {stand_in}: no file, no network"] if stand_in else []
    folder = "SEQEXP_DATA_DIR=DIR         (environment) another folder for downloaded and parsed files"
    return "\n  ".join([f"{error}\nAny of these helps:", *ways, *simulated, folder])


def official_names(dataset: SeriesConfig) -> tuple[str, str]:
    """Return what the official file may be called in the data folder: itself, or as a zip file."""
    assert dataset.official is not None  # the check of the configuration asks for it
    return dataset.official.file, f"{dataset.official.file}.zip"


def local_file(dataset: SeriesConfig, root: Path) -> Path | None:
    """Return the official file in the data folder, downloaded or put there by hand, or None."""
    return next((root / name for name in official_names(dataset) if is_file(root / name)), None)


def users_path(path: str | None, kinds: str, *, folders: bool = False) -> Path:
    """Return the absolute path of the user's file, or folder.

    Args:
        path: dataset.path.
        kinds: What it may be, for the message.
        folders: Whether it may be a folder.

    Raises:
        InputError: There is no such file.
    """

    def fits(candidate: Path) -> bool:
        return is_file(candidate) or (folders and candidate.is_dir())

    found = Path(path or "").absolute()
    with suppress(RuntimeError):  # ~name of a user that does not exist
        found = Path(path or "").expanduser().absolute()
    with suppress(OSError):
        if fits(found):
            return found
    hint = ""
    with suppress(OSError):
        hint = nearest(found.name, [sibling.name for sibling in found.parent.iterdir() if fits(sibling)])
    raise refused("dataset.path", f"must be an existing {kinds}. Received: {path!r}.{hint}")


def is_file(path: Path) -> bool:
    """Return whether there is a file, where `Path.is_file` raises for a folder that may not be entered, too."""
    return os.path.isfile(path)  # noqa: PTH113 (it never raises)

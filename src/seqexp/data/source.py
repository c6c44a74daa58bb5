"""Where a series comes from: decide it, once for a run or a whole sweep; find its file; open it."""

from __future__ import annotations

import io
import queue
import threading
import time
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

from seqexp.config.errors import InputError, nearest
from seqexp.config.schema import DatasetConfig
from seqexp.data.cache import data_dir

CSV = "jena_climate_2009_2016.csv"
ZIP = f"{CSV}.zip"

Source = Literal["official", "simulated", "path"]


@dataclass(frozen=True)
class Resolved:
    """Where the series comes from.

    Attributes:
        source: What `jena.load` takes.
        reason: Why, in one line for a person.
    """

    source: Source
    reason: str


def resolve(dataset: DatasetConfig, seconds: float = 3.0) -> Resolved:
    """Choose the source of the series. Downloads nothing, checks no content, raises nothing.

    A path wins, then an explicit source. `auto` is the official file if it is cached or its server offers it
    within `seconds`, else the simulated station.

    Args:
        dataset: The dataset's configuration.
        seconds: How long `auto` may ask the server, name resolution included.
    """
    if dataset.path is not None:
        return Resolved("path", f"the file {dataset.path}, as asked")
    if dataset.source != "auto":
        what = {"official": "the official file", "simulated": "the simulated station"}[dataset.source]
        return Resolved(dataset.source, f"{what}, as asked")
    if local_file(data_dir()) is not None:
        return Resolved("official", "official file cached")
    obstacle = _probe(dataset.url, seconds)
    if obstacle is None:
        return Resolved("official", f"official file reachable at {dataset.url}")
    return Resolved(
        "simulated",
        f"official file not reachable within {seconds:g} s ({obstacle}): the simulated station stands in",
    )


def _probe(url: str, seconds: float) -> str | None:
    """Return why the file cannot be downloaded, or None if it can, after `seconds` at most.

    No socket timeout limits a DNS look-up. So a daemon thread asks, and is left behind if it is late.
    """
    start = time.monotonic()
    from seqexp.data.download import ask

    answers: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=lambda: answers.put(ask(url, seconds)), name="probe", daemon=True).start()
    try:
        return answers.get(timeout=max(0.0, seconds - (time.monotonic() - start)))
    except queue.Empty:
        return "no answer in time"


def local_file(root: Path) -> Path | None:
    """Return the official file in the data folder, downloaded or put there by hand, or None."""
    return next((path for path in (root / CSV, root / ZIP) if _is_file(path)), None)


def users_file(path: str | None) -> Path:
    """Return the absolute path of the user's file.

    Raises:
        InputError: There is no such file.
    """
    found = Path(path or "").absolute()
    with suppress(RuntimeError):  # ~name of a user that does not exist
        found = Path(path or "").expanduser().absolute()
    if _is_file(found):
        return found
    hint = ""
    with suppress(OSError):
        hint = nearest(found.name, [sibling.name for sibling in found.parent.iterdir() if sibling.is_file()])
    raise InputError(f"dataset.path must be an existing csv or zip file. Received: {path!r}.{hint}")


def _is_file(path: Path) -> bool:
    """Return whether there is a file, where `Path.is_file` raises for a folder that may not be entered, too."""
    try:
        return path.is_file()
    except OSError:
        return False


def open_csv(path: Path, subject: str) -> BinaryIO:
    """Open a csv file, or the csv file in a zip file; the content decides, not the name.

    Args:
        path: The file.
        subject: What the file is to the user, for messages.

    Raises:
        InputError: It is called zip and is none; it is damaged, encrypted, or does not hold one csv file.
        OSError: It cannot be read.
    """
    stream = path.open("rb")
    start = stream.read(4)
    if start != b"PK\x03\x04" and ".zip" not in path.suffixes:
        stream.seek(0)
        return stream
    stream.close()
    if start != b"PK\x03\x04":
        raise InputError(f"{subject} must be a zip file. Received: {path}, which begins with {start!r}")
    try:
        return io.BytesIO(_member(path, subject))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # RuntimeError: encrypted
        raise InputError(f"{subject} must be a whole, readable zip file. Received: {path} ({error})") from error


def _member(path: Path, subject: str) -> bytes:
    """Return the official csv file in a zip file, or the only one; zipfile verifies its checksum."""
    with zipfile.ZipFile(path) as archive:
        # macOS adds a "._" file of its own beside each member.
        names = {PurePosixPath(name).name: name for name in archive.namelist()}
        found = [name for name in names if name.lower().endswith(".csv") and not name.startswith("._")]
        if CSV in found:
            return archive.read(names[CSV])
        if len(found) == 1:
            return archive.read(names[found[0]])
        raise InputError(
            f"{subject} must be a zip file that holds {CSV}, or one csv file. "
            f"Received: {path}, which holds {', '.join(names) or 'nothing'}"
        )

"""Load a time series: the user's file, the official one, or the simulated station; read in bounded memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from seqexp.config.digests import digest_of
from seqexp.config.errors import Fault, InputError, nearest, raise_any, wrong
from seqexp.config.schema import FileFormat, Official, SeriesConfig
from seqexp.data.files.byte_files import InputFile, content_digest, file_digest, is_parquet
from seqexp.data.files.cache import Progress, data_dir
from seqexp.data.files.chosen import EVERY_ROW, TableChoice
from seqexp.data.files.delimited.csv_file import open_csv_table
from seqexp.data.files.parquet_file import open_parquet_table
from seqexp.data.files.series_table import SeriesTable, too_short
from seqexp.data.files.table_cache import TableReader, cached_table
from seqexp.data.series.series import Series
from seqexp.data.sources import (
    STAND_IN_SEED,
    Source,
    dataset_title,
    local_file,
    official_names,
    users_file,
    with_ways_out,
)


def open_table(
    file: InputFile, format: FileFormat, member: str | None = None, choice: TableChoice = EVERY_ROW
) -> SeriesTable:
    """Look at the beginning of a csv or Parquet file, and find out what the user does not say about it.

    Its content decides what it is, not its name. `member` is the file in a zip that is meant if there are several.

    Raises:
        InputError: The file cannot be read, or its beginning is not that of a table with times and numbers.
    """
    if is_parquet(file):
        return open_parquet_table(file, format, choice)
    return open_csv_table(file, format, member, choice)


OFFICIAL = "the official file"


def load_series(dataset: SeriesConfig, source: Source, progress: Progress) -> Series:
    """Return the whole series of a source, as recorded: parsed the first time, from binary arrays after that.

    `progress` receives lines for a person where something takes time or falls short.

    Raises:
        InputError: The file is absent, unreachable, or not what it should be.
    """
    root = data_dir()
    if source == "path":
        path = users_file(dataset)
        table, origin = _table(InputFile(path, "dataset.path"), dataset, root, progress), f"the file {path}"
    elif source == "official":
        table, origin = _official(dataset, root, progress)
    else:
        table, origin = _simulated(dataset, root, progress)
    return replace(table, name=dataset_title(dataset), source=source, origin=origin)


def _simulated(dataset: SeriesConfig, root: Path, progress: Progress) -> tuple[Series, str]:
    """Return the simulated station's table, and where it came from."""
    from seqexp.data.stand_ins.station import STATION_VERSION, simulate_station

    def build() -> TableReader:
        progress("simulating the station: a few seconds, once")
        return simulate_station(STAND_IN_SEED)

    table = cached_table(root, f"station-{STATION_VERSION}-seed{STAND_IN_SEED}", build, progress, dataset.memory)
    return table, f"the simulated station, version {STATION_VERSION}, seed {STAND_IN_SEED}"


def _official(dataset: SeriesConfig, root: Path, progress: Progress) -> tuple[Series, str]:
    """Return the official table, downloaded if it is not in the data folder, and where it came from."""
    path = local_file(dataset, root) or _download(dataset, root, progress)
    try:
        return _table(InputFile(path, OFFICIAL), dataset, root, progress), f"the official file {path}"
    except InputError as error:
        way_out = f"Delete or replace {path}; dataset.path=FILE reads a file with other rows or columns."
        raise InputError(Fault(OFFICIAL, f"{error}\n{way_out}")) from error


def _download(dataset: SeriesConfig, root: Path, progress: Progress) -> Path:
    """Download the official file into the data folder and return its path.

    Raises:
        InputError: It cannot be had, or is not the official file. The message names the ways out.
    """
    from seqexp.data.files.download import fetch

    url, (plain, zipped) = dataset.url or "", official_names(dataset)

    def verify(part: Path) -> None:
        try:  # this also keeps the parsed table under the file's digest: it is not parsed a second time
            _table(InputFile(part, OFFICIAL), dataset, root, progress)
        except InputError as error:
            fault = f"dataset.url must give the official file. Received: {url!r}"
            raise InputError(Fault("dataset.url", f"{fault}\n{error}")) from error

    target = root / (plain if url.split("?", maxsplit=1)[0].endswith(".csv") else zipped)
    try:
        fetch(url, target, verify, progress)
    except InputError as error:
        ways = [
            f"put {plain} or {zipped} into {root}",
            "dataset.path=FILE           a csv or parquet file that you have elsewhere",
            "dataset.url=MIRROR          another address of the official file",
        ]
        raise InputError(Fault("dataset.url", with_ways_out(error, ways, dataset.stand_in))) from error
    return target


def _table(file: InputFile, dataset: SeriesConfig, root: Path, progress: Progress) -> Series:
    """Return the content of a file, from the cache if these bytes were parsed before in the same way.

    The subject OFFICIAL demands the official content.

    Raises:
        InputError: The file cannot be read, or is not what it should be.
    """
    # Of several files in a zip: the one that bears the official name.
    member = dataset.official.file if dataset.official else None
    choice = TableChoice(dataset.where, tuple(dataset.categories))

    def build() -> TableReader:
        progress(f"reading {file.path}")
        return open_table(file, dataset.format, member, choice)

    try:
        how = {**dataset.format.model_dump(), "member": member, **vars(choice)}
        key = f"{file_digest(file)[:32]}-{digest_of(how)}"
        table = cached_table(root, key, build, progress, dataset.memory)
    except OSError as error:
        raise file.unreadable(error) from error
    if len(table.times) < 2:
        raise too_short(len(table.times), file)
    if file.subject == OFFICIAL:
        assert dataset.official is not None
        _check_official(table, dataset.official, file)
    return table


def _check_official(table: Series, official: Official, file: InputFile) -> None:
    """Check columns, number of rows, the first and last time stamp, and the bytes where their digest is known.

    Raises:
        InputError: One message a fault.
    """
    faults, path = [], file.path
    columns = table.columns if official.columns is None else tuple(official.columns)
    if table.columns != columns:
        missing = [name for name in columns if name not in table.columns]
        strange = [name for name in table.columns if name not in columns]
        details = [f" {name!r} is missing." for name in missing]
        details += [f" {name!r} is not one of them.{nearest(name, missing)}" for name in strange]
        what = "".join(details) or " They are in another order."
        faults.append(wrong(OFFICIAL, f"must have the columns {', '.join(columns)}. Received: {path}.{what}"))
    if len(table.times) != official.rows:
        faults.append(wrong(OFFICIAL, f"must have {official.rows:,} rows. Received: {len(table.times):,} in {path}"))
    for which, due, stamp in (("first", official.first, table.times[0]), ("last", official.last, table.times[-1])):
        if stamp != np.datetime64(datetime.fromisoformat(due), "us"):
            received = stamp.astype("datetime64[s]")
            faults.append(wrong(OFFICIAL, f"must have {due} as its {which} time stamp. Received: {received} in {path}"))
    if official.sha256 and (found := content_digest(file, official.file)) not in official.sha256:
        faults.append(
            wrong(OFFICIAL, f"must have the SHA-256 {' or '.join(official.sha256)}. Received: {found} of {path}")
        )
    raise_any(faults)

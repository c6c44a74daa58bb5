"""The weather of Jena: the official file, a file in the same format, or the simulated station."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from seqexp.config.errors import InputError, nearest
from seqexp.config.schema import DatasetConfig
from seqexp.data.cache import Progress, Table, cached_table, data_dir, file_digest
from seqexp.data.series import Floats, Series, Times, content_digest
from seqexp.data.source import CSV, ZIP, Source, local_file, open_csv, users_file

if TYPE_CHECKING:
    from pyarrow.csv import ConvertOptions

TIME = "Date Time"
TIME_FORMAT = "%d.%m.%Y %H:%M:%S"
LIKE = "like '31.12.2016 23:50:00'"
OLDEST = np.datetime64("1000-01-01", "s")  # years of two digits parse as the first century
COLUMNS = (
    "p (mbar)",
    "T (degC)",
    "Tpot (K)",
    "Tdew (degC)",
    "rh (%)",
    "VPmax (mbar)",
    "VPact (mbar)",
    "VPdef (mbar)",
    "sh (g/kg)",
    "H2OC (mmol/mol)",
    "rho (g/m**3)",
    "wv (m/s)",
    "max. wv (m/s)",
    "wd (deg)",
)
ROWS = 420_551
FIRST, LAST = np.datetime64("2009-01-01T00:10:00", "s"), np.datetime64("2017-01-01T00:00:00", "s")
SEED = 0  # of the simulated station: one stand-in for all, so that runs on it can be compared
LONGEST_HEADER = 1 << 16
OFFICIAL = "the official file"


def load(dataset: DatasetConfig, source: Source, progress: Progress) -> Series:
    """Return the whole series, as recorded: parsed the first time, from binary arrays after that.

    Args:
        dataset: The dataset's configuration; path and url are used.
        source: Where the series comes from, as `source.resolve` says.
        progress: Receives lines for a person where something takes time or falls short.

    Raises:
        InputError: The file is absent, unreachable, or not what it should be.
    """
    root = data_dir()
    if source == "path":
        path = users_file(dataset.path)
        table, origin = _table(path, root, progress, subject="dataset.path"), f"the file {path}"
    elif source == "official":
        table, origin = _official(dataset.url, root, progress)
    else:
        table, origin = _simulated(root, progress)
    return Series(
        name=dataset.name,
        times=table.times,
        values=table.values,
        columns=table.columns,
        source=source,
        origin=origin,
        digest=table.digest,
    )


def _simulated(root: Path, progress: Progress) -> tuple[Table, str]:
    """Return the simulated station's table, and where it came from."""
    from seqexp.data.station import VERSION, simulate

    def build() -> Table:
        progress("simulating the station: a few seconds, once")
        series = simulate(SEED)
        return Table(series.times, series.values, series.columns, series.digest)

    key = f"station-{VERSION}-seed{SEED}"
    return cached_table(root, key, build, progress), f"the simulated station, version {VERSION}, seed {SEED}"


def _official(url: str, root: Path, progress: Progress) -> tuple[Table, str]:
    """Return the official table, downloaded if it is not in the data folder, and where it came from."""
    path = local_file(root) or _download(url, root, progress)
    try:
        return _table(path, root, progress, subject=OFFICIAL), f"the official file {path}"
    except InputError as error:
        way_out = f"Delete or replace {path}; dataset.path=FILE reads a file with other rows or columns."
        raise InputError(f"{error}\n{way_out}") from error


def _download(url: str, root: Path, progress: Progress) -> Path:
    """Download the official file into the data folder and return its path.

    Raises:
        InputError: It cannot be had, or is not the official file. The message names the ways out.
    """
    from seqexp.data.download import fetch

    def verify(part: Path) -> None:
        try:  # this also keeps the parsed table under the file's digest: it is not parsed a second time
            _table(part, root, progress, subject=OFFICIAL)
        except InputError as error:
            fault = f"dataset.url must give the official file. Received: {url!r}"
            raise InputError(f"{fault}\n{error}") from error

    target = root / (CSV if url.split("?", maxsplit=1)[0].endswith(".csv") else ZIP)
    try:
        fetch(url, target, verify, progress)
    except InputError as error:
        raise InputError(
            f"{error}\nAny of these helps:\n"
            f"  put {CSV} or {ZIP} into {root}\n"
            f"  dataset.path=FILE           a csv or zip file that you have elsewhere\n"
            f"  dataset.url=MIRROR          another address of the official file\n"
            f"  dataset.source=simulated    the simulated station: no file, no network\n"
            f"  SEQEXP_DATA_DIR=DIR         (environment) another folder for downloaded and parsed files"
        ) from error
    return target


def _table(path: Path, root: Path, progress: Progress, subject: str) -> Table:
    """Return the content of a csv or zip file, from the cache if these bytes were parsed before.

    Args:
        path: An existing file.
        root: The data folder.
        progress: Receives lines for a person.
        subject: What the file is to the user, for messages; OFFICIAL demands the official content.

    Raises:
        InputError: The file cannot be read, or is not what it should be.
    """

    def build() -> Table:
        progress(f"reading {path}")
        table = _parse(path, subject)
        if subject == OFFICIAL:
            _check_official(table, path)
        return table

    try:
        table = cached_table(root, file_digest(path), build, progress)
    except OSError as error:
        why = error.strerror or error
        raise InputError(f"{subject} must be a file that can be read ({why}). Received: {path}") from error
    if subject == OFFICIAL:  # again: the entry may come from dataset.path, which takes other content too
        _check_official(table, path)
    return table


def _check_official(table: Table, path: Path) -> None:
    """Check columns, number of rows, and the first and last time stamp.

    Raises:
        InputError: One message a fault.
    """
    faults = []
    if table.columns != COLUMNS:
        missing = [name for name in COLUMNS if name not in table.columns]
        strange = [name for name in table.columns if name not in COLUMNS]
        details = [f" {name!r} is missing." for name in missing]
        details += [f" {name!r} is not one of them.{nearest(name, missing)}" for name in strange]
        what = "".join(details) or " They are in another order."
        faults.append(f"{OFFICIAL} must have the columns {', '.join(COLUMNS)}. Received: {path}.{what}")
    if len(table.times) != ROWS:
        faults.append(f"{OFFICIAL} must have {ROWS:,} rows. Received: {len(table.times):,} in {path}")
    for which, due, stamp in (("first", FIRST, table.times[0]), ("last", LAST, table.times[-1])):
        if stamp != due:
            faults.append(f"{OFFICIAL} must have {due} as its {which} time stamp. Received: {stamp} in {path}")
    if faults:
        raise InputError(faults)


def _parse(path: Path, subject: str) -> Table:
    """Parse a csv file, zipped or not: `Date Time` and any columns of numbers; an empty cell becomes NaN.

    pyarrow reads numbers as exactly as Python's float(), parses time stamps in the same pass, and refuses rows
    that are cut short, which pandas fills up.

    Raises:
        InputError: The file is damaged, or its header, a number or a time stamp is not as it should be.
        OSError: It cannot be read.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    with open_csv(path, subject) as stream:
        header = _header(stream, path, subject)
        body = stream.tell()
        convert = arrow_csv.ConvertOptions(
            column_types={name: pa.timestamp("s") if name == TIME else pa.float64() for name in header},
            timestamp_parsers=[TIME_FORMAT],
        )
        read = arrow_csv.ReadOptions(column_names=header)
        try:
            parsed = arrow_csv.read_csv(stream, read, convert_options=convert)
        except pa.ArrowInvalid as error:
            stream.seek(body)
            raise _bad_cell(stream, header, convert, path, subject) from error
    columns = tuple(name for name in header if name != TIME)
    times = parsed[TIME].to_numpy().astype("datetime64[s]")
    values = np.column_stack([parsed[name].to_numpy() for name in columns]).astype(np.float64)
    _check_cells(times, values, columns, path, subject)
    return Table(times, values, columns, content_digest(times, values, columns))


def _check_cells(times: Times, values: Floats, columns: tuple[str, ...], path: Path, subject: str) -> None:
    """Check what pyarrow lets pass.

    Raises:
        InputError: A time stamp is empty or ancient, a number infinite, or there are fewer than two rows.
    """
    bad = np.isnat(times) | (times < OLDEST)
    if bad.any():
        line = int(bad.argmax()) + 2
        raise InputError(f"{subject} must hold a time stamp {LIKE} in every row. Received: line {line} of {path}")
    if np.isinf(values).any():
        row, column = np.argwhere(np.isinf(values))[0]
        raise InputError(
            f"{subject} must hold finite numbers in column {columns[column]!r}. "
            f"Received: infinity in line {row + 2} of {path}"
        )
    if len(times) < 2:
        raise InputError(f"{subject} must hold 2 rows or more. Received: {len(times)} in {path}")


def _header(stream: BinaryIO, path: Path, subject: str) -> list[str]:
    """Read the first line and return the columns' names.

    Raises:
        InputError: There is no time column, no other column, or a name stands twice.
    """
    line = stream.readline(LONGEST_HEADER)
    try:
        text = line.decode("utf-8-sig").strip()
    except UnicodeDecodeError:  # the station's own files are Latin-1
        text = line.decode("latin-1").strip()
    names = next(csv.reader([text]), [])
    must = f"{subject} must begin with a header of comma-separated names"
    if TIME not in names:
        hint = " It looks like a web page." if text.startswith("<") else nearest(TIME, names)
        raise InputError(f"{must}, one of them {TIME!r}. Received: {text[:80]!r} in {path}.{hint}")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice or len(names) < 2:
        raise InputError(f"{must}, at least 2, each once. Received: {', '.join(twice or names)!r} in {path}")
    return names


def _bad_cell(stream: BinaryIO, header: list[str], convert: ConvertOptions, path: Path, subject: str) -> InputError:
    """Return the error for the first cell that cannot be parsed, by parsing again on one thread.

    Only then do pyarrow's messages hold the row, as in "In CSV column #1: Row #3: ... invalid value 'x'".
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    options = arrow_csv.ReadOptions(column_names=header, use_threads=False)
    message = ""
    try:
        arrow_csv.read_csv(stream, options, convert_options=convert)
    except pa.ArrowInvalid as error:
        message = str(error)
    row, column = re.search(r"Row #(\d+)", message), re.search(r"In CSV column #(\d+)", message)
    value = re.search(r"invalid value '(.*)'", message, re.DOTALL)
    place = f"line {int(row[1]) + 1} of {path}" if row else f"{path}"
    if column and value:
        name = header[int(column[1])]
        what = f"a time stamp {LIKE}" if name == TIME else "a number"
        received = f"{value[1][:40]!r} in {place}"
        return InputError(f"{subject} must hold {what} in column {name!r}. Received: {received}")
    detail = re.search(r"Expected \d+ columns, got \d+|Empty CSV file", message)
    return InputError(f"{subject} must be a whole csv file. Received: {place} ({(detail or [message])[0]})")

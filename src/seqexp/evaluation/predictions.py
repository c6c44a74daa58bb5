"""Forecasts window by window, small enough to save with every run."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqexp.data.arrays import Floats, Part, Rows, Values
from seqexp.data.samples import one_of_each_stretch
from seqexp.tasks.kinds import SEASONAL_NAIVE
from seqexp.tasks.score import Score
from seqexp.tasks.target import Target

if TYPE_CHECKING:
    from seqexp.data.series.windows import Windows

_RISING = ("row", "time")
_NAMES = ("column", "lead")  # few values that repeat: a dictionary of them takes hardly any room
_LEAST_SINGLE = 1e-30  # where values are no larger than this, float32 would round some of them to 0
_OF_THE_MODEL = (*_RISING, *_NAMES, "target", "prediction")
NO_BASELINE = "a column of a baseline was expected. Received: none"
_BLOCK = 1 << 20  # lines of the file that are written at once
_LARGEST = 50e6  # bytes of a file whose windows have many numbers each
# Of such a number the forecast alone takes room: the same targets, and what repeats them, stand in many windows.
_BYTES_A_NUMBER = 5


def parquet_format(columns: Collection[str]) -> dict[str, Any]:
    """Return how columns are written: a dictionary of floats that hardly repeat would double their size."""
    encoding = {
        name: "DELTA_BINARY_PACKED" if name in _RISING else "BYTE_STREAM_SPLIT"
        for name in columns
        if name not in _NAMES
    }
    names = [name for name in columns if name in _NAMES]
    return {"compression": "zstd", "use_dictionary": names or False, "column_encoding": encoding}


def kept_windows(windows: int, target: Target) -> Rows:
    """Return the positions of the windows of a part whose forecasts are written, rising.

    These are all, unless each has several numbers that would take more than about 50 MB together: then as many as
    that holds, one of each of as many equal stretches.
    """
    numbers = math.prod(target.truth_shape)
    most = max(1, int(_LARGEST / (_BYTES_A_NUMBER * max(numbers, 1))))
    if numbers <= 1 or windows <= most:
        return np.arange(windows, dtype=np.int64)
    return one_of_each_stretch(windows, most)


def write_predictions(score: Score, windows: Windows, path: Path) -> None:
    """Write a part's forecasts as Parquet, one line per window, lead and column, in the order of scoring.

    Columns: row (int32, the window's row), time (timestamp[ms], when the target was recorded), column (the target's),
    lead (int32, rows from the last one seen to the target), target, prediction and each baseline by its name, the best
    in validation first; of windows with several numbers that one, the naive and the seasonal naive forecast alone
    (float32, in the target's unit; float64 where that is too large or too small for float32). The file's metadata says
    what turns them into what was scored, and of how many windows of the part they are; see `kept_windows`. A number
    takes at most about 4 bytes a float: the other columns hardly count.
    """
    import pyarrow as pa
    from pyarrow import parquet

    kept = kept_windows(len(score.rows), score.target)
    scored = _written(score)
    kind = _kind(scored, kept, windows)
    names, leads = pa.array(score.target.columns), np.array(score.target.leads, dtype=np.int32)
    schema = pa.schema(
        {
            "row": pa.int32(),
            "time": pa.timestamp("ms"),
            "column": pa.dictionary(pa.int32(), pa.string()),
            "lead": pa.int32(),
            **dict.fromkeys(scored, pa.from_numpy_dtype(kind)),
        },
        metadata=_metadata(score, windows, kept),
    )
    with parquet.ParquetWriter(path, schema, **parquet_format(schema.names)) as file:
        for at in _blocks(kept, score.target):
            rows, (count, columns) = score.rows[at], score.target.truth_shape
            times = np.stack([windows.target_times(rows, lead) for lead in range(count)], axis=1)
            every = len(rows) * count
            values = {
                "row": np.repeat(rows.astype(np.int32), count * columns),
                "time": np.repeat(times.ravel(), columns).astype("datetime64[ms]"),
                "column": pa.DictionaryArray.from_arrays(np.tile(np.arange(columns, dtype=np.int32), every), names),
                "lead": np.tile(np.repeat(leads, columns), len(rows)),
                **{name: windows.to_unit(said[at]).ravel().astype(kind) for name, said in scored.items()},
            }
            table = pa.table(values, schema=schema)
            file.write_table(table, row_group_size=max(1, len(table)))


def _written(score: Score) -> dict[str, Values]:
    """Return what is written of each number by the columns' names."""
    names = list(score.baselines)
    if math.prod(score.target.truth_shape) > 1:
        seasonal = next((name for name in names if name.startswith(SEASONAL_NAIVE)), names[0])
        names = [name for name in names if name in (names[0], "naive", seasonal)]
    return {"target": score.truth, "prediction": score.predictions, **{name: score.baselines[name] for name in names}}


def _blocks(kept: Rows, target: Target) -> Iterator[Rows]:
    """Yield positions of windows, as many at once as memory has room for many times."""
    size = max(1, _BLOCK // math.prod(target.truth_shape))
    for first in range(0, len(kept), size):
        yield kept[first : first + size]


def _kind(scored: Mapping[str, Values], kept: Rows, windows: Windows) -> type[np.floating[Any]]:
    """Return the smallest type of floats that holds each column's values."""
    target = Target(columns=windows.target.names, leads=tuple(windows.ahead.tolist()))
    largest = np.zeros(len(target.columns))
    for at in _blocks(kept, target):
        for values in scored.values():
            found = np.abs(windows.to_unit(values[at])).reshape(-1, len(largest))
            largest = np.maximum(largest, found.max(axis=0, initial=0))
    holds = (largest == 0) | ((largest > _LEAST_SINGLE) & (largest < np.finfo(np.float32).max))
    return np.float32 if holds.all() else np.float64


def _metadata(score: Score, windows: Windows, kept: Rows) -> dict[str, str]:
    seasonal = None if score.seasonal is None else score.seasonal.tolist()
    return {
        "target": windows.target_name,
        "columns": json.dumps(score.target.columns, ensure_ascii=False),
        "leads": json.dumps(score.target.leads),
        "scale": json.dumps(windows.target.std.tolist()),
        "seasonal_error": json.dumps(seasonal),
        "windows": f"{len(kept)} of {len(score.rows)}",
    }


@dataclass(frozen=True)
class FileFacts:
    """What a file of predictions says of itself.

    Attributes:
        columns: The target's columns.
        leads: Rows from the last one seen to each row of the target, rising; (1,) of files that don't say it.
        scale: (columns,) what turns scaled errors into the columns' units; none of files that don't say it.
        seasonal: (columns,) the mean absolute errors of the seasonal naive forecast; None of files that don't say it.
        baselines: The baselines in it, the best in validation first.
        target_name: What people call the columns.
    """

    columns: tuple[str, ...]
    leads: tuple[int, ...]
    scale: tuple[float, ...]
    seasonal: Floats | None
    baselines: tuple[str, ...]
    target_name: str


def file_facts(path: Path) -> FileFacts:
    """Return what a file of predictions says of itself.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    schema = parquet.read_schema(path)
    said = schema.metadata or {}
    name = said.get(b"target", b"target").decode("utf-8")
    seasonal = json.loads(said.get(b"seasonal_error", b"null"))
    return FileFacts(
        columns=tuple(json.loads(said[b"columns"])) if b"columns" in said else (name,),
        leads=tuple(json.loads(said.get(b"leads", b"[1]"))),
        scale=tuple(json.loads(said.get(b"scale", b"[]"))),
        seasonal=None if seasonal is None else np.asarray(seasonal),
        baselines=tuple(name for name in schema.names if name not in _OF_THE_MODEL),
        target_name=name,
    )


def read_predictions(
    path: Path, part: Part, scale: float | None = None, *, lead: int | None = None, column: str | None = None
) -> Score:
    """Return what `write_predictions` wrote, as it was scored but for the mean: in standard deviations of the target.

    Args:
        path: The Parquet file.
        part: Which part it is of.
        scale: The target's standard deviation, of files that earlier versions wrote; newer ones say it.
        lead: The only lead that is wanted, of those in the file; None: all.
        column: The only column that is wanted, of those in the file; None: all.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file, or has no such lead or column.
    """
    from pyarrow import parquet

    facts = file_facts(path)
    factor = facts.scale or (() if scale is None else (scale,))
    if not facts.baselines:
        raise ValueError(NO_BASELINE)
    if not factor:
        raise ValueError("a scale was expected in the file's metadata. Received: none")
    whole = Target(columns=facts.columns, leads=facts.leads)
    at = (slice(None), _position(facts.leads, lead), _position(facts.columns, column))
    names = ("target", "prediction", *facts.baselines)
    rows, values = list[Rows](), {name: list[Floats]() for name in names}
    # Each row group holds whole windows: of many leads and columns, what isn't wanted is never in memory at once.
    file = parquet.ParquetFile(path)
    for group in range(file.num_row_groups):
        table = file.read_row_group(group, ["row", *names], use_threads=False)  # for so little they take time
        shape = (table.num_rows // math.prod(whole.truth_shape), *whole.truth_shape)
        if math.prod(shape) != table.num_rows:
            raise ValueError(f"{math.prod(whole.truth_shape)} lines of each window were expected. Received: others")
        rows.append(arrow_values(table["row"], np.dtype("int32")).reshape(shape)[:, 0, 0])
        for name in names:
            kind = np.dtype("float64" if str(table[name].type) == "double" else "float32")
            values[name].append((arrow_values(table[name], kind).reshape(shape) / factor)[at])
    found = {name: np.concatenate(blocks) for name, blocks in values.items()}
    truth, prediction = found.pop("target"), found.pop("prediction")
    seasonal = None if facts.seasonal is None else facts.seasonal[at[2]]
    target = Target(columns=facts.columns[at[2]], leads=facts.leads[at[1]])
    return Score(part, np.concatenate(rows), target, truth, prediction, found, seasonal)


def _position(known: Sequence[Any], wanted: Any) -> slice:
    """Return where the only one that is wanted stands; None: all of them."""
    if wanted is None:
        return slice(None)
    if wanted not in known:
        raise ValueError(f"{wanted!r} was expected among {', '.join(map(str, known))}")
    at = known.index(wanted)
    return slice(at, at + 1)


def arrow_values(column: Any, kind: np.dtype[Any]) -> np.ndarray:
    """Return a column's numbers, float64 or int64, from Arrow's own memory: its to_numpy imports pandas.

    Args:
        column: Arrow's.
        kind: What it is to hold: int32, float32 or float64.

    Raises:
        ValueError: It holds something else, or has gaps.
    """
    if str(column.type) != {"int32": "int32", "float32": "float", "float64": "double"}[kind.name] or column.null_count:
        raise ValueError(f"a column of {kind.name} without gaps was expected. Received: {column.type}")
    chunks = [np.frombuffer(c.buffers()[1], kind, len(c), c.offset * kind.itemsize) for c in column.chunks]
    return np.concatenate(chunks).astype(np.int64 if kind.kind == "i" else np.float64)

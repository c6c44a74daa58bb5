"""Find out whether several series stand in a file one below the other, and which column tells them apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from seqexp.data.arrays import Codes, Floats, Rows, Times
from seqexp.data.files.chosen import MOST_TEXTS, TextCodes
from seqexp.data.files.series_table import SeriesTable

REPEATED_SHARE = 0.01  # of the rows: with fewer repeated time stamps, a file is no stack
RESOLVED_SHARE = 0.9  # of the repeated time stamps that a column must tell apart: rows of a series may come twice, too
COVERED_SHARE = 0.5  # of the time stamps between its first and its last that each of the series has
_FEWEST_ROWS = 4  # of each series, on average
_MOST_CANDIDATES = 6  # that are tried in pairs


@dataclass(frozen=True)
class _Candidate:
    """A column that may tell series apart."""

    name: str
    codes: Codes  # (rows,) which of its values each row has
    values: tuple[str, ...]


def find_stack(table: SeriesTable, times: Times) -> dict[str, tuple[str, ...]]:
    """Return the column that tells apart the series of a table, or two, with the values of each; nothing if none does.

    Many time stamps are repeated then, and rows of one value are a series by themselves: no time stamp twice, and most
    of those that there are from its first to its last. (Rows of one kind of weather, say, are none: they come and go.)
    The table is read once more, unless few time stamps are repeated.

    Args:
        table: The table, whose columns of texts are not all read otherwise.
        times: (rows,) the time stamps of its rows, in the order of the file.
    """
    stamps, moments = np.unique(times, return_inverse=True)
    repeated = len(times) - len(stamps)
    if repeated <= REPEATED_SHARE * len(times):
        return {}
    candidates = list(_candidates(table, len(times)))
    pairs = itertools.combinations(candidates[:_MOST_CANDIDATES], 2)
    for chosen in (*((one,) for one in candidates), *pairs):
        groups: Rows = np.zeros(len(times), np.int64)
        for candidate in chosen:
            groups = groups * (len(candidate.values) + 1) + candidate.codes  # one more: -1 is an empty cell
        if _are_series(groups, moments.astype(np.int64), repeated):
            return {candidate.name: candidate.values for candidate in chosen}
    return {}


def _are_series(groups: Rows, moments: Rows, repeated: int) -> bool:
    """Return whether the rows of each group are a series, given (rows,) groups and (rows,) numbers of time stamps."""
    order = np.lexsort((moments, groups))
    groups, moments = groups[order], moments[order]
    begins = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]]))
    if len(begins) < 2 or len(begins) * _FEWEST_ROWS > len(groups):
        return False
    twice = int(((groups[1:] == groups[:-1]) & (moments[1:] == moments[:-1])).sum())
    ends = np.append(begins[1:], len(groups)) - 1
    spans = moments[ends] - moments[begins] + 1
    return twice <= (1 - RESOLVED_SHARE) * repeated and len(groups) >= COVERED_SHARE * float(spans.sum())


def _candidates(table: SeriesTable, rows: int) -> Iterator[_Candidate]:
    """Yield the columns of few values, those of texts first."""
    texts = table.layout.texts
    reopened, codes = replace(table, layout=replace(table.layout, coded=texts)), TextCodes(texts)
    numbers: dict[str, list[Floats]] = {name: [] for name in table.columns}
    found = [np.empty((0, len(texts)), np.int32)]
    for chunk in reopened.chunks(codes):
        found.append(chunk.codes)
        for index, name in enumerate(table.columns):
            if name in numbers:
                numbers[name].append(chunk.values[:, index])
                if len(np.unique(chunk.values[:, index])) > MOST_TEXTS:
                    del numbers[name]
    coded: Codes = np.concatenate(found)
    for index, (name, known) in enumerate(codes.texts.items()):
        if 1 < len(known) <= MOST_TEXTS:
            yield _Candidate(name, coded[:, index], tuple(known))
    few = {}
    for name, parts in numbers.items():
        values, places = np.unique(np.concatenate(parts), return_inverse=True)
        if 1 < len(values) <= min(MOST_TEXTS, rows // _FEWEST_ROWS) and np.isfinite(values).all():
            few[name] = _Candidate(name, places.astype(np.int32), tuple(f"{value:.10g}" for value in values))
    yield from sorted(few.values(), key=lambda candidate: len(candidate.values))

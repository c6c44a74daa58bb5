"""Whether forecasts change where what must not be known when they are made is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from seqexp.data.arrays import Floats, Rows
from seqexp.data.samples import Samples
from seqexp.data.series.targets import columns_asked
from seqexp.data.series.windows import Windows
from seqexp.data.survey.correlation import pearson
from seqexp.data.text.texts import Texts
from seqexp.runs.audit.changed import MOST_VALUES, Columns, rebuilt
from seqexp.runs.audit.check import Check, made
from seqexp.runs.audit.forecasts import difference, distinct, predicted, spread
from seqexp.runs.prepare import Prepared

_WINDOWS = 64  # before each row after which all is changed
_NEAREST = 48  # of them, those that end nearest to it: a look ahead by one row shows in the last one alone
_SAME = 0.999  # a correlation of changes above which one column says what the other does
_ROWS, _SHIFTS = 10_000, 24  # of the training part's end that are correlated; rows that columns are moved
_SEED = 0x6C6162656C73


def future_rows(prepared: Prepared, windows: Windows, origins: int) -> Check:
    """Return whether forecasts stay, bit for bit, where all rows after the last one that a window sees are changed."""
    return _changed(prepared, windows, origins, "future rows", "others")


def known_rows(prepared: Prepared, windows: Windows, origins: int) -> Iterator[Check]:
    """Yield whether known columns are seen up to the last row of the target alone; nothing where there are none."""
    if columns_asked(prepared.experiment.series, windows.series).known:
        yield _changed(prepared, windows, origins, "known columns", "known")


def _changed(prepared: Prepared, windows: Windows, origins: int, name: str, columns: Columns) -> Check:
    size = len(windows.series) * len(windows.series.columns)
    if origins == 1 and size > MOST_VALUES:
        return Check(name, None, f"takes longer than a moment with {size:,} values: seqexp audit RUN does it")
    return made(name, lambda: _after_each(prepared, windows, origins, columns))


def _after_each(prepared: Prepared, windows: Windows, origins: int, columns: Columns) -> tuple[bool | None, str]:
    known, count, seen = distinct(windows.rows.test), 0, 0
    last = windows.geometry.last if columns == "known" else -windows.step
    for origin in range(origins):
        position = len(known) * (origin + 1) // (origins + 1)
        before = _near_and_far(known[: position + 1])
        together = np.concatenate([before, known[position + 1 : position + 1 + _WINDOWS]])
        seen = int(before[-1]) + last
        others = rebuilt(windows, prepared.experiment, seen, columns)
        fault = _differs(prepared, windows, others, together, len(before))
        count += len(before)
        if fault is not None:
            what = f"{_rows_in_words(columns)} after row {seen:,} changed at random: {fault}"
            return (None if fault.startswith(_UNSTEADY) else False), what
    where = f"row {seen:,}" if origins == 1 else f"each of {origins} rows"
    what = f"{_rows_in_words(columns)} after {where} of the test part changed at random"
    return True, f"{what}: the {count} forecasts that see no row behind it are the same, bit for bit"


_UNSTEADY = "two forecasts of the same rows"


def _rows_in_words(columns: Columns) -> str:
    return "known columns in all rows" if columns == "known" else "all rows"


def _near_and_far(rows: Rows) -> Rows:
    return np.concatenate([spread(rows[:-_NEAREST], _WINDOWS - _NEAREST), rows[-_NEAREST:]])


def _differs(prepared: Prepared, samples: Samples, others: Samples, rows: Rows, count: int) -> str | None:
    """Return how the first `count` predictions of rows differ where the samples are others; None where they don't.

    A model that gives other numbers each time it is asked can't be judged so.
    """
    own = predicted(prepared, samples, rows)[:count]
    found = difference(own, predicted(prepared, others, rows)[:count])
    if found is not None:
        unsteady = difference(own, predicted(prepared, samples, rows)[:count])
        found = f"{_UNSTEADY} are not the same: {unsteady}" if unsteady else f"forecasts change, {found}"
    return found


def target_known(prepared: Prepared, windows: Windows) -> Iterator[Check]:
    """Yield whether a known column says what the target will be; nothing where no column is known ahead.

    Changes over the lead are correlated, as levels of unlike columns may go together for long. A column that shows the
    target of some rows before, but fewer than the lead, tells too much as well, and so does one that shows later ones.
    """
    names = columns_asked(prepared.experiment.series, windows.series).known
    if not names:
        return
    first, end = windows.rows.train_bounds
    first = max(first, end - _ROWS)
    values = np.concatenate([values for _, values, _ in windows.repaired.chunks(first, end)])
    lead, worst = windows.true_lead_rows, (0.0, "", 0)
    shifts = range(-_SHIFTS, min(lead + windows.geometry.last - windows.delay, _SHIFTS + 1))
    for name in names:
        column = values[:, windows.series.columns.index(name)]
        for target in windows.target_at(np.arange(first, end)).T:
            for shift in shifts:
                worst = max(worst, (abs(_of_changes(column, target, shift, lead)), name, shift))
    size, name, shift = worst
    where = "the same row" if not shift else f"the row {abs(shift)} {'before' if shift > 0 else 'after'} it"
    what = f"of {', '.join(names)}, {name} goes with the target of {where} most: changes over {lead} rows correlate"
    yield Check("target among known", size < _SAME, f"{what} {size:.4f}")


def _of_changes(column: Floats, target: Floats, shift: int, lead: int) -> float:
    """Return the correlation of changes over the lead, of a column and of the target so many rows before it."""
    if shift:
        column, target = (column[shift:], target[:-shift]) if shift > 0 else (column[:shift], target[-shift:])
    return pearson(column[lead:] - column[:-lead], target[lead:] - target[:-lead]) if len(column) > lead + 2 else 0.0


def hidden_labels(prepared: Prepared, texts: Texts) -> Check:
    """Return whether the test part's probabilities stay, bit for bit, where the labels of its texts are changed."""

    def check() -> tuple[bool | None, str]:
        rows = spread(texts.rows.test, 2 * _WINDOWS)
        others = relabelled(texts, texts.rows.test)
        fault = _differs(prepared, texts, others, rows, len(rows))
        what = f"labels of {len(texts.rows.test):,} test texts changed at random"
        same = f"the probabilities of {len(rows)} of them are the same, bit for bit"
        return (True if fault is None else None if fault.startswith(_UNSTEADY) else False), f"{what}: {fault or same}"

    return made("test labels", check)


def relabelled(texts: Texts, rows: Rows) -> Texts:
    """Return the texts with other labels of some rows: each has that of another class."""
    corpus, random = texts.corpus, np.random.default_rng(_SEED)
    labels = np.array(corpus.labels)
    classes = len(corpus.classes)
    labels[rows] = (labels[rows] + random.integers(1, classes, len(rows))) % classes
    return replace(texts, corpus=replace(corpus, labels=labels))

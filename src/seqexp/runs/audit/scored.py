"""Whether scores depend on how windows are cut into batches and parts."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import PART_WORDS, PARTS, SCORED, Rows
from seqexp.data.series.splits import split_rows
from seqexp.data.series.windows import Windows
from seqexp.runs.audit.check import Check, made
from seqexp.runs.audit.forecasts import distinct, predicted, ranking_figure, spread
from seqexp.runs.prepare import Prepared

_RELATIVE = 1e-6  # of a figure: what rounding changes
_FORECAST = 1e-3  # of a single prediction, in standard deviations or probability


def batch_size(prepared: Prepared, most: int, batch: int) -> Check:
    """Return whether predictions and their figure stay where as many samples as in `batch` are predicted at once.

    Args:
        prepared: With the trained model.
        most: Test samples that are predicted, spread evenly.
        batch: Not a divisor of them, best: the last batch is then another, too.
    """

    def check() -> tuple[bool | None, str]:
        task, samples = prepared.task, prepared.task.samples
        rows = spread(samples.rows.test, most)
        usual, other = predicted(prepared, samples, rows), predicted(prepared, samples, rows, batch)
        one, another = ranking_figure(prepared, rows, usual), ranking_figure(prepared, rows, other)
        moved, farthest = abs(another - one), float(np.abs(usual - other).max())
        passed = moved <= _RELATIVE * max(abs(one), 1e-12) and farthest <= _FORECAST
        figure = f"their {task.metric.label} goes from {one:.7g} to {another:.7g}, no prediction by more than"
        return passed, f"{len(rows):,} test {task.kind.sample}s in batches of {batch}: {figure} {farthest:.1g}"

    return made("batch size", check)


def parts_apart(windows: Windows) -> Check:
    """Return whether all targets of a part come before all of the next one."""
    ahead = windows.ahead
    spans = [(int(rows.min() + ahead[0]), int(rows.max() + ahead[-1])) for rows in map(windows.rows.of, PARTS)]
    apart = all(before[1] < after[0] for before, after in pairwise(spans))
    named = ", ".join(f"{PART_WORDS[part]} {low:,} to {high:,}" for part, (low, high) in zip(PARTS, spans, strict=True))
    return Check("parts apart", apart, f"rows of the targets: {named}")


def every_window(prepared: Prepared, windows: Windows, test: NDArray[Any] | None = None) -> Check:
    """Return whether each window of the scored parts counts once: none twice, none left out for the sake of a batch.

    `test` is what the model has said of the test part, where that is known.
    """
    rows, missing = windows.rows, _left_out(prepared, windows)
    again = {part: len(rows.of(part)) - len(distinct(rows.of(part))) for part in SCORED}
    twice = [f"{count:,} of {PART_WORDS[part]}" for part, count in again.items() if count]
    each = [f"{PART_WORDS[part]}: {len(rows.of(part)):,} of {rows.all_of(part):,} windows" for part in SCORED]
    if twice:
        return Check("every window", False, f"{'; '.join(each)}; counted twice: {', '.join(twice)}")
    if not len(missing):
        return Check("every window", True, f"{'; '.join(each)}, spread evenly where not all are scored")
    return made("every window", lambda: (False, _moved(prepared, windows, missing, test)))


def _left_out(prepared: Prepared, windows: Windows) -> Rows:
    """Return the windows of the test part that boundary=drop_last leaves out."""
    dataset = prepared.experiment.series
    if dataset.boundary != "drop_last":
        return windows.rows.test[:0]
    whole = dataset.model_copy(update={"boundary": "context"})
    found = split_rows(whole, windows.geometry, len(windows), windows.repaired.order.breaks, windows.unmeasured)
    missing: Rows = np.setdiff1d(found.test, windows.rows.test)
    return missing


def _moved(prepared: Prepared, windows: Windows, missing: Rows, test: NDArray[Any] | None) -> str:
    """Return in words by how much the figure of the test part moves with the windows that are missing from it."""
    rows, label = windows.rows.test, prepared.task.metric.label
    every = np.concatenate([rows, missing])
    own = predicted(prepared, windows, rows) if test is None else test
    one = ranking_figure(prepared, rows, own)
    whole = ranking_figure(prepared, every, np.concatenate([own, predicted(prepared, windows, missing)]))
    why = f"boundary=drop_last, in batches of {windows.batch_size}, leaves out the last {len(missing):,}"
    change = f"the test {label} is {one:.6g} without and {whole:.6g} with them ({whole / one - 1:+.2%})"
    return f"{why} of {len(every):,} test windows: {change}"

"""The checks of a run: the quick ones that every training makes, and those that train again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from numpy.typing import NDArray

from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts
from seqexp.runs.audit.check import Check
from seqexp.runs.audit.fitted import duplicate_texts, fit_rows, vocabulary
from seqexp.runs.audit.lookahead import future_rows, hidden_labels, known_rows, target_known
from seqexp.runs.audit.scored import batch_size, every_window, parts_apart
from seqexp.runs.prepare import Prepared

_ORIGINS = 4  # after which rows are changed, where there is time
_QUICK, _THOROUGH = (256, 37), (5_000, 61)  # test samples, and how many at once


def quick_checks(prepared: Prepared, test: NDArray[Any] | None = None) -> Iterator[Check]:
    """Yield the checks that take a moment, given what the trained model has said of the test part."""
    yield from _checks(prepared, {}, test, thorough=False)


def thorough_checks(prepared: Prepared, recorded: Mapping[str, str]) -> Iterator[Check]:
    """Yield the same checks at more places, of a trained model.

    `recorded` is what a run has recorded of how its inputs are made, by the files' names.
    """
    yield from _checks(prepared, recorded, None, thorough=True)


def _checks(
    prepared: Prepared, recorded: Mapping[str, str], test: NDArray[Any] | None, *, thorough: bool
) -> Iterator[Check]:
    samples, origins = prepared.task.samples, _ORIGINS if thorough else 1
    if isinstance(samples, Windows):
        yield parts_apart(samples)
        yield fit_rows(prepared.task, samples, recorded)
        yield from target_known(prepared, samples)
        yield every_window(prepared, samples, test)
        yield batch_size(prepared, *(_THOROUGH if thorough else _QUICK))
        yield from known_rows(prepared, samples, origins)
        yield future_rows(prepared, samples, origins)
    elif isinstance(samples, Texts):
        yield vocabulary(samples, recorded)
        yield duplicate_texts(samples)
        yield batch_size(prepared, *(_THOROUGH if thorough else _QUICK))
        yield hidden_labels(prepared, samples)

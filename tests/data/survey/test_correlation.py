"""How columns go together, whatever values they hold."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import cast

import numpy as np
import pytest

from seqexp.data.arrays import Floats, Mask
from seqexp.data.series.repair import Repaired
from seqexp.data.survey.correlation import correlations

ROWS = 400
WAVE = np.sin(np.arange(ROWS) / 9)


class _Chunks:
    """A series that was repaired, as what is asked of it: its chunks."""

    def __init__(self, *columns: Floats) -> None:
        self.values = np.stack(columns, axis=1)

    def chunks(self) -> Iterator[tuple[int, Floats, Mask]]:
        for first in range(0, ROWS, 150):
            part = self.values[first : first + 150]
            yield first, part, np.isnan(part)


def _found(*columns: Floats) -> Floats:
    series = _Chunks(*columns)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return correlations(cast(Repaired, series), series.values[0])


def test_they_are_those_of_numpy() -> None:
    columns = WAVE, np.cos(np.arange(ROWS) / 9), 1e120 * WAVE, -1e-120 * WAVE + 1e-118
    assert _found(*columns) == pytest.approx(np.corrcoef(columns), abs=1e-9)


@pytest.mark.parametrize("huge", [1e308, 1e200, 1e154])
def test_what_is_too_large_to_be_squared_has_none(huge: float) -> None:
    one_row = WAVE.copy()
    one_row[-1] = huge
    for column in (huge * WAVE, np.where(np.arange(ROWS) % 2, huge, -huge), one_row):
        found = _found(WAVE, column)
        assert found[0, 0] == pytest.approx(1)
        assert np.isnan(found[0, 1]) or found[0, 1] == pytest.approx(np.corrcoef(WAVE, column / huge)[0, 1], abs=1e-6)
    assert np.isnan(_found(WAVE, 1e308 * WAVE)[0, 1])

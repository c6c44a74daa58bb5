from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seqexp.data.files.delimited import csv_file
from tests.data.files.delimited.made_files import FIRST, HOURS, MADE, ROWS, SECOND
from tests.data.tables import read, write


@pytest.mark.parametrize("name", MADE)
def test_what_stands_around_the_rows_is_found_out_and_said(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = MADE[name]
    path = write(tmp_path / "a.csv", *made.lines, encoding=made.encoding)
    content = read(path)
    assert content.columns == made.columns
    assert [part for part in made.said if part not in content.notes] == []
    assert content.units == made.units
    np.testing.assert_array_equal(content.times, np.array(HOURS, "datetime64[us]"))
    count = len(made.columns) - made.after
    np.testing.assert_array_equal(content.values[:, count - 2 : count], np.column_stack([FIRST, SECOND]))
    # The same in small blocks, whose last ones may hold nothing but what stands below the rows.
    for size in (150, 400, 5000):
        monkeypatch.setattr(csv_file, "BLOCK_BYTES", size)
        again = read(path)
        np.testing.assert_array_equal(again.values, content.values)
        assert again.notes == content.notes
    assert len(content.times) == ROWS

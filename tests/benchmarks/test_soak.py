from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak import Look, Soak, soak, table


def test_the_table_has_a_line_a_quarter() -> None:
    looks = [Look(done, 100_000_000, 10_000_000 * done, 50 + done, 8, 3) for done in range(8)]
    lines = table(Soak(looks, [10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0], 0), 8).splitlines()
    assert lines[1].split() == ["1", "to", "2", "6.00", "100", "10", "50", "8.0", "3"]
    assert lines[4].split() == ["7", "to", "8", "2.00", "100", "70", "56", "8.0", "3"]


@pytest.mark.slow
def test_a_short_soak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "cache"))
    found = soak(8, 2, tmp_path)
    assert (found.code, len(found.ends)) == (0, 8)
    assert max(look.processes for look in found.looks) == 3
    assert len(table(found, 8).splitlines()) == 5

"""A column may be named without its unit, where that says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.data.series.column_names import column_named
from tests.conftest import Run

COLUMNS = ("T (degC)", "T (K)", "rh (%)", "rh", "p (mbar)")


@pytest.mark.parametrize(
    ("name", "column"),
    [("p", "p (mbar)"), ("rh", "rh"), ("T", "T"), ("T (K)", "T (K)"), ("P", "P"), ("p (mbar)", "p (mbar)")],
)
def test_a_name_without_a_unit_means_the_one_column_that_is_called_so(name: str, column: str) -> None:
    assert column_named(name, COLUMNS) == column


@pytest.fixture
def weather(tmp_path: Path) -> Path:
    rows = (f"2024-01-{1 + i // 24:02} {i % 24:02}:00,{i % 7},{280 + i % 5},{i % 3}" for i in range(24 * 28))
    (tmp_path / "weather.csv").write_text("time,p (mbar),T (K),T (degC)\n" + "\n".join(rows) + "\n")
    return tmp_path


def test_every_command_takes_it_and_shows_the_name_that_it_takes(seqexp: Run, weather: Path) -> None:
    data = ["dataset.path=weather.csv", "dataset.lookback=24", "dataset.delay=1", "dataset.batch_size=16"]
    short, full = (
        seqexp("data", "check", "csv", *data, f"dataset.target={name}", cwd=weather) for name in ("p", "p (mbar)")
    )
    assert (short.returncode, short.stdout) == (0, full.stdout)
    rules = ["dataset.valid={p:[0,6]}", "dataset.sentinels={p:[3]}"]
    described = seqexp("data", "describe", "csv", *data, "dataset.target=p", *rules, cwd=weather)
    assert described.returncode == 0
    named = [line.split("  ")[0] for line in described.stdout.splitlines() if line.startswith(("p ", "T "))]
    assert named == ["p", "T (K)", "T (degC)"]
    dropped = seqexp("data", "describe", "csv", *data, "dataset.target=T (K)", "dataset.format.drop=[p]", cwd=weather)
    assert "mbar" not in dropped.stdout
    refused = seqexp("data", "check", "csv", *data, "dataset.target=T", cwd=weather)
    assert refused.returncode == 2
    assert "'T (K)' or 'T (degC)'" in refused.stderr

"""Networks whose layers are longer than the store takes: what differs beyond its limit is compared all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqexp.cli.main import main
from seqexp.tracking.store.opening import open_store
from tests.reporting.recorded import record


def layers(units: int) -> str:
    return str([*["Flatten"] * 900, {"Dense": {"units": units}}])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two networks in one store, of one name and one seed; the better was trained first."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    store = open_store(None, tmp_path)
    for units, val_mae in ((9, 0.25), (2, 0.27)):
        record(store, "deep", val_mae, model="deep", more={"model.layers": layers(units)})
    return tmp_path


def tasks(capsys: pytest.CaptureFixture[str], *flags: str) -> list[dict[str, list[dict[str, object]]]]:
    capsys.readouterr()
    assert main(["compare", "--format", "json", "--no-intervals", *flags]) == 0
    found: list[dict[str, list[dict[str, object]]]] = json.loads(capsys.readouterr().out)["tasks"]
    return found


@pytest.mark.parametrize("flags", [(), ("--by", "model.layers")])
def test_each_has_its_line(capsys: pytest.CaptureFixture[str], flags: tuple[str, ...]) -> None:
    (task,) = tasks(capsys, *flags)
    assert task["older_runs"] == 0
    assert [(group["figure"], group["n"]) for group in task["groups"]] == [(0.25, 1), (0.27, 1)]
    names = [str(group["name"]) for group in task["groups"]]
    assert ["units': 9" in name for name in names] == [True, False]
    assert max(map(len, names)) < 80


def test_a_condition_is_held_against_the_whole_value(capsys: pytest.CaptureFixture[str]) -> None:
    (task,) = tasks(capsys, "--where", r"model.layers ~ 'units.: 9'")
    assert [group["figure"] for group in task["groups"]] == [0.25]


def test_side_by_side_they_differ(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (task,) = tasks(capsys)
    runs = [str(run["id"]) for group in task["groups"] for run in group["runs"]]  # type: ignore[attr-defined]
    assert main(["compare", *runs]) == 0
    out = capsys.readouterr().out
    (line,) = [line for line in out.splitlines() if line.startswith("model.layers")]
    assert "units': 9" in line
    assert "units': 2" in line
    assert len(line) < 120

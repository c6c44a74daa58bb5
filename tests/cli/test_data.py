"""`seqexp data`, as a user runs it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqexp.cli import main as command
from tests.conftest import ROWS, SMALL, Run
from tests.faults import assert_faults
from tests.terminal import on_terminal

STATION = ["jena", "dataset.source=simulated"]
TARGET = 'dataset.target="T (degC)"'


@pytest.fixture(scope="module")
def own(series_csv: Path, small: list[str]) -> list[str]:
    """The small csv file as any dataset of one's own."""
    assert small[0] == f"dataset.path={series_csv}"
    return ["csv", TARGET, *(text for text in small if text.startswith("dataset."))]


def small_columns(path: Path) -> dict[str, Any]:
    lines = path.read_text().splitlines()
    names = lines[0].replace('"', "").split(",")[1:]
    return dict(zip(names, np.array([line.split(",")[1:] for line in lines[1:]], dtype=float).T, strict=True))


def test_describes_the_columns_in_json(seqexp: Run, tmp_path: Path, own: list[str], series_csv: Path) -> None:
    done = seqexp("data", "describe", *own, "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    about = json.loads(done.stdout)
    recorded = small_columns(series_csv)
    assert [column["column"] for column in about["columns"]] == list(recorded)
    for column in about["columns"]:
        values = recorded[column["column"]]
        valid = values[values != -9999]
        figures = [column[key] for key in ("mean", "sd", "min", "max")]
        assert figures == pytest.approx([valid.mean(), valid.std(), valid.min(), valid.max()], rel=1e-12)
        assert column["sentinels"] == len(values) - len(valid)
    assert [column["unit"] for column in about["columns"]] == ["mbar", "deg C", "m/s"]
    assert (about["rows"], about["source"], about["stand_in"], about["faults"]) == (ROWS, "path", False, [])
    assert about["time"]["interval_seconds"] == 600
    assert (about["time"]["first"], about["time"]["last"]) == ("2009-01-01T00:10:00", "2009-01-11T10:00:00")
    parts = about["windows"]["parts"]
    assert {name: part["windows"] for name, part in parts.items()} == {"train": 740, "val": 300, "test": 400}
    assert (parts["val"]["first"], parts["val"]["first_row"]) == ("2009-01-06T13:30:00", 800)
    assert about["windows"]["true_lead"] == {"rows": 18, "seconds": 10800}
    target = recorded["T (degC)"]
    rows = np.arange(788, 1088)
    assert about["naive"]["val_mae_units"] == pytest.approx(np.abs(target[rows + 12] - target[rows - 6]).mean())
    assert list(tmp_path.iterdir()) == []


def test_describes_in_plain_text_when_piped(seqexp_process: Run, tmp_path: Path, own: list[str]) -> None:
    done = seqexp_process("data", "describe", *own, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert lines[0] == "series"
    assert lines[2].split() == ["column", "unit", "mean", "sd", "min", "max", "missing", "sentinels"]
    assert [line.split()[0] for line in lines[3:6]] == ["p", "T", "wv"]
    facts = {line[:9].strip(): line[9:] for line in lines[7:] if line[:9].strip()}
    assert facts["interval"] == "10 min, always"
    assert facts["gaps"] == "none"
    assert facts["repair"] == "1 value held from the row before: wv (m/s) 1"
    assert facts["windows"] == "target T (degC), true lead 18 rows (3 h)"
    assert "lookback 48 rows (8 h), step 6 rows (1 h), delay 12 rows (2 h)" in done.stdout
    assert re.search(r"^val +2009-01-06 13:30 +2009-01-08 15:20 +300 +0 +0$", done.stdout, flags=re.MULTILINE)


def test_describes_in_markdown(seqexp: Run, tmp_path: Path, own: list[str]) -> None:
    done = seqexp("data", "describe", *own, "--format", "md", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "# series"
    tables = [line for line in lines if line.startswith("|")]
    assert tables[1] == "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    assert {line.count("|") for line in tables[:5]} == {9}
    assert "- **interval**: 10 min, always" in lines


def test_describes_what_can_be_said_where_no_window_fits(seqexp: Run, tmp_path: Path, series_csv: Path) -> None:
    done = seqexp("data", "describe", "csv", f"dataset.path={series_csv}", "dataset.lookback=2000", cwd=tmp_path)
    assert done.returncode == 2
    assert "10 min, always" in done.stdout
    faults = done.stderr.splitlines()[-2:]
    assert [fault.split()[1] for fault in faults if fault.startswith("error")] == ["dataset.split.train"]
    named = [f"dataset.path={series_csv}", "dataset.target=q", "--format", "json"]
    done = seqexp("data", "describe", "csv", *named, cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["windows"]) == (2, None)
    assert json.loads(done.stdout)["faults"][0].startswith("dataset.target must be one of the columns p (mbar), ")


def test_describes_all_columns_before_a_target_is_chosen(seqexp: Run, tmp_path: Path, series_csv: Path) -> None:
    done = seqexp("data", "describe", "csv", f"dataset.path={series_csv}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "target   none is chosen: 'dataset.target=\"p (mbar)\"' forecasts this column" in done.stdout
    about = json.loads(
        seqexp("data", "describe", "csv", f"dataset.path={series_csv}", "--format", "json", cwd=tmp_path).stdout
    )
    assert (about["target"], about["windows"], about["faults"]) == (None, None, [])
    assert [column["column"] for column in about["columns"]] == list(small_columns(series_csv))


@pytest.mark.parametrize("columns", [80, 140])
def test_fits_the_terminal(environment: Mapping[str, str], tmp_path: Path, columns: int) -> None:
    shown = on_terminal(
        [sys.executable, "-m", "seqexp", "data", "describe", *STATION],
        environment | {"TERM": "xterm"},
        columns,
        tmp_path,
    )
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert max(map(len, lines)) <= columns
    assert "jena: the simulated stand-in, not the official record" in lines
    assert any(re.match(r"H2OC +mmol/mol( +[\d.]+){4} +0 +0", line) for line in lines)


def test_what_fits_no_window_is_not_said_to_be_well(seqexp: Run, tmp_path: Path) -> None:
    (tmp_path / "three.csv").write_text("time,y\n2020-01-01,1\n2020-01-02,3\n2020-01-03,2\n", encoding="utf-8")
    done = seqexp("data", "check", "csv", "dataset.path=three.csv", cwd=tmp_path)
    assert (done.returncode, "dataset.split.train" in done.stderr) == (2, True)
    assert "nothing found" not in done.stdout


def test_checks_the_simulated_station(seqexp: Run, tmp_path: Path) -> None:
    done = seqexp("data", "check", *STATION, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    lines = done.stdout.splitlines()
    assert lines[0] == "the simulated stand-in, not the official record"
    assert lines[-1] == "found nothing that would harm a training"
    assert {line.split()[0] for line in lines[1:-2]} == {"ok", "note"}
    assert list(tmp_path.iterdir()) == []


def test_check_fails_for_what_would_harm_a_training(seqexp: Run, tmp_path: Path, own: list[str]) -> None:
    done = seqexp("data", "check", *own, "dataset.sentinels=[]", cwd=tmp_path)
    assert done.returncode == 1
    (found,) = [line for line in done.stdout.splitlines() if line.startswith("finding ")]
    assert found.split()[1] == "impossible"
    assert "wv (m/s) is -9999 in 1 row" in found
    assert re.search(r"^note +windows +740 to train on", done.stdout, flags=re.MULTILINE)
    assert done.stdout.splitlines()[-1] == "findings: 1"


def test_a_remedy_is_not_broken_on_a_terminal(environment: Mapping[str, str], tmp_path: Path, own: list[str]) -> None:
    command = [
        sys.executable,
        "-c",
        "import subprocess, sys; subprocess.run(sys.argv[1:])",
        sys.executable,
        "-m",
        "seqexp",
    ]
    told = ["data", "check", *own, "dataset.sentinels=[]"]
    shown = on_terminal([*command, *told], environment | {"TERM": "xterm"}, 60, tmp_path)
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in shown.splitlines()]
    (remedy,) = [line for line in lines if line.startswith("Remedy: ")]
    assert remedy == """Remedy: 'dataset.valid={"wv (m/s)":[0,null]}'"""
    assert max(len(line) for line in lines if not line.startswith("Remedy")) <= 60


def test_what_is_not_valid_is_counted_where_a_range_is_given(seqexp: Run, tmp_path: Path, own: list[str]) -> None:
    valid = 'dataset.valid={"wv (m/s)":[0,1.0],"T (degC)":[null,null]}'
    done = seqexp("data", "describe", *own, valid, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[2].split()[-3:] == ["sentinels", "not", "valid"]
    about = json.loads(seqexp("data", "describe", *own, valid, "--format", "json", cwd=tmp_path).stdout)
    counts = {column["column"]: column["outside"] for column in about["columns"]}
    recorded = small_columns(Path(own[2].partition("=")[2]))["wv (m/s)"]
    outside = int(((recorded > 1) | ((recorded < 0) & (recorded != -9999))).sum())
    assert counts == {"p (mbar)": 0, "T (degC)": 0, "wv (m/s)": outside}
    assert 0 < outside < len(recorded)


def test_unknown_columns_of_sentinels_and_ranges_are_refused(seqexp: Run, tmp_path: Path, own: list[str]) -> None:
    wrong = ["dataset.valid={q:[0,1]}", "dataset.sentinels={w:[0],all:[1]}"]
    for action in ("check", "describe"):
        done = seqexp("data", action, *own, *wrong, cwd=tmp_path)
        assert done.returncode == 2
        errors = [line for line in done.stderr.splitlines(keepends=True) if line.startswith("error: ")]
        assert_faults(
            "".join(errors),
            [("dataset.sentinels", "p (mbar), ", "all", "Received: 'w'"), ("dataset.valid", "p (mbar), ", "'q'")],
        )


def test_check_of_splits_that_do_not_fit_is_wrong_input(seqexp: Run, tmp_path: Path, series_csv: Path) -> None:
    done = seqexp("data", "check", "jena", f"dataset.path={series_csv}", cwd=tmp_path)
    assert done.returncode == 2
    assert "error: dataset.split.train must lie within the series' 1500 rows" in done.stderr
    assert "ok       interval" in done.stdout


@pytest.fixture
def stacked(tmp_path: Path, series_csv: Path) -> list[str]:
    """The small series three times in one file, each with the name of a station; the third begins later."""
    head, *rows = series_csv.read_text().splitlines()
    parts = (("EWR", rows), ("JFK", rows), ("LGA", rows[100:]))
    lines = [f"origin,{head}", *(f"{name},{row}" for name, own in parts for row in own)]
    (tmp_path / "stations.csv").write_text("\n".join(lines))
    return [f"dataset.path={tmp_path / 'stations.csv'}", TARGET, *SMALL]


def test_series_stacked_in_a_file_are_a_finding_and_a_fault(seqexp: Run, tmp_path: Path, stacked: list[str]) -> None:
    done = seqexp("data", "check", "csv", *(text for text in stacked if "training" not in text), cwd=tmp_path)
    assert (done.returncode, re.findall("(?m)^(finding|note|ok) ", done.stdout)) == (command.FAILED, ["finding"])
    assert all(fact in done.stdout for fact in ("'origin'", "dataset.where={origin:EWR}", "EWR, JFK, LGA"))
    for name in ("train", "validate"):
        done = seqexp(name, "dataset=csv", *stacked, "model=naive", cwd=tmp_path)
        assert done.returncode == command.WRONG_INPUT
        fault = ["dataset.where", "2,900 of 4,400 rows", "'origin'", "-m dataset.where.origin=EWR,JFK,LGA"]
        assert_faults(done.stderr, [fault])
    assert [path.name for path in tmp_path.iterdir()] == ["stations.csv"]


def test_a_sweep_trains_on_one_series_each(seqexp: Run, tmp_path: Path, stacked: list[str], series_csv: Path) -> None:
    """The rows of one station are the series that a file of its own has: one task. Others are another task."""
    axis = ["-m", "dataset=csv", *stacked, "dataset.where.origin=EWR,LGA", "model=naive"]
    assert seqexp("train", *axis, cwd=tmp_path).returncode == 0
    alone = ["dataset=csv", *stacked, f"dataset.path={series_csv}", "model=naive"]
    assert seqexp("train", *alone, cwd=tmp_path).returncode == 0
    tasks = json.loads(seqexp("compare", "--format", "json", cwd=tmp_path).stdout)["tasks"]
    assert sorted(task["dataset"] for task in tasks) == ["series", "stations, origin: LGA"]
    assert sorted(task["older_runs"] for task in tasks) == [0, 1]


def test_plots_are_written_where_asked(seqexp: Run, tmp_path: Path, own: list[str]) -> None:
    done = seqexp("data", "plot", *own, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert [path.parent for path in paths] == [Path("csv-plots")] * 4
    assert all((tmp_path / path).stat().st_size > 10_000 for path in paths)
    done = seqexp("data", "plot", *own, "-o", "a/b", cwd=tmp_path)
    assert {Path(line).parent for line in done.stdout.splitlines()} == {Path("a/b")}
    assert {path.name for path in tmp_path.iterdir()} == {"csv-plots", "a"}


def test_fetch_says_where_the_data_is(seqexp: Run, tmp_path: Path, own: list[str], environment: dict[str, str]) -> None:
    done = seqexp("data", "fetch", *own, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    facts = {line[:9].strip(): line[9:] for line in done.stdout.splitlines()}
    assert facts["data"] == f"the file {own[2].partition('=')[2]}"
    assert (facts["rows"], facts["columns"]) == ("1,500", "3: p (mbar), T (degC), wv (m/s)")
    assert re.fullmatch("[0-9a-f]{64}", facts["digest"])
    assert facts["folder"] == environment["SEQEXP_DATA_DIR"]


def test_fetch_asks_for_the_official_file(seqexp: Run, tmp_path: Path) -> None:
    (tmp_path / "jena_climate_2009_2016.csv").write_text("not it\n")
    done = seqexp("data", "fetch", "jena", cwd=tmp_path, SEQEXP_DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert done.stdout.startswith("         the official file, as asked")
    assert "error: " in done.stderr


def test_fetch_of_what_cannot_be_reached_says_that_the_stand_in_would_do(seqexp: Run, tmp_path: Path) -> None:
    auto = ["dataset.source=auto", "dataset.url=http://127.0.0.1:9/none.zip"]
    done = seqexp("data", "fetch", "jena", *auto, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the simulated station stands in" in done.stdout
    assert "the simulated stand-in, not the official record" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["describe", "jenna"], [("NAME", "csv, ", "Received: 'jenna'", "mean 'jena'?", "seqexp ls datasets")]),
        (["descripe", "jena"], [("WHAT", "fetch, describe, plot, check", "Received: 'descripe'", "mean 'describe'?")]),
        (["check", "csv", "dataset.path=nowhere.csv"], [("dataset.path", "Received: 'nowhere.csv'")]),
        (["check", "csv"], [("dataset.path", "csv", "Received: null")]),
        (["check", *STATION, "--format", "md"], [("--format", "seqexp data describe", "check", "Received: 'md'")]),
        (["describe", "jenna", "-o", "x"], [("NAME", "'jenna'"), ("--output", "seqexp data plot", "Received: 'x'")]),
        (["plot", *STATION, "dataset.target=Q"], [("dataset.target", "T (degC)", "Received: 'Q'")]),
        (["describe", "jena", "dataset.stepp=3"], [("dataset.stepp", "mean 'dataset.step'?")]),
        (["describe", "jena", "dataset.step=3,6"], [("'dataset.step=3,6'", "several values")]),
        (["describe"], [("the", "NAME")]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value[0], str) else None,
)
def test_wrong_input_is_told_and_nothing_is_written(
    seqexp: Run, tmp_path: Path, arguments: list[str], expected: list[tuple[str, ...]]
) -> None:
    done = seqexp("data", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    errors = [line for line in done.stderr.splitlines(keepends=True) if line.startswith("error: ")]
    assert_faults("".join(errors), expected)
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_dataset_of_ones_own_can_be_named(seqexp: Run, tmp_path: Path, series_csv: Path) -> None:
    folder = tmp_path / "conf" / "dataset"
    folder.mkdir(parents=True)
    (folder / "roof.yaml").write_text(f"defaults: [csv, _self_]\nname: roof\npath: {series_csv}\ntarget: T (degC)\n")
    done = seqexp("data", "describe", "roof", "dataset.lookback=48", "--config-dir", "conf", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "roof"


def test_the_command_stands_between_show_and_ls() -> None:
    assert command.COMMANDS[2:5] == ("show", "data", "ls")

"""`seqexp compare` as a user runs it: piped, on terminals of two widths, and where nothing is."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from seqexp.cli.main import main
from seqexp.tracking.store.opening import open_store
from tests import terminal
from tests.cli.recorded import artifact, runs_in
from tests.conftest import Run
from tests.reporting.page.study import forecaster
from tests.reporting.recorded import STAND_IN, Failed, record

COMMAND = [sys.executable, "-m", "seqexp.cli.main", "compare"]
LONG = "lstm dataset.step=6 dataset.lookback=720 [bold]model.units=64 training.learning_rate=0.003" + " x=1" * 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    store = open_store(f"sqlite:///{folder}/mlflow.db", folder)
    record(store, "stand-in", 0.27, task=STAND_IN, score_every=1)
    record(store, "gru seed=1", 0.262, seed=1)
    record(store, "gru seed=2", 0.264, seed=2)
    record(store, LONG, 0.271, model="lstm")
    record(store, "worse", 0.31, model="conv1d")
    record(store, "broken", model="mlp", ends=Failed("no memory left"))
    return folder


def environment(**extra: str) -> dict[str, str]:
    unwanted = ("MLFLOW_TRACKING_URI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    return {key: value for key, value in os.environ.items() if key not in unwanted} | extra


@pytest.fixture(scope="module")
def piped(folder: Path) -> list[str]:
    """The lines that a pipe receives."""
    done = subprocess.run(COMMAND, cwd=folder, env=environment(), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def on_terminal(folder: Path, columns: int, **extra: str) -> str:
    return terminal.on_terminal(COMMAND, environment(TERM="xterm-256color", **extra), columns, folder)


def test_piped_it_is_plain_text_with_every_column_in_whole_lines(piped: list[str]) -> None:
    assert "\x1b" not in "".join(piped)
    title = "jena: T (degC), 144 rows after the window | 4 runs in 3 groups | task aaaaaaaa"
    assert title in piped
    start = piped.index(title)
    names = (
        "rank name model n val MAE best vs best test MAE deg C skill val % skill test % true lead parameters seconds"
    )
    assert piped[start + 1].split() == names.split()
    gru, long, naive, worse = piped[start + 3 : start + 7]
    assert gru.split()[:7] == ["1", "*", "gru", "gru", "2", "0.2630±0.0014", "0.2620"]
    assert LONG in long
    assert long.split()[-1] == "1,234"
    assert naive.split()[:3] == ["-", "naive", "(baseline)"]
    assert worse.split()[:2] == ["3", "worse"]
    assert piped[start + 7] == "val, test: mean ± standard deviation over the runs of a group"
    stand_in = next(number for number, line in enumerate(piped) if line.startswith("jena: ") and line != title)
    assert piped[stand_in + 1] == "simulated stand-in, not the official record"
    assert piped[-1] == "Not ranked: 1 failed; --all lists them"


def test_numbers_stand_flush_right(piped: list[str]) -> None:
    start = next(number for number, line in enumerate(piped) if "after the window" in line)
    header, rows = piped[start + 1], piped[start + 3 : start + 7]
    end = header.index("val MAE") + len("val MAE")
    assert [row[end - 6 : end] for row in rows] == ["0.0014", "0.2710", "0.2900", "0.3100"]


def test_all_lists_what_has_no_rank(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(folder)
    assert main(["compare", "--all"]) == 0
    out = capsys.readouterr().out
    assert "Not ranked: 1 failed\n" in out
    (line,) = [line for line in out.splitlines() if line.startswith("failed")]
    assert line.split()[:3] == ["failed", "broken", "mlp"]
    assert line.rstrip().endswith("Failed: no memory left")


def test_eighty_columns_are_enough(folder: Path) -> None:
    text = on_terminal(folder, 80, NO_COLOR="1")
    assert "\x1b[33m" not in text
    plain = text.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")
    lines = plain.splitlines()
    assert max(map(len, lines)) <= 80
    header = next(line for line in lines if line.startswith("rank") and " n " in line)
    assert header.split() == ["rank", "name", "n", "val", "MAE", "test", "MAE", "deg", "C"]
    hidden = "hidden: seconds, true lead, model, best, skill val %, parameters, vs best, skill test % (pipe to see all)"
    assert hidden in " ".join(lines)
    assert "0.2630±0.0014" in plain
    assert "[bold]" in plain  # a name is not markup


def test_a_wide_terminal_has_colour_and_all_columns(folder: Path) -> None:
    text = on_terminal(folder, 190)
    assert "\x1b[33msimulated stand-in" in text
    assert "hidden" not in text


def test_wrong_input_is_one_line_and_code_two(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["compare", "--uri", f"sqlite:///{folder}/mlflow.db", "--experiment", "lader"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"error: experiment 'lader' is not in sqlite:///{folder}")
    assert "Did you mean 'ladder'?" in said.err
    assert main(["compare"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"error: no MLflow store in {tmp_path}: train first, or name another one with --uri")
    assert len(said.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_store_without_runs_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store("sqlite:///runs.db", tmp_path)
    assert main(["compare", "--uri", store.uri]) == 0
    assert capsys.readouterr().out == "No finished runs yet.\n"


def test_help_has_examples_and_imports_nothing_heavy() -> None:
    script = (
        "import sys; from seqexp.cli.main import main\n"
        "try: main(['compare', '--help'])\n"
        "except SystemExit: pass\n"
        "print({'mlflow', 'pandas', 'matplotlib', 'rich', 'sqlalchemy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "seqexp compare --experiment ladder" in done.stdout
    assert done.stdout.endswith("set()\n")


def answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """Return the exit code, what went to stdout, and to stderr."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(folder)
    code = main(["compare", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_where_compares_numbers_as_numbers(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    condition = "model.units > 4 and best_val_mae < 0.3 and model.name in [gru, conv1d] and training.score_every = 8"
    code, out, _ = answer(folder, monkeypatch, capsys, "--where", condition, "--by", "model.name,model.units")
    assert code == 0
    assert " | 2 runs in 1 group | " in out  # as a text, "32" is less than "4"
    assert "gru units=32" in out
    assert "Not ranked" not in out


def test_all_that_is_wrong_is_told_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = answer(folder, monkeypatch, capsys, "--top", "-1", "--by", "a,,b", "--where", "model.units >")
    assert (code, out) == (2, "")
    assert [line.split(" must ")[0] for line in err.splitlines()] == ["error: --top", "error: --by", "error: --where"]
    code, out, err = answer(
        folder, monkeypatch, capsys, "--by", "model.nam", "--where", "model.unit > 3", "--metric", "test_ma"
    )
    assert (code, out) == (2, "")
    assert [line.split()[1] for line in err.splitlines()] == ["--where", "--by", "--metric"]
    assert [line.rpartition("Did you mean ")[2] for line in err.splitlines()] == [
        "'model.units'?", "'model.name'?", "'test_mae'?",
    ]  # fmt: skip
    code, _, err = answer(folder, monkeypatch, capsys, "--format", "htm")
    assert (code, err.split(" See ")[0]) == (
        2, "error: --format must be one of table, md, csv, json, html. Received: 'htm'. Did you mean 'html'?",
    )  # fmt: skip


def test_ranking_by_test_is_allowed_and_labelled(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for form in ("table", "md", "html"):
        _, out, _ = answer(folder, monkeypatch, capsys, "--metric", "test_mae", "--format", form)
        plain = out.replace("\\", "").replace("&#x27;", "'")
        assert plain.count("ranked by test_mae, that is SELECTED ON THE TEST PART") == 2  # a task each
        assert plain.count("simulated stand-in, not the official record") == 1
    _, out, _ = answer(folder, monkeypatch, capsys, "--metric", "test_mae", "--format", "csv")
    lines = list(csv.DictReader(out.splitlines()))
    assert {(line["selected_on_test"], line["ranked_by"]) for line in lines} == {("true", "test_mae")}
    assert sorted(line["simulated"] for line in lines) == ["false", "false", "false", "true"]


@pytest.mark.slow
def test_trained_runs_of_two_lookbacks_are_compared_on_common_windows(
    small: list[str], seqexp: Run, tmp_path: Path
) -> None:
    for lookback in (48, 96):
        own = [f"dataset.lookback={lookback}", "dataset.boundary=strict"]
        others = [override for override in small if not override.startswith("dataset.lookback")]
        done = seqexp("train", "model=linear", *others, *own, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    done = seqexp("compare", "--by", "dataset.lookback", "--format", "json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (task,) = json.loads(done.stdout)["tasks"]
    # Of rows 800 to 1,100 and 1,100 to 1,500 a window needs 96 before and 12 after; targets are all measured.
    assert task["common_windows"] == {"val": 192, "test": 292}
    tables = {}
    for run in runs_in(tmp_path):
        lookback = int(run.data.params["dataset.lookback"])
        tables[lookback] = parquet.read_table(artifact(run, "predictions/test.parquet")).to_pylist()
        scale, best = (
            run.data.metrics["test_mae_units"] / run.data.metrics["test_mae"],
            run.data.tags["seqexp.baseline"],
        )
    rows = {row["row"] for row in tables[48]} & {row["row"] for row in tables[96]}
    for group in task["groups"]:
        table = [row for row in tables[int(group["by"]["dataset.lookback"])] if row["row"] in rows]
        error = sum(abs(row["prediction"] - row["target"]) for row in table) / len(table)
        baseline = sum(abs(row[best] - row["target"]) for row in table) / len(table)
        assert group["test"]["mean"] == pytest.approx(error / scale, rel=1e-6)
        assert group["skill_test"]["estimate"] == pytest.approx(1 - error / baseline, rel=1e-6)
        assert group["skill_test"]["low"] < group["skill_test"]["estimate"]
    assert [group["versus_best"]["over_samples"]["over"] for group in task["groups"]] == [None, "windows"]
    table = seqexp("compare", cwd=tmp_path).stdout
    assert "scored anew on the 192 validation and 292 test windows that all runs have in common" in table


def test_damaged_forecasts_are_told_with_how_to_do_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    run_id = forecaster(store, tmp_path, "gru", 0.25, np.random.default_rng(0))
    (kept,) = [path for path in tmp_path.rglob("predictions/val.parquet") if run_id in path.parts]
    kept.write_bytes(b"no parquet")
    assert main(["compare", "--uri", store.uri]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith(f"failed: the forecasts of the run 'gru' ({run_id}) can't be read: ")
    assert said[-1].strip() == "--no-intervals reads no forecasts"
    assert main(["compare", "--uri", store.uri, "--no-intervals"]) == 0

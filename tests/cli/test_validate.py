"""`seqexp validate`: just the check, with the data's faults once it has been read."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.cli import main as command
from tests.conftest import ROWS, Run


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache_dir: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))


def messages(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert command.main(["validate", *arguments]) == 2
    err = capsys.readouterr().err
    assert "Traceback" not in err
    return [line.removeprefix("error: ") for line in err.splitlines()]


def test_a_valid_run(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    done = seqexp("validate", *small, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("data ")
    assert lines[-1] == "valid: one run, gru on jena"
    assert list(tmp_path.iterdir()) == []


def test_what_changes_the_meaning_of_a_result_is_told_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = (f"words of {n},{'a' if n % 10 else 'b'}\n" for n in range(300))
    (tmp_path / "texts.csv").write_text("text,label\n" + "".join(rows))
    texts = ["-m", "dataset=text", "dataset.path=texts.csv", "model=bow_logreg", "dataset.maxlen=5,6"]
    assert command.main(["validate", *texts]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = [line for line in lines if "unknown words" in line]
    assert len(found) == len(set(found)) > 0
    assert command.main(["validate", "--static", *texts]) == 0
    assert "unknown words" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["model=gru_dropout"], "one run, gru_dropout on jena"),
        (["-m", "seed=1,2", "model.units=8,16,32"], "a sweep of 6 jobs over seed, model.units: gru on jena"),
        (["-m"], "one run, gru on jena"),
        (["experiment=jena_step_units", "-m"], "a sweep of 6 jobs over dataset.step, model.units: gru on jena"),
        (["--name", "a", "--note", "b, c", "--tag", "k=v"], "one run, gru on jena"),
        ([], "one run, gru on jena"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_static_says_what_would_run(capsys: pytest.CaptureFixture[str], arguments: list[str], what: str) -> None:
    assert command.main(["validate", "--static", *arguments]) == 0
    assert capsys.readouterr() == (f"valid: {what}\n", "")


def test_static_does_not_read_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["validate", "--static", "dataset.path=nowhere.csv"]) == 0
    capsys.readouterr()
    (message,) = messages(capsys, "dataset.path=nowhere.csv")
    assert "nowhere.csv" in message


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (f"dataset.split.test={{first:1100,end:{ROWS + 1}}}", "dataset.split.test"),
        (f"dataset.split.test={{first:{ROWS},end:null}}", "dataset.split.test"),
        ("dataset.split.train={first:0,end:50}", "dataset.split.train"),
        ("dataset.split.val={first:790,end:830}", "dataset.split.train"),
        ("dataset.lookback=6000", "dataset.split.train"),
        ("dataset.target='T (degF)'", "dataset.target"),
    ],
)
def test_faults_of_the_data_are_told(
    capsys: pytest.CaptureFixture[str], small: list[str], change: str, key: str
) -> None:
    told = messages(capsys, *small, change)
    assert any(message.startswith(key) for message in told), told


def test_faults_of_the_data_in_all_jobs_are_told_at_once(capsys: pytest.CaptureFixture[str], small: list[str]) -> None:
    told = messages(
        capsys, "-m", *small, "dataset.target=a,b", "dataset.split.test={first:1100,end:9999},{first:1100,end:8888}"
    )
    for word in ("'a'", "'b'", "9999", "8888"):
        assert any(word in message for message in told), (word, told)


def test_static_faults_come_before_the_data_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    told = messages(capsys, "dataset.path=nowhere.csv", "seed=-1", "training.epochs=0")
    assert [message.split()[0] for message in told] == ["seed", "training.epochs"]


def test_what_every_job_of_a_model_would_fail_on_is_found(
    capsys: pytest.CaptureFixture[str], small: list[str], tmp_path: Path
) -> None:
    """The small window holds 8 h: no phase of a day."""
    (message,) = messages(capsys, "-m", *small, "model=naive,seasonal_naive")
    assert message.startswith("dataset.lookback ")
    assert "model.season=auto" in message
    months = [f"{year}-{month:02},{month + year % 7}" for year in range(1960, 2020) for month in range(1, 13)]
    (tmp_path / "months.csv").write_text("\n".join(["month,count", *months]) + "\n")
    data = ["dataset=csv", "dataset.path=months.csv", "dataset.lookback=2y", "dataset.delay=1y"]
    assert command.main(["validate", "-m", *data, "model=seasonal_naive,linear"]) == 0
    assert messages(capsys, *data, "model=seasonal_naive", "model.season=30d")[0].startswith("model.season ")

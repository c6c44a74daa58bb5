"""A user's own model in the real command: what it gives out is checked, and what it is scored with stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.cli.main import main
from tests.cli.recorded import runs_in

MOODS = (("good", "happy"), ("bad", "sad"))

# Each class differs from Honest in what its name says; `given` is what Honest gives out, (windows,) float64.
FORECASTS = {
    "Masked": "return np.ma.masked_where(np.arange(len(rows)) % 2 == 0, given)",
    "AsList": "return given.tolist()",
    "OfComplex": "return given + 0j",
    "OneForAll": "return given[:1]",
    "NotANumber": "return np.where(np.arange(len(rows)) == 3, np.nan, given)",
    "EndlessInTest": "return given + (np.inf if rows[-1] == windows.rows.test[-1] else 0)",
}
RECEIVED = {
    "Masked": ("masked array", "masked"),
    "AsList": ("list",),
    "OfComplex": ("complex128",),
    "OneForAll": ("shape (1,)",),
    "NotANumber": ("nan in row 3", "finite"),
    "EndlessInTest": ("inf", "finite"),
}
FALSIFIERS = {
    "InTargets": "windows.target.values[:] = 0.0",
    "InRows": "windows.rows.val[:] = windows.rows.val[0]",
}
AROUND = {
    "ByFlag": "windows.target.values.flags.writeable = True; windows.target.values[:] = 0.0",
    "BySetattr": "object.__setattr__(windows.target, 'values', windows.target.values * 0)",
    "OfFewer": "object.__setattr__(windows.rows, 'test', windows.rows.test[:40])",
}
TEMPLATE = """\

class {name}:
    parameters = 0

    def fit(self, windows):
        {fit}

    def predict(self, windows, rows):
        given = windows.last_seen(rows)[:, 0, 0]
        {predict}
"""


def write_own(folder: Path) -> Path:
    """Write a plugin and a model for each of its classes; return the folder to run in, which is empty."""
    classes = {name: {"fit": "pass", "predict": code} for name, code in FORECASTS.items()}
    classes |= {name: {"fit": code, "predict": "return given"} for name, code in (FALSIFIERS | AROUND).items()}
    classes["Honest"] = {"fit": "pass", "predict": "return given.astype(np.float32)[:, None]"}
    source = "import numpy as np\n" + "".join(TEMPLATE.format(name=name, **code) for name, code in classes.items())
    (folder / "own.py").write_text(source)
    (folder / "model").mkdir()
    for name in classes:
        (folder / "model" / f"{name.lower()}.yaml").write_text(f"name: {name}\nestimator:\n  {name}:\n")
    (folder / "work").mkdir()
    return folder / "work"


def train(
    name: str, folder: Path, small: list[str], cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, Path]:
    work = write_own(folder)
    monkeypatch.chdir(work)
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    return main(["train", "--config-dir", "..", "--plugin", "../own.py", f"model={name.lower()}", *small]), work


def assert_failed(work: Path, *facts: str) -> None:
    """Assert that the only run failed for a reason with these facts, and has no figure of a model or a baseline."""
    (run,) = runs_in(work)
    assert run.info.status == "FAILED"
    assert [fact for fact in facts if fact not in run.data.tags["seqexp.failure"]] == [], run.data.tags
    assert [name for name in run.data.metrics if "mae" in name or "skill" in name] == []


@pytest.mark.parametrize("name", FORECASTS)
def test_what_is_no_forecast_ends_the_run(
    name: str, tmp_path: Path, small: list[str], cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, work = train(name, tmp_path, small, cache_dir, monkeypatch)
    assert code == 1
    assert_failed(work, "PredictionError", f"../own.py, {name}.predict", *RECEIVED[name])


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        *((name, ("PluginError", "../own.py, line", "in fit", "read-only")) for name in FALSIFIERS),
        *((name, ("PredictionError", "../own.py", "targets")) for name in AROUND),
    ],
)
def test_who_writes_what_is_handed_out_gets_no_score(
    name: str,
    failure: tuple[str, ...],
    tmp_path: Path,
    small: list[str],
    cache_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, work = train(name, tmp_path, small, cache_dir, monkeypatch)
    assert code == 1
    assert_failed(work, *failure)


def test_a_forecast_in_float32_with_a_column_of_its_own_is_one(
    tmp_path: Path, small: list[str], cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, work = train("Honest", tmp_path, small, cache_dir, monkeypatch)
    assert code == 0
    (run,) = runs_in(work)
    assert run.data.metrics["test_mae"] == pytest.approx(run.data.metrics["naive_test_mae"], rel=1e-6)


OF_TEXTS = """
import numpy as np


class Sure:
    task, parameters = "classify", 0

    def fit(self, texts):
        if RELABEL:
            texts.corpus.labels[:] = 1

    def predict(self, texts, rows):
        return np.full(len(rows), 1.5)
"""


@pytest.mark.parametrize("relabel", [False, True])
def test_texts_are_guarded_alike(
    relabel: bool, tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "sure.yaml").write_text("name: sure\nestimator:\n  Sure:\n")
    (tmp_path / "own.py").write_text(OF_TEXTS.replace("RELABEL", str(relabel)))
    lines = [f"a {word} day number {number},{label}" for number in range(40) for word, label in MOODS]
    (tmp_path / "moods.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    flags = ["--config-dir", "..", "--plugin", "../own.py"]
    assert main(["train", *flags, "dataset=text", "dataset.path=../moods.csv", "model=sure"]) == 1
    (run,) = runs_in(tmp_path / "work")
    assert [name for name in run.data.metrics if "accuracy" in name or "skill" in name] == []
    expected = ("../own.py, line", "read-only") if relabel else ("../own.py, Sure.predict", "[0, 1]", "1.5")
    assert [fact for fact in expected if fact not in run.data.tags["seqexp.failure"]] == [], run.data.tags

"""What a user has set for other programs that use Keras is told, and changes no number here."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from seqexp.models.keras_settings import ignored_settings
from tests.conftest import COSTS, Run

NAMES = ("KERAS_BACKEND", "TF_USE_LEGACY_KERAS", "KERAS_HOME")
STOCK = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}


@pytest.mark.parametrize(
    ("environment", "file", "told"),
    [
        ({}, None, []),
        ({}, json.dumps(STOCK), []),
        ({}, "{", []),
        ({}, "[]", []),
        ({"KERAS_BACKEND": "tensorflow", "TF_USE_LEGACY_KERAS": "0"}, None, []),
        ({"KERAS_BACKEND": ""}, None, []),
        ({"KERAS_BACKEND": "torch"}, None, ["KERAS_BACKEND='torch'"]),
        ({"TF_USE_LEGACY_KERAS": "True"}, None, ["TF_USE_LEGACY_KERAS='True'"]),
        ({}, json.dumps({**STOCK, "backend": "jax"}), ["backend='jax' in ", "keras.json"]),
        ({}, json.dumps({"floatx": "float16", "epsilon": 1e-3}), ["floatx='float16', epsilon=0.001 in "]),
        ({}, json.dumps({"image_data_format": "channels_first"}), ["image_data_format='channels_first'"]),
        ({"KERAS_BACKEND": "jax"}, json.dumps({"floatx": "float64"}), ["KERAS_BACKEND='jax' and floatx='float64'"]),
        ({"KERAS_BACKEND": "\x1b[31m"}, None, [r"'\x1b[31m'"]),
    ],
)
@pytest.mark.parametrize("by_name", [True, False])
def test_other_settings_are_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    file: str | None,
    told: list[str],
    by_name: bool,
) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    home = tmp_path if by_name else tmp_path / ".keras"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("KERAS_HOME" if by_name else "HOME", str(tmp_path))
    if file is not None:
        (home / "keras.json").write_text(file)
    found = ignored_settings()
    assert (found is None) is (not told)
    for part in told:
        assert part in str(found)


@pytest.mark.slow
def test_no_setting_of_keras_changes_a_figure_or_the_digest(
    seqexp_process: Run, small: list[str], tmp_path: Path
) -> None:
    (tmp_path / "keras.json").write_text(json.dumps({"floatx": "float16", "epsilon": 0.1, "backend": "jax"}))
    given = ["model=mlp", *small, "training.epochs=1"]
    plain = seqexp_process("train", *given, cwd=tmp_path, KERAS_HOME=str(tmp_path / "none"))
    others = {"KERAS_BACKEND": "torch", "KERAS_HOME": str(tmp_path), "TF_USE_LEGACY_KERAS": "1"}
    single = seqexp_process("train", *given, cwd=tmp_path, **others)
    sweep = seqexp_process("train", "-m", *given, "seed=0,1", cwd=tmp_path, **others)
    for done, lines in ((plain, 0), (single, 1), (sweep, 1)):
        assert (done.returncode, done.stderr) == (0, "")
        assert len([line for line in done.stdout.splitlines() if line.startswith("keras ")]) == lines
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as store:
        figures: dict[str, dict[str, float]] = {}
        for run, key, value in store.execute("select run_uuid, key, value from latest_metrics"):
            if key not in COSTS:
                figures.setdefault(run, {})[key] = value
        digest_of = "select run_uuid, value from tags where key = 'seqexp.config_digest'"
        runs = [(digest, figures[run]) for run, digest in store.execute(digest_of) if run in figures]
    assert len(runs) == 4
    assert all("test_mae" in found for _, found in runs)
    equal = [sum(run == other for other in runs) for run in runs]
    assert sorted(equal) == [1, 3, 3, 3], "all but the one with another seed"

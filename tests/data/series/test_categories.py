"""Columns of few values as inputs, against pandas.get_dummies."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqexp.config.digests import config_digest
from seqexp.data.series.categories import MOST_VALUES
from seqexp.data.series.load import load_series
from seqexp.data.series.series import Series
from seqexp.data.series.windows import Windows, make_windows
from seqexp.runs.prepare import digests_of
from tests.factories import small_experiment, task_of
from tests.faults import is_about, only_fault_of

ROWS = 600
TRAINED = slice(0, 300)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "cache"))


def frame_of(**columns: Any) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    times = pd.date_range("2020-01-01", periods=ROWS, freq="10min")
    values = {"time": times, "x": generator.normal(size=ROWS), "y": generator.normal(size=ROWS)}
    return pd.DataFrame(values | columns)


def weather(kinds: str = "Sun Rain Fog", seed: int = 1) -> Any:
    return np.random.default_rng(seed).choice(kinds.split(), ROWS)


def windows_of(frame: pd.DataFrame, folder: Path, *overrides: str) -> Windows:
    path = folder / "a.csv"
    frame.to_csv(path, index=False)
    setup = small_experiment("dataset=csv", f"dataset.path={path}", "dataset.target=x", "model=naive", *overrides)
    return make_windows(load_series(setup.series, "path", lambda line: None), setup)


def test_each_value_is_an_input_as_pandas_has_them(tmp_path: Path) -> None:
    frame = frame_of(weather=weather(), gear=np.random.default_rng(2).integers(1, 4, ROWS))
    windows = windows_of(frame, tmp_path, "dataset.categories=[weather,gear]", "dataset.calendar=true")
    names = ("weather=Fog", "weather=Rain", "weather=Sun", "gear=1", "gear=2", "gear=3")
    assert windows.columns[:2] == ("x", "y")
    assert windows.columns[-6:] == names
    dummies = pd.get_dummies(frame[["weather", "gear"]], columns=["weather", "gear"], prefix_sep="=")
    np.testing.assert_array_equal(windows.inputs[:, -6:], dummies[list(names)].to_numpy(np.float32))
    assert (windows.scaling.mean[-6:].tolist(), windows.scaling.std[-6:].tolist()) == ([0.0] * 6, [1.0] * 6)
    saved = json.loads(windows.documents()["scaling.json"])
    assert saved["columns"] == list(windows.columns)
    assert saved["categories"] == {"weather": ["Fog", "Rain", "Sun"], "gear": ["1", "2", "3"]}
    assert windows.contents()["categories"] == saved["categories"]


def test_the_training_part_alone_decides_which_there_are(tmp_path: Path) -> None:
    kinds = weather()
    kinds[400:] = weather("Sun Rain Snow")[400:]
    windows = windows_of(frame_of(weather=kinds), tmp_path, "dataset.categories=[weather]")
    assert windows.columns == ("x", "y", "weather=Fog", "weather=Rain", "weather=Sun")
    assert not windows.inputs[kinds == "Snow", 2:].any()
    (category,) = windows.categories
    assert category.unseen == {"Snow": int((kinds == "Snow").sum())}
    assert dict(zip(category.values, category.rows, strict=True)) == {
        kind: int((kinds[TRAINED] == kind).sum()) for kind in ("Fog", "Rain", "Sun")
    }


def test_an_empty_cell_is_a_value_of_its_own_and_a_gap_holds_the_row_before(tmp_path: Path) -> None:
    kinds = np.where(np.arange(ROWS) % 7 == 0, "holiday", None)
    frame = frame_of(day=kinds)
    windows = windows_of(frame.drop(index=[70, 71, 99]), tmp_path, "dataset.categories=[day]")
    assert windows.columns[2:] == ("day=holiday", "day=(missing)")
    held = pd.Series(kinds).fillna("").drop(index=[70, 71, 99]).reindex(range(ROWS)).ffill()
    np.testing.assert_array_equal(windows.inputs[:, 2], held == "holiday")
    np.testing.assert_array_equal(windows.inputs[:, 3], held == "")


def test_one_that_never_changes_in_training_is_left_out(tmp_path: Path) -> None:
    kinds = weather()
    kinds[:300] = "Sun"
    windows = windows_of(frame_of(weather=kinds), tmp_path, "dataset.categories=[weather]")
    assert (windows.columns, windows.constant) == (("x", "y"), ("weather",))


def test_inputs_are_the_same_from_disk(tmp_path: Path) -> None:
    frame, chosen = frame_of(weather=weather()), "dataset.categories=[weather]"
    array = windows_of(frame, tmp_path, chosen, "dataset.memory=array")
    mapped = windows_of(frame, tmp_path, chosen, "dataset.memory=mapped")
    assert isinstance(mapped.series.codes, np.memmap)
    np.testing.assert_array_equal(mapped.inputs, array.inputs)


@pytest.mark.parametrize(
    ("chosen", "facts"),
    [
        ("wether", ["Received: 'wether'", "Did you mean 'weather'?"]),
        ("x", ["dataset.target", "Received: 'x'"]),
        ("y", [f"at most {MOST_VALUES} values", "Received: 'y', which has 300"]),
    ],
)
def test_what_is_no_category_is_refused(chosen: str, facts: list[str], tmp_path: Path) -> None:
    names = f"dataset.categories=[{chosen},weather]" if chosen == "wether" else f"dataset.categories=[{chosen}]"
    fault = only_fault_of(windows_of, frame_of(weather=weather()), tmp_path, names)
    assert is_about(fault, "dataset.categories", *facts), fault


def test_categories_are_what_is_compared_and_their_content_counts(tmp_path: Path) -> None:
    """Inputs are no part of the task; other texts beside the same numbers are another configuration."""

    def digests(seed: int, *overrides: str) -> tuple[str, str, str]:
        windows = windows_of(frame_of(weather=weather(seed=seed)), tmp_path, *overrides)
        setup = small_experiment("dataset=csv", f"dataset.path={tmp_path / 'a.csv'}", "dataset.target=x", *overrides)
        others, data = digests_of(None, windows.series), windows.series.digest
        return data, task_of(windows, setup).digest, config_digest(setup, data_digest=data, compute={}, others=others)

    plain, chosen, other = (
        digests(1),
        digests(1, "dataset.categories=[weather]"),
        digests(2, "dataset.categories=[weather]"),
    )
    assert plain == digests(2)
    assert plain[:2] == chosen[:2] == other[:2]
    assert len({plain[2], chosen[2], other[2]}) == 3


def test_a_series_without_the_texts_has_no_such_category(tmp_path: Path) -> None:
    setup = small_experiment("dataset=csv", "dataset.path=a.csv", "dataset.target=x", "dataset.categories=[weather]")
    values = np.random.default_rng(0).normal(size=(ROWS, 2))
    times = np.datetime64("2020-01-01", "us") + np.arange(ROWS) * np.timedelta64(600, "s")
    series = dataclasses.replace(Series("a", times, values, ("x", "y"), "path", "", ""), dropped=("weather",))
    fault = only_fault_of(make_windows, series, setup)
    assert is_about(fault, "dataset.categories", "'weather'", "neither numbers nor texts")

"""Columns of few values as inputs, against pandas.get_dummies."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder

from seqexp.config.digests import config_digest
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.inputs.categories import FEWEST_ROWS, MOST_VALUES
from seqexp.data.series.load import load_series
from seqexp.data.series.series import Series
from seqexp.data.series.windows import Windows
from seqexp.reporting.data.series_facts import inputs_in_words
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
    weathers, gears = ("weather=Fog", "weather=Rain", "weather=Sun"), ("gear=1", "gear=2", "gear=3")
    names = (*weathers, "weather=(other)", *gears, "gear=(other)")
    assert windows.columns[:2] == ("x", "y")
    assert windows.columns[-8:] == names
    dummies = pd.get_dummies(frame[["weather", "gear"]], columns=["weather", "gear"], prefix_sep="=")
    dummies = dummies.reindex(columns=list(names), fill_value=0)
    np.testing.assert_array_equal(windows.inputs[:, -8:], dummies.to_numpy(np.float32))
    assert (windows.scaling.mean[-8:].tolist(), windows.scaling.std[-8:].tolist()) == ([0.0] * 8, [1.0] * 8)
    saved = json.loads(windows.documents()["scaling.json"])
    assert saved["columns"] == list(windows.columns)
    assert saved["categories"] == {"weather": ["Fog", "Rain", "Sun", "(other)"], "gear": ["1", "2", "3", "(other)"]}
    assert windows.contents()["categories"] == saved["categories"]


def with_others(kinds: Any) -> tuple[pd.DataFrame, Any]:
    """Return a series whose validation and test rows have a kind that comes later, and which rows have it."""
    kinds[400:] = weather("Sun Rain Snow")[400:]
    return frame_of(weather=kinds), kinds == "Snow"


@pytest.mark.parametrize("limit", ["50", "1", "null"])
def test_a_value_that_training_has_not_is_1_in_an_input_of_its_own(limit: str, tmp_path: Path) -> None:
    """It was 0 in all training rows: its scale is left alone, or else a 1 would be very far from the mean."""
    frame, is_new = with_others(weather())
    overrides = ("dataset.categories=[weather]", f"dataset.input_limit={limit}")
    windows = windows_of(frame, tmp_path, *overrides)
    assert windows.columns == ("x", "y", "weather=Fog", "weather=Rain", "weather=Sun", "weather=(other)")
    np.testing.assert_array_equal(windows.inputs[:, -1], is_new)
    assert (windows.inputs[:, 2:].sum(axis=1) == 1).all()
    assert not [name for name in windows.limited if "weather" in name]
    (category,) = windows.categories
    val, test = slice(300, 450), slice(450, None)
    assert category.unseen == {"val": {"Snow": int(is_new[val].sum())}, "test": {"Snow": int(is_new[test].sum())}}
    assert category.rare == {}
    kinds = frame["weather"].to_numpy()
    assert dict(zip(category.values, category.rows, strict=True)) == {
        kind: int((kinds[TRAINED] == kind).sum()) for kind in ("Fog", "Rain", "Sun")
    }


def test_values_that_are_rare_in_training_share_the_input_of_those_that_are_new(tmp_path: Path) -> None:
    """As scikit-learn's encoder has it."""
    frame, is_new = with_others(weather())
    frame.loc[10 : 10 + FEWEST_ROWS - 1, "weather"] = "Ash"
    frame.loc[[50, 90, 91], "weather"] = "Hail"
    frame.loc[[120, 500], "weather"] = "Squall"
    windows = windows_of(frame, tmp_path, "dataset.categories=[weather]")
    encoder = OneHotEncoder(min_frequency=FEWEST_ROWS, handle_unknown="infrequent_if_exist", sparse_output=False)
    encoder.fit(frame[["weather"]][TRAINED])
    np.testing.assert_array_equal(windows.inputs[:, 2:], encoder.transform(frame[["weather"]]))
    assert windows.columns[2:] == tuple(f"weather={kind}" for kind in ("Ash", "Fog", "Rain", "Sun", "(other)"))
    (category,) = windows.categories
    assert category.rare == {"Hail": 3, "Squall": 1}
    assert set(category.unseen["test"]) == {"Snow"}
    assert windows.inputs[500, -1] == windows.inputs[50, -1] == windows.inputs[is_new, -1].min() == 1


def test_what_has_no_input_of_its_own_is_said(tmp_path: Path) -> None:
    frame, is_new = with_others(weather())
    frame.loc[599, "weather"] = None
    (line,) = inputs_in_words(windows_of(frame, tmp_path, "dataset.categories=[weather]"))
    counts = (f"{is_new[300:450].sum()} rows of validation", f"{is_new[450:599].sum() + 1} rows of test")
    for fact in (*counts, "weather=(other)", "no training row", "Snow, (missing)"):
        assert fact in line, line
    frame.loc[7, "weather"] = "Hail"
    rare, new = inputs_in_words(windows_of(frame, tmp_path, "dataset.categories=[weather]"))
    assert rare.endswith("weather=(other): Hail")
    assert "no training row" not in new


def test_an_empty_cell_is_a_value_of_its_own_and_a_gap_holds_the_row_before(tmp_path: Path) -> None:
    kinds = np.where(np.arange(ROWS) % 7 == 0, "holiday", None)
    frame = frame_of(day=kinds)
    windows = windows_of(frame.drop(index=[70, 71, 99]), tmp_path, "dataset.categories=[day]")
    assert windows.columns[2:] == ("day=holiday", "day=(missing)", "day=(other)")
    held = pd.Series(kinds).fillna("").drop(index=[70, 71, 99]).reindex(range(ROWS)).ffill()
    np.testing.assert_array_equal(windows.inputs[:, 2], held == "holiday")
    np.testing.assert_array_equal(windows.inputs[:, 3], held == "")
    assert not windows.inputs[:, 4].any()


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
        ("y", [f"at least {FEWEST_ROWS} training rows", "Received: 'y', which has 300"]),
        ("n", [f"at most {MOST_VALUES} values", "Received: 'n', which has 60"]),
    ],
)
def test_what_is_no_category_is_refused(chosen: str, facts: list[str], tmp_path: Path) -> None:
    names = f"dataset.categories=[{chosen},weather]" if chosen == "wether" else f"dataset.categories=[{chosen}]"
    fault = only_fault_of(windows_of, frame_of(weather=weather(), n=np.arange(ROWS) % 60), tmp_path, names)
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

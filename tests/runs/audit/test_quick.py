"""What every training checks of itself: honest pipelines pass, and each way to cheat fails the check that is for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seqexp.data.series import repair
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.inputs.matrix import Scaling
from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts
from seqexp.runs.audit.audit import quick_checks
from seqexp.runs.audit.check import Check, as_content, verdict_of
from seqexp.runs.audit.fitted import fit_rows
from seqexp.runs.prepare import Prepared
from tests.factories import experiment, minutes, random_series, series_of, small_experiment, task_of, wave_series
from tests.runs.audit import made
from tests.training.texts import telling_texts

OF_SERIES = ("parts apart", "fit rows", "every window", "batch size", "future rows")
OF_TEXTS = ("fit rows", "duplicate texts", "batch size", "test labels")


def texts_apart() -> Texts:
    """Return texts of which none of the test part says what a training text does."""
    texts = telling_texts(classes=3)
    rows, first = texts.rows, texts.corpus.first_alike
    return replace(texts, rows=replace(rows, test=rows.test[~np.isin(first[rows.test], first[rows.train])]))


def found(prepared: Prepared, name: str) -> Check:
    return next(check for check in quick_checks(prepared) if check.name == name)


@pytest.mark.parametrize(
    "overrides",
    [
        ("model=naive",),
        ("model=seasonal_naive", "model.season=8"),
        ("model=linear",),
        ("model=linear", "dataset.boundary=strict"),
        ("model=linear", "dataset.horizon=4", "dataset.target=all"),
        ("model=ridge", "dataset.horizon=4"),
        ("model=linear", "dataset.delay=0", "dataset.step=1"),
        ("model=linear", "dataset.calendar=true"),
        ("model=linear", "dataset.boundary=drop_last", "dataset.batch_size=1"),
        ("model=linear", "dataset.repair=off"),
    ],
)
def test_an_honest_pipeline_passes_all(overrides: tuple[str, ...]) -> None:
    assert made.verdicts(made.series_ready(*overrides)) == dict.fromkeys(OF_SERIES, True)


def test_gaps_and_missing_values_are_no_look_ahead() -> None:
    values = wave_series(700).values.copy()
    values[np.random.default_rng(1).random(values.shape) < 0.05] = np.nan
    times = minutes(*(10 * np.delete(np.arange(700 + 20), slice(500, 520))))
    order = np.random.default_rng(2).permutation(700)  # the file's order is not that of the times
    series = series_of(values[order], times=times[order])
    prepared = made.series_ready("model=linear", "dataset.max_gap=30", series=series)
    assert prepared.task.samples.repaired.order.filled == 20  # type: ignore[attr-defined]
    assert made.verdicts(prepared) == dict.fromkeys(OF_SERIES, True)


def test_a_known_column_may_be_seen_up_to_the_targets_last_row() -> None:
    prepared = made.series_ready(
        "model=linear", "dataset.known=[p (mbar)]", "dataset.horizon=3", series=random_series()
    )
    assert made.verdicts(prepared) == dict.fromkeys((*OF_SERIES, "known columns", "target among known"), True)


@pytest.mark.parametrize("model", [made.KnowsTheTarget(), made.ReadsTheNextRow(), made.ReadsTheRecord()])
def test_an_estimator_that_looks_ahead_is_caught(model: made.Estimator) -> None:
    prepared = made.series_ready(model=model)
    assert made.verdicts(prepared) == dict.fromkeys(OF_SERIES, True) | {"future rows": False}


def test_a_repair_that_looks_ahead_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def filled_from_behind(raw: Any, bad: Any, before: Any) -> Any:
        return original(raw[::-1], bad[::-1], before)[::-1]

    values = wave_series().values.copy()
    values[np.random.default_rng(1).random(values.shape) < 0.3] = np.nan
    original = repair._with_last_valid
    monkeypatch.setattr(repair, "_with_last_valid", filled_from_behind)
    assert made.verdicts(made.series_ready("model=linear", series=series_of(values)))["future rows"] is False


def test_inputs_that_are_shown_too_early_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    from seqexp.data.series import cutting

    original = cutting.show_ahead
    monkeypatch.setattr(
        cutting, "show_ahead", lambda inputs, first, ahead, rows: original(inputs, first, ahead, rows + 1)
    )
    prepared = made.series_ready("model=linear", "dataset.known=[p (mbar)]", series=random_series())
    assert made.verdicts(prepared)["known columns"] is False


@pytest.mark.parametrize("shift", [0, 2, -1])
@pytest.mark.parametrize("noise", [0.0, 1e-3])
def test_the_target_among_the_known_columns_is_caught(shift: int, noise: float) -> None:
    values = random_series().values.copy()
    values[:, 0] = 1.8 * np.roll(values[:, 1], shift) + 32 + noise * np.random.default_rng(0).normal(size=len(values))
    prepared = made.series_ready("model=linear", "dataset.known=[p (mbar)]", series=series_of(values))
    check = found(prepared, "target among known")
    assert (check.passed, "p (mbar)" in check.what) == (False, True)
    assert found(prepared, "future rows").passed  # it is what the configuration says that is wrong


def test_a_known_column_that_shows_what_was_seen_long_ago_is_no_target() -> None:
    values = random_series().values.copy()
    values[:, 0] = np.roll(values[:, 1], 12)  # the lead is 5 rows
    prepared = made.series_ready("model=linear", "dataset.known=[p (mbar)]", series=series_of(values))
    assert found(prepared, "target among known").passed


def test_scaling_with_all_rows_is_caught() -> None:
    setup = small_experiment("model=naive")
    windows = make_windows(wave_series(), setup)
    values = windows.series.values
    whole = Scaling(values.mean(axis=0), values.std(axis=0), np.full(3, np.inf))
    leaking = replace(windows, scaling=whole)
    check = fit_rows(task_of(windows, setup), leaking, {})
    assert (check.passed, "p (mbar)" in check.what) == (False, True)
    target = replace(windows.target, mean=values[:, [1]].mean(axis=0))
    assert fit_rows(task_of(windows, setup), replace(windows, target=target), {}).passed is False


def test_a_recorded_scaling_that_is_another_is_caught() -> None:
    setup = small_experiment("model=naive")
    windows = make_windows(wave_series(), setup)
    task, documents = task_of(windows, setup), windows.documents()
    assert fit_rows(task, windows, documents).passed
    assert fit_rows(task, windows, {"scaling.json": documents["scaling.json"].replace("9", "8")}).passed is False


@pytest.mark.parametrize(("size", "left_out"), [(32, 19), (512, 403)])
def test_windows_that_drop_last_leaves_out_are_counted(size: int, left_out: int) -> None:
    series = wave_series(2000)
    parts = "dataset.split={train:{first:0,end:300},val:{first:300,end:1085},test:{first:1085,end:null}}"
    setup = ("model=naive", "dataset.boundary=drop_last", f"dataset.batch_size={size}", parts)
    prepared = made.series_ready(*setup, series=series)
    windows = prepared.task.samples
    assert isinstance(windows, Windows)
    check, all_of_test = found(prepared, "every window"), 2000 - 1085
    assert len(windows.rows.test) == all_of_test // size * size
    whole = made.series_ready("model=naive", parts, series=series).task.samples
    every = np.abs(whole.last_seen(whole.rows.test) - whole.targets(whole.rows.test)).mean()  # type: ignore[attr-defined]
    assert check.passed is False
    assert f"leaves out the last {left_out:,} of {all_of_test:,} test windows" in check.what
    assert f"{every:.6g} with them" in check.what


def test_windows_that_count_twice_are_found() -> None:
    prepared = made.series_ready("model=naive", "dataset.boundary=lecture", "dataset.batch_size=17")
    check = found(prepared, "every window")
    rows = prepared.task.samples.rows.test
    twice = len(rows) - len(np.unique(rows))
    assert twice > 0
    assert (check.passed, f"counted twice: {twice} of test" in check.what) == (False, True)


def test_a_model_that_looks_at_the_samples_beside_is_caught() -> None:
    check = found(made.series_ready(model=made.LooksAside()), "batch size")
    assert check.passed is False


def test_a_model_that_differs_each_time_is_not_judged_by_what_it_says() -> None:
    assert made.verdicts(made.series_ready(model=made.DiffersEachTime()))["future rows"] is None


def test_an_estimator_that_raises_on_other_rows_is_not_passed() -> None:
    class Remembers(made.Estimator):
        def fit(self, data: Any) -> None:
            self.data = data

        def predict(self, data: Any, rows: Any) -> Any:
            return data.last_seen(rows) if data is self.data else np.full(3, np.nan)

    check = found(made.series_ready(model=Remembers()), "future rows")
    assert (check.passed, "own.predict" in check.what) == (None, True)


def test_parts_that_overlap_are_caught() -> None:
    prepared = made.series_ready("model=naive")
    windows = prepared.task.samples
    assert isinstance(windows, Windows)
    rows = replace(windows.rows, val=windows.rows.test)
    same = replace(prepared, task=replace(prepared.task, samples=replace(windows, rows=rows)))
    assert found(same, "parts apart").passed is False


def test_honest_texts_pass_all() -> None:
    setup = experiment("dataset=imdb", "model=nbsvm")
    prepared = made.prepared_for(texts_apart(), setup)
    assert made.verdicts(prepared) == dict.fromkeys(OF_TEXTS, True)


def test_a_model_that_reads_the_labels_of_the_test_part_is_caught() -> None:
    setup = experiment("dataset=imdb", "model=nbsvm")
    prepared = made.prepared_for(texts_apart(), setup, made.ReadsTheLabels())
    assert made.verdicts(prepared) == dict.fromkeys(OF_TEXTS, True) | {"test labels": False}


def test_test_texts_among_the_training_texts_are_counted() -> None:
    texts = texts_apart()
    rows = replace(texts.rows, test=np.concatenate([texts.rows.test, texts.rows.train[:2]]))
    prepared = made.prepared_for(replace(texts, rows=rows), experiment("dataset=imdb", "model=nbsvm"))
    check = found(prepared, "duplicate texts")
    assert (check.passed, "2 are there" in check.what) == (False, True)


def test_a_vocabulary_of_all_texts_is_caught() -> None:
    texts = texts_apart()
    words = (*texts.tokeniser.words, "nowhere")
    foreign = replace(texts, tokeniser=replace(texts.tokeniser, words=words))
    prepared = made.prepared_for(texts, experiment("dataset=imdb", "model=nbsvm"))
    leaking = replace(prepared, task=replace(prepared.task, samples=foreign))
    assert next(quick_checks(leaking)).passed is False


def test_the_verdict_of_all_checks_counts_none_as_passed_that_was_not_made() -> None:
    good, bad, none = (Check(name, passed, "what") for name, passed in (("a", True), ("b", False), ("c", None)))
    assert verdict_of([good, good]) == "passed"
    assert verdict_of([good, bad, none, bad]) == "failed: b, b"
    assert verdict_of([good, none]) == "passed, not checked: c"
    assert verdict_of([none]) == "not checked"
    assert as_content([none]) == {"checks": [{"name": "c", "passed": None, "what": "what"}]}

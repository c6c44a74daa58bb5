"""What differs between runs, from values that are written down here."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure as Picture

from seqexp.reporting.console import Console
from seqexp.reporting.runs.differences import Compared, Figure, differences
from seqexp.reporting.runs.differences_table import print_differences
from seqexp.reporting.runs.run_curves import plot_run_curves
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.tags import SCORED_TAG


def a_run(label: str, **changed: Any) -> Compared:
    """Return a run; `changed` names attributes of `Compared` or of its `StoredRun`."""
    stored: dict[str, Any] = {
        "run_id": label.lower() * 32,
        "experiment": "ladder",
        "name": f"run {label}",
        "status": "FINISHED",
        "started": datetime(2026, 1, 31, 12, 30, tzinfo=UTC),
        "ended": None,
        "params": {"model.units": "8", "seed": "1", "tracking.run_name": label},
        "tags": {"seqexp.task_digest": "t" * 16, "seqexp.git_commit": "c" * 40, "seqexp.threads": "2"},
        "metrics": {"best_val_mae": 0.25, "parameters": 10.0, "train_seconds": 3.5},
        "artifacts": "",
    }
    values: dict[str, Any] = {
        "environment": {"python": "CPython 3.11.7", "cpu": "x", "distributions": ["numpy==2.0", "rich==15.0"]},
        "curve": [(1, 0.3), (2, 0.25)],
    }
    for name, value in changed.items():
        (values if name in values else stored)[name] = value
    return Compared(label=label, run=StoredRun(**stored), **values)


def test_equal_runs_differ_in_nothing() -> None:
    found = differences([a_run("A"), a_run("B")])
    assert found.sections == {"config": {}, "data": {}, "code": {}, "environment": {}}
    assert found.is_one_task
    assert found.is_one_machine
    assert [figure.best for figure in found.figures] == [None, None, None]


def test_each_section_tells_its_own() -> None:
    other = a_run(
        "B",
        params={
            "model.units": "16",
            "seed": "1",
            "model.head": "null",
            "model.rate": "0.1",
            "training.schedule": "constant",
            "training.warmup": "null",
            "training.weight_decay": "0.1",
        },
        tags={
            "seqexp.task_digest": "t" * 16,
            "seqexp.git_commit": "d" * 40,
            "seqexp.data_digest": "e" * 64,
            "seqexp.threads": "4",
            "seqexp.plugins": "mine.py 0123",
        },
        environment={
            "python": "CPython 3.12.1",
            "cpu": "x",
            "distributions": ["numpy==2.1", "pandas==3.1", "rich==15.0"],
        },
    )
    found = differences([a_run("A"), other])
    # A key that is null in one and missing in the other is no difference, nor is one that says what all runs did once.
    sections = {section: list(differing.items()) for section, differing in found.sections.items()}
    assert sections["config"] == [
        ("model.units", ("8", "16")), ("model.rate", (None, "0.1")), ("training.weight_decay", (None, "0.1")),
    ]  # fmt: skip
    assert sections["data"] == [("data digest", (None, "e" * 64))]
    assert sections["code"] == [("git commit", ("c" * 40, "d" * 40)), ("plugins", (None, "mine.py 0123"))]
    assert sections["environment"] == [
        ("threads", ("2", "4")),
        ("python", ("CPython 3.11.7", "CPython 3.12.1")),
        ("numpy", ("2.0", "2.1")),
        ("pandas", (None, "3.1")),
    ]
    assert not found.is_one_machine


@pytest.mark.parametrize(
    ("name", "values", "best"),
    [
        ("val_mae", (0.3, 0.2, 0.25), 1),
        ("test_accuracy", (0.3, 0.2, 0.25), 0),
        ("skill_test", (None, -0.2, 0.25), 2),
        ("val_mae", (0.2, 0.2, 0.25), None),
        ("val_mae", (math.nan, 0.3, 0.25), 2),
        ("val_mae", (0.2, None, None), None),
        ("train_seconds", (2.0, 1.0, 3.0), 1),
        ("parameters", (2.0, 1.0, 3.0), None),
        ("naive_test_mae", (2.0, 1.0, 3.0), None),
        ("majority_test_accuracy", (2.0, 1.0, 3.0), None),
        ("best_epoch", (2.0, 1.0, 3.0), None),
    ],
)
def test_who_is_better(name: str, values: tuple[float | None, ...], best: int | None) -> None:
    runs = [
        a_run(label, metrics={} if value is None else {name: value}) for label, value in zip("ABC", values, strict=True)
    ]
    (figure,) = differences(runs).figures
    assert figure == Figure(name, figure.values, figure.better)
    assert figure.best == best


LAYERS = ("Flatten, " * 1000)[:7000]
LEFT = LAYERS[:6000]  # as MLflow cuts it
OLD, NEW = (f"{LAYERS[:5900]} ... [cut: 1100 more characters{digest}]" for digest in ("", ", SHA-256 0123"))


@pytest.mark.parametrize(
    ("values", "is_known"),
    [
        ((LEFT, LEFT), False),
        ((LEFT, LAYERS), False),
        ((OLD, OLD), False),
        ((OLD, LEFT), False),
        ((OLD, NEW), False),
        ((NEW, NEW), True),
        ((NEW, NEW.replace("0123", "0124")), True),
        ((OLD, OLD.replace("1100", "1101")), True),
        ((LEFT, "Dense" + LEFT[5:]), True),
        ((LEFT, LEFT[:100]), True),
        ((LEFT, None), True),
    ],
)
def test_whether_values_that_were_cut_differ_is_said_only_where_it_is_known(
    values: tuple[str | None, ...], is_known: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    params = [{"seed": "1", **({} if value is None else {"model.layers": value})} for value in values]
    runs = [a_run(label, params=of_run) for label, of_run in zip("AB", params, strict=True)]
    found = differences(runs)
    assert found.cut == (() if is_known else ("model.layers",))
    assert ("model.layers" in found.sections["config"]) == (is_known and values[0] != values[1])
    printed = shown(capsys, *runs)
    assert any("cut" in line and "model.layers" in line for line in printed) >= (not is_known)


def shown(capsys: pytest.CaptureFixture[str], *runs: Compared) -> list[str]:
    print_differences(differences(runs), Console())
    return capsys.readouterr().out.splitlines()


def test_digits_tell_figures_apart(capsys: pytest.CaptureFixture[str]) -> None:
    one = a_run(
        "A", metrics={"test_mae": 0.26104, "parameters": 4641.0, "learning_rate": 0.001, "train_seconds": 123.46}
    )
    two = a_run(
        "B", metrics={"test_mae": 0.26102, "parameters": 1553.0, "learning_rate": 0.0005, "train_seconds": 99.0}
    )
    one.run.metrics["test_rmse"], two.run.metrics["test_rmse"] = 0.3 + 1e-12, 0.3
    rows = {line.split()[0]: line.split()[1:] for line in shown(capsys, one, two) if line}
    assert rows["test_mae"] == ["0.26104", "0.26102", "-0.00002", "B"]
    assert rows["test_rmse"][:3] == ["0.3000", "0.3000", "0.0000"]  # by rounding alone, and never -0.0000
    assert rows["parameters"] == ["4,641", "1,553", "-3,088"]
    assert rows["learning_rate"] == ["0.001", "0.0005", "-0.0005"]
    assert rows["train_seconds"] == ["123.5", "99.0", "-24.5", "B"]


def test_times_of_other_machines_are_not_judged(capsys: pytest.CaptureFixture[str]) -> None:
    other = a_run("B", environment={"cpu": "y"}, metrics={"train_seconds": 1.0})
    lines = shown(capsys, a_run("A"), other)
    (seconds,) = [line.split() for line in lines if line.startswith("train_seconds")]
    assert seconds == ["train_seconds", "3.5000", "1.0000", "-2.5000"]


def test_of_different_windows_none_is_better_but_in_time(capsys: pytest.CaptureFixture[str]) -> None:
    held = {"best_val_mae": 0.25, "skill_test": 0.1, "val_loss": 0.2, "train_seconds": 3.0}
    one = a_run("A", metrics=held, params={"dataset.lookback": "120"})
    two = a_run("B", metrics={name: value / 2 for name, value in held.items()}, params={"dataset.lookback": "240"})
    lines = shown(capsys, one, two)
    better = {line.split()[0]: line.split()[4:] for line in lines if line.split()[:1] and line.split()[0] in held}
    assert better == {"best_val_mae": [], "skill_test": [], "val_loss": [], "train_seconds": ["B"]}
    alike = shown(capsys, one, a_run("B", metrics={"best_val_mae": 0.2}, params={"dataset.lookback": "120"}))
    assert next(line.split()[-1] for line in alike if line.startswith("best_val_mae")) == "B"


@pytest.mark.parametrize(("digests", "best"), [("pp", "B"), ("pq", ""), ("p", ""), ("", "")])
def test_the_targets_decide_whether_windows_differ(capsys: pytest.CaptureFixture[str], digests: str, best: str) -> None:
    runs = []
    for label, value, lookback, digest in (("A", 0.3, "3", digests[:1]), ("B", 0.2, "6", digests[1:])):
        tags = {"seqexp.task_digest": "t" * 16, "seqexp.windows": f"train={lookback} val=9 test=9"}
        tags |= {SCORED_TAG: digest} if digest else {}
        runs.append(a_run(label, metrics={"best_val_mae": value}, params={"dataset.lookback": lookback}, tags=tags))
    (figure,) = [line.split()[4:] for line in shown(capsys, *runs) if line.startswith("best_val_mae")]
    assert "".join(figure) == best


def test_texts_have_no_windows(capsys: pytest.CaptureFixture[str]) -> None:
    runs = [
        a_run(label, metrics={"best_val_accuracy": value}, params={"dataset.lookback": label})
        for label, value in (("A", 0.7), ("B", 0.8))
    ]
    lines = shown(capsys, *runs)
    assert next(line.split()[-1] for line in lines if line.startswith("best_val_accuracy")) == "B"


def test_what_no_run_has_recorded_is_not_the_same() -> None:
    bare = differences([a_run(label, params={}, tags={}, environment={}) for label in "AB"])
    assert bare.unknown == {"config", "data", "code", "environment"}
    half = differences([a_run("A", environment={}), a_run("B")])
    assert (half.unknown, half.without_environment) == ({"data"}, ["A"])


def test_runs_without_a_task_digest_are_not_judged(capsys: pytest.CaptureFixture[str]) -> None:
    runs = [a_run("A", tags={}), a_run("B", tags={})]
    assert not differences(runs).is_one_task
    assert not any(line.endswith("better") for line in shown(capsys, *runs))


def test_the_picture_has_every_curve_and_the_common_baseline(tmp_path: Path, drawn: list[Picture]) -> None:
    held = {"best_val_mae": 0.25, "naive_val_mae": 0.29}
    runs = [
        a_run("A", metrics=held),
        a_run("B", metrics=held, curve=()),
        a_run("C", metrics=held, curve=[(1, 0.28), (2, 9e9)], name="went $astray$"),
    ]
    assert plot_run_curves(runs, tmp_path / "curves.png")
    (axes,) = drawn[0].axes
    labels = [str(line.get_label()) for line in axes.get_lines()]
    assert labels == [
        "A run A: 0.2500",
        "B run B: 0.2500, not trained in epochs",
        r"C went \$astray\$: 0.2500",
        "naive: 0.2900",
    ]
    assert axes.get_ylim()[1] < 1  # one that goes astray does not flatten the others
    assert len({line.get_color() for line in axes.get_lines()}) == 4


def test_each_task_has_axes_of_its_own(tmp_path: Path, drawn: list[Picture]) -> None:
    texts = a_run("B", tags={"seqexp.task_digest": "u" * 16}, metrics={"best_val_accuracy": 0.8}, curve=[(1, 0.8)])
    assert plot_run_curves([a_run("A"), texts], tmp_path / "curves.png")
    assert [axes.get_ylabel() for axes in drawn[0].axes] == ["val MAE, normalised", "val accuracy"]
    assert all("task" in axes.get_title(loc="left") for axes in drawn[0].axes)
    named = [text.get_text() for text in drawn[0].legends[0].get_texts()]
    assert len(named) == len(set(named))


def test_without_figures_there_is_no_picture(tmp_path: Path) -> None:
    runs = [a_run("A", metrics={}, curve=()), a_run("B", metrics={}, curve=())]
    assert not plot_run_curves(runs, tmp_path / "curves.png")
    assert list(tmp_path.iterdir()) == []


def test_on_a_narrow_terminal_numbers_and_words_stay_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm", "COLUMNS": "50"}.items():
        monkeypatch.setenv(name, value)
    figures = {"test_mae": 0.26104, "seasonal_naive_1d_val_mae": 0.3}
    runs = [a_run(label, metrics={**figures, "test_mae": 0.26 + 0.01 * n}) for n, label in enumerate("ABCD")]
    runs[1].run.params["dataset.lookback"] = "240"
    text = re.sub(r"\x1b\[\d*m", "", "\n".join(shown(capsys, *runs)))
    values = next(line for line in text.splitlines() if line.startswith("test_mae"))
    assert values.split() == ["test_mae", "0.2600", "0.2700"]
    assert "hidden: D - A, C - A, B - A, D, C (" in " ".join(text.split())
    assert all(len(line) <= 50 for line in text.partition("figures:")[2].splitlines())

"""The lines of a training, on terminals of several widths."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest

from seqexp.models.events import Epoch, EpochDone, TrainingBegins
from seqexp.reporting.console import Console
from seqexp.reporting.runs.progress import TrainingProgress
from tests.factories import small_experiment, small_windows, task_of


def without_colour(text: str) -> str:
    return re.sub(r"\x1b\[\d*m", "", text)


ALL = ["epoch", "train MAE", "val MAE", "deg C", "best", "skill", "time", "ETA"]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (None, ALL),
        (80, ALL),
        (66, ["epoch", "train MAE", "val MAE", "deg C", "best", "skill", "ETA"]),
        (56, ["epoch", "val MAE", "deg C", "best", "skill", "ETA"]),
        (40, ["epoch", "val MAE", "best", "skill"]),
    ],
)
def test_columns_are_given_up_and_no_number_is_broken(
    width: int | None, shown: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if width is not None:
        for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm", "COLUMNS": str(width)}.items():
            monkeypatch.setenv(name, value)
    task = task_of(small_windows("model=naive"), small_experiment("model=naive", "training.epochs=10"))
    console = Console()
    console.animated = False
    metrics = {"mae": 0.5, "val_mae": 0.25, "val_loss": 0.25, "epoch_seconds": 754.0}
    progress = TrainingProgress(console, task, (8.0, "deg C"))
    with progress:
        progress.show(TrainingBegins())
        progress.show(EpochDone(Epoch(1, metrics), is_best=True, snapshot=cast("Any", None)))
    heading, line = without_colour(capsys.readouterr().out).splitlines()[-2:]
    assert [name.strip() for name in re.findall(r"(?:train |val |deg )?\S+", heading)] == shown
    assert len(line.split()) == len(shown) + 1  # the skill has a space before its sign
    assert width is None or len(line) <= width
    assert (
        without_colour(console.transcript).splitlines()[1].split() == " ".join(ALL).split()
    )  # the log has the whole lines

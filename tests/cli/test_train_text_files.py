"""Files of texts whose results meant something else than they said, as a user trains on them."""

from __future__ import annotations

import csv
import shlex
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from mlflow import pyfunc

from tests.cli.recorded import artifact, runs_in
from tests.conftest import Run
from tests.data.text.corpora import random_texts

NEUTRAL, TELLING = "今天收到商品很的是有这个我们了在", {"差": "退慢坏", "好": "喜棒美"}


def write(path: Path, rows: Iterable[tuple[str, str]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return f"dataset.path={path.name}"


def test_chinese_is_read_in_characters(tmp_path: Path, seqexp: Run) -> None:
    random = np.random.default_rng(0)
    rows = []
    for number in range(200):
        label = "好" if number % 2 else "差"
        written = [*random.choice(list(NEUTRAL), 12), str(random.choice(list(TELLING[label])))]
        rows.append(("".join(random.permutation(written)), label))
    done = seqexp("train", "dataset=text", write(tmp_path / "cn.csv", rows), "model=nbsvm", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")  # not even for pictures whose font lacks the characters
    assert "100% of the training texts' letters are of a script without spaces" in done.stdout
    assert any(line.startswith("chars    ") for line in done.stdout.splitlines())
    assert not any(line.startswith("found    ") for line in done.stdout.splitlines())
    (run,) = runs_in(tmp_path)
    assert run.data.metrics["test_accuracy"] > 0.95
    assert run.data.params["dataset.tokens"] == "characters"
    assert run.data.tags["seqexp.findings"] == "none"
    model = pyfunc.load_model(str(artifact(run, "model")))
    chances = model.predict(np.array([text for text, _ in rows]))  # of the second class
    assert run.data.tags["seqexp.classes"] == "好, 差"
    right = [(label == "差") == (chance > 0.5) for (_, label), chance in zip(rows, chances, strict=True)]
    assert np.mean(right) > 0.95


def test_labels_that_are_one_are_told_and_joined(tmp_path: Path, seqexp: Run) -> None:
    written, labels = random_texts(120)
    names = (("negative", "Negative", "NEGATIVE"), ("positive", "Positive"))
    called = [names[label][row // 3 % len(names[label])] for row, label in enumerate(labels)]
    own = ("train", "dataset=text", write(tmp_path / "own.csv", zip(written, called, strict=True)), "model=majority")
    done = seqexp(*own, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "5 classes: NEGATIVE, Negative, negative, Positive, positive" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if "labels: " in line]
    (run,) = runs_in(tmp_path)
    assert line.partition("labels: ")[2] in run.data.tags["seqexp.findings"]
    joined = seqexp(*own, *shlex.split(line.partition("Remedy: ")[2]), cwd=tmp_path)
    assert joined.returncode == 0, joined.stderr
    assert "labels: " not in joined.stdout
    (again,) = [other for other in runs_in(tmp_path) if other.info.run_id != run.info.run_id]
    assert len(again.data.tags["seqexp.classes"].split(", ")) == 2
    assert again.data.tags["seqexp.task_digest"] != run.data.tags["seqexp.task_digest"]


@pytest.mark.parametrize("how", ["last", "stratified"])
def test_a_file_that_is_sorted_by_class_is_never_validated_on_one_class(tmp_path: Path, seqexp: Run, how: str) -> None:
    written, labels = random_texts(100)
    rows = sorted(zip(written, ["neg" if label else "pos" for label in labels], strict=True), key=lambda row: row[1])
    own = write(tmp_path / "own.csv", rows)
    done = seqexp("train", "dataset=text", own, "model=majority", f"dataset.split.how={how}", cwd=tmp_path)
    if how == "last":
        assert done.returncode == 2
        assert done.stderr.startswith("error: dataset.split.how ")
        assert [path.name for path in tmp_path.iterdir()] == ["own.csv"]
    else:
        assert done.returncode == 0, done.stderr

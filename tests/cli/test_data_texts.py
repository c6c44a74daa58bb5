"""`seqexp data` for labelled texts, as a user runs it."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from seqexp.data.text.tokeniser import split_words
from tests.conftest import Run
from tests.data.text.corpora import random_texts
from tests.faults import assert_faults
from tests.terminal import on_terminal

SIMULATED = ["imdb", "dataset.source=simulated"]
CLASSES = ("awful", "lovely")


@pytest.fixture(scope="module")
def written() -> list[tuple[str, str]]:
    """100 texts with their classes; no two alike."""
    texts, labels = random_texts(100, seed=3)
    return [
        (f"Take {number}: {text}!", CLASSES[label])
        for number, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]


@pytest.fixture(scope="module")
def table(written: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("texts") / "reviews.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("review", "sentiment"), *written])
    return path


@pytest.fixture(scope="module")
def own(table: Path) -> list[str]:
    return ["text", f"dataset.path={table}", "dataset.maxlen=8"]


def test_describes_a_file_in_json(
    seqexp: Run, tmp_path: Path, own: list[str], written: list[tuple[str, str]], table: Path
) -> None:
    done = seqexp("data", "describe", *own, "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    about = json.loads(done.stdout)
    lengths = sorted(len(split_words(text)) for text, _ in written)
    assert (about["kind"], about["texts"], about["classes"]) == ("text", 100, list(CLASSES))
    assert (about["source"], about["origin"]) == ("path", f"the file {table}")
    assert (about["words"]["min"], about["words"]["max"]) == (lengths[0], lengths[-1])
    assert about["words"]["median"] == (lengths[49] + lengths[50]) / 2
    assert {name: part["texts"] for name, part in about["parts"].items()} == {"train": 64, "val": 16, "test": 20}
    for name in CLASSES:
        assert sum(part["classes"][name] for part in about["parts"].values()) == sum(c == name for _, c in written)
    assert about["rows"]["cut_share"] == pytest.approx(sum(length + 1 > 8 for length in lengths) / 100)
    example = about["example"]
    assert (example["text"], example["class"]) == written[example["row"]]
    assert len(example["ids"]) == len(split_words(example["text"])) + 1
    assert example["padded"] == [0] * (8 - len(example["ids"])) + example["ids"][-8:]
    assert list(tmp_path.iterdir()) == []


def test_describes_in_plain_text_when_piped(seqexp: Run, tmp_path: Path, own: list[str]) -> None:
    done = seqexp("data", "describe", *own, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert lines[0] == "reviews"
    assert lines[2].split()[:4] == ["part", "texts", *CLASSES]
    assert [line.split()[:2] for line in lines[3:6]] == [["train", "64"], ["val", "16"], ["test", "20"]]
    facts = {line[:9].strip(): line[9:] for line in lines[7:] if line[:9].strip()}
    assert facts["texts"] == "100 of 2 classes: awful, lovely"
    assert facts["rows"].startswith("8 ids, filled up with 0 in front, cut in front; ")
    assert "texts in the column 'review', labels in the column 'sentiment'" in done.stdout


def test_describes_in_markdown(seqexp: Run, tmp_path: Path, own: list[str]) -> None:
    done = seqexp("data", "describe", *own, "--format", "md", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "# reviews"
    assert len([line for line in lines if line.startswith("|")]) == 5
    assert "- **texts**: 100 of 2 classes: awful, lovely" in lines


def test_a_folder_of_class_folders_is_the_same_texts(
    seqexp: Run, tmp_path: Path, written: list[tuple[str, str]]
) -> None:
    folder = tmp_path / "reviews"
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
    for number, (text, name) in enumerate(written):
        (folder / name / f"{number:03}.txt").write_text(text, encoding="utf-8")
    done = seqexp("data", "describe", "text", "dataset.path=reviews", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    about = json.loads(done.stdout)
    assert (about["texts"], about["classes"]) == (100, list(CLASSES))
    assert about["example"]["text"] in {text for text, _ in written}
    assert about["origin"] == f"the folder {folder}"


def test_checks_texts_in_which_all_is_well(
    seqexp: Run, tmp_path: Path, own: list[str], written: list[tuple[str, str]]
) -> None:
    done = seqexp("data", "check", *own, "dataset.maxlen=50", "dataset.num_words=null", cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == int(any(line.startswith("finding") for line in lines))
    # Each text has a number of its own: no held-out number is in the vocabulary.
    assert {line.split("  ")[0].strip() for line in lines if line.startswith(("ok", "note"))} == {"ok", "note"}
    assert re.search("^ok +texts in two parts +none$", done.stdout, re.MULTILINE)


def test_check_fails_for_what_would_harm_a_training(
    seqexp: Run, tmp_path: Path, written: list[tuple[str, str]]
) -> None:
    """Every text stands in the file twice: scores would be those of memorised texts."""
    with (tmp_path / "twice.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *written, *written])
    done = seqexp("data", "check", "text", "dataset.path=twice.csv", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert re.search(r"^finding +texts in two parts +[1-9]\d* .*\btest\b.*\btraining\b", done.stdout, re.MULTILINE)
    assert re.search(r"^note +repeated texts +100 say the same as an earlier one$", done.stdout, re.MULTILINE)
    assert re.match(r"findings: \d", done.stdout.splitlines()[-1])


def test_checks_the_simulated_reviews(seqexp: Run, tmp_path: Path) -> None:
    done = seqexp("data", "check", *SIMULATED, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    lines = done.stdout.splitlines()
    assert "simulated" in lines[0]
    assert any(line.startswith("ok ") for line in lines)
    assert not any(line.startswith("finding") for line in lines)


def test_plots_are_written_where_asked(seqexp: Run, tmp_path: Path, own: list[str]) -> None:
    done = seqexp("data", "plot", *own, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["text-plots/lengths.png", "text-plots/words.png"]
    assert all((tmp_path / line).stat().st_size > 10_000 for line in done.stdout.splitlines())
    done = seqexp("data", "plot", *own, "-o", "a/b", cwd=tmp_path)
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {"lengths.png", "words.png"}


def test_fetch_says_where_the_data_is(seqexp: Run, tmp_path: Path, own: list[str], environment: dict[str, str]) -> None:
    done = seqexp("data", "fetch", *own, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    facts = {line[:9].strip(): line[9:] for line in done.stdout.splitlines()}
    assert facts["data"] == f"the file {own[1].partition('=')[2]}"
    assert facts["texts"] == "100 of 2 classes: awful, lovely"
    assert re.fullmatch("[0-9a-f]{64}", facts["digest"])
    assert facts["folder"] == environment["SEQEXP_DATA_DIR"]


def test_fetch_asks_for_the_official_files(seqexp: Run, tmp_path: Path) -> None:
    (tmp_path / "imdb.npz").write_bytes(b"not it")
    done = seqexp("data", "fetch", "imdb", cwd=tmp_path, SEQEXP_DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert done.stdout.startswith("         the official file, as asked")
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "SHA-256 69664113be75683a" in error


@pytest.mark.parametrize("columns", [80, 140])
def test_fits_the_terminal(environment: Mapping[str, str], tmp_path: Path, columns: int) -> None:
    shown = on_terminal(
        [sys.executable, "-m", "seqexp", "data", "describe", *SIMULATED],
        environment | {"TERM": "xterm"},
        columns,
        tmp_path,
    )
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert max(map(len, lines)) <= columns
    assert any(line.startswith("imdb: ") and "simulated" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["check", "text"], [("dataset.path", "csv, tsv, jsonl, parquet", "Received: null")]),
        (["check", "text", "dataset.path=nowhere.csv"], [("dataset.path", "Received: 'nowhere.csv'")]),
        (
            ["describe", *SIMULATED, "dataset.maxlen=0", "dataset.num_words=4", "dataset.paddin=post"],
            [
                ("dataset.paddin", "mean 'dataset.padding'?"),
                ("dataset.num_words", ">= 5", "Received: 4"),
                ("dataset.maxlen", ">= 1", "Received: 0"),
            ],
        ),
        (["check", *SIMULATED, "--format", "md"], [("--format", "seqexp data describe", "check", "Received: 'md'")]),
        (["check", *SIMULATED, "dataset.split.val=20000"], [("dataset.split.val", "12,499", "Received: 20000")]),
        (["describe", *SIMULATED, "dataset.target=T"], [("dataset.target", "dataset.path")]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value[0], str) else None,
)
def test_wrong_input_is_told_and_nothing_is_written(
    seqexp: Run, tmp_path: Path, arguments: list[str], expected: list[tuple[str, ...]]
) -> None:
    done = seqexp("data", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    errors = [line for line in done.stderr.splitlines(keepends=True) if line.startswith("error: ")]
    assert_faults("".join(errors), expected)
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_training_suggests_a_sweep_over_models_of_texts(seqexp: Run, tmp_path: Path, table: Path) -> None:
    done = seqexp("train", "model=majority", "dataset=text", f"dataset.path={table}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (suggested,) = [line.split("seqexp ")[1] for line in done.stdout.splitlines() if line.startswith("  a sweep")]
    assert "model=bow_logreg,gru,conv1d_text" in suggested
    valid = seqexp("validate", *suggested.split()[1:], cwd=tmp_path)
    assert (valid.returncode, valid.stdout.splitlines()[-1]) == (
        0,
        "valid: a sweep of 3 jobs over model: bow_logreg, gru, conv1d_text on reviews",
    )

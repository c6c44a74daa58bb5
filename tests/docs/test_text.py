"""Every file, every command and every output of docs/text.md is what a reader gets."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from seqexp.cli.main import main
from seqexp.config.locations import choices
from tests import documents
from tests.conftest import Run
from tests.paths import REPO

PAGE = (REPO / "docs" / "text.md").read_text(encoding="utf-8")
COMMANDS = documents.commands(PAGE)
# The one whose columns can't be told, and the one that finds something in the file.
WRONG, CHECK = "seqexp data describe text dataset.path=tickets.csv", "seqexp data check text"
# The stand-in's training is cut: what it prints is not compared.
SHORT = ["training.epochs=1", "training.steps_per_epoch=3", "training.score_every=64"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader has put the page's files, and has run the first script."""
    folder = tmp_path_factory.mktemp("tickets")
    documents.write_files(PAGE, folder)
    subprocess.run([sys.executable, "tickets.py"], cwd=folder, check=True)
    return folder


def code_of(command: str) -> int:
    return 2 if command == WRONG else 1 if command.startswith(CHECK) else 0


def test_the_messages_are_those_that_are_shown(folder: Path) -> None:
    lines = (folder / "tickets.csv").read_bytes().decode("latin-1").splitlines()
    assert documents.shown_after(PAGE, "python tickets.py").splitlines() == lines[:4]


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c.startswith(("seqexp data describe", "seqexp data check"))]
)
def test_what_is_printed_about_the_data(command: str, folder: Path, seqexp: Run) -> None:
    done = seqexp(*shlex.split(command)[1:], cwd=folder)
    assert done.returncode == code_of(command), done.stderr
    printed = done.stdout or "".join(f"{line}\n" for line in done.stderr.splitlines() if line.startswith("error: "))
    assert printed.replace(f"{folder}/", "…/").strip() == documents.shown_after(PAGE, command).strip()


def test_what_the_page_trains_is_valid(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for command in COMMANDS:
        if command.startswith("seqexp train "):
            assert main(["validate", "--static", *shlex.split(command)[2:]]) == 0, command
    assert capsys.readouterr().err == ""


def test_it_names_every_key_of_the_rows_and_every_model_of_texts() -> None:
    words = (REPO / "conf" / "dataset" / "text.yaml").read_text()
    for key in ("tokens", "num_words", "maxlen", "padding", "truncating", "bucket"):
        assert f"\n{key}: " in words
        assert f"| `dataset.{key}=" in PAGE
    listed = set(re.findall(r"^\| `(\w+)` \| .* \| [\d,]+ \|$", PAGE, re.MULTILINE))
    assert listed <= set(choices("model"))
    assert listed >= {
        "majority",
        "bow_logreg",
        "nbsvm",
        "dense_bow",
        "embedding_mlp",
        "conv1d_text",
        "conv_lstm",
        "gru",
    }


def test_the_pages_that_it_links_exist() -> None:
    for link in re.findall(r"\]\(([^)#:]+)[^):]*\)", PAGE):
        assert (REPO / "docs" / link).exists(), link


@pytest.mark.slow
def test_the_commands_run_in_their_order(folder: Path, seqexp_process: Run, environment: dict[str, str]) -> None:
    printed = {}
    for command in COMMANDS:
        words = shlex.split(command)
        if words[0] == "seqexp":
            done = seqexp_process(
                *words[1:], *(SHORT if "dataset=imdb" in words and words[1] == "train" else []), cwd=folder
            )
        else:
            done = subprocess.run(
                [sys.executable, *words[1:]], cwd=folder, env=environment, capture_output=True, text=True, check=False
            )
        assert done.returncode == code_of(command), f"{command}\n{done.stdout}\n{done.stderr}"
        printed[command] = done.stdout
    pictures = printed["seqexp data plot text dataset.path=tickets.csv dataset.format.label=team"].split()
    assert all((folder / name).is_file() for name in pictures)
    lines = [line.split() for line in printed["seqexp compare"].splitlines()]
    ranked = {word for words in lines if words and words[0].isdigit() for word in words[1:3]}  # a rank may have a mark
    assert ranked >= {"majority", "bow_logreg", "nbsvm", "embedding_mlp", "gru"}
    near = printed["seqexp embeddings embedding_mlp --near invoice parcel --k 4"]
    assert [line.split()[0] for line in near.splitlines()[3:] if line[:1].strip()] == ["word", "invoice", "parcel"]
    classes, *messages = printed["python classify.py"].splitlines()
    assert classes == documents.shown_after(PAGE, "python classify.py").splitlines()[0]
    assert len(messages) == 3
    # What the page shows: the screen goes to repair, the charge to billing.
    broken, charged = ([float(number) for number in re.findall(r"\d\.\d*", line)] for line in messages[:2])
    assert (broken.index(max(broken)), charged.index(max(charged))) == (2, 0)

"""Wrong input in the whole command: exit code 2, every fault told, no traceback, nothing written, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults import keys_of

MODEL = "name: mine\nunits: 3\nlayers:\n  - Dense:\n      units: 3\n      recurrent_dropout: 0.1\n"
LONG = "x" * 300  # more than a name of a file may have


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Return an empty folder to run in, and the user's own configuration beside it."""
    work, own = tmp_path / "work", tmp_path / "own"
    for folder in (work, own / "model", own / "experiment"):
        folder.mkdir(parents=True)
    (own / "model" / "mine.yaml").write_text(MODEL)
    (own / "model" / "syntax.yaml").write_text("name: a\nlayers: [GRU\nb: : c\n")
    (own / "experiment" / "mine.yaml").write_text("# @package _global_\ndataset:\n  stepp: 3\n")
    return work, own


CASES: list[tuple[list[str], list[str]]] = [
    (
        ["train", "seed=-1", "model.unitz=3", "training=quik", "dataset.step=7", "nothing", "--tag", "x"],
        ["--tag", "'nothing'", "training", "model.unitz", "seed", "dataset.lookback"],
    ),
    (["train", "-m", "seed=1,-1", "model=gru,gro"], ["model", "seed"]),
    (["train", "model.units=8,16"], ["'model.units=8,16'"]),
    (["train", "--config-dir", "OWN", "model=mine"], ["model/mine.yaml", "model.layers.0"]),
    (["train", "--config-dir", "OWN", "model=syntax"], ["A"]),
    (["train", "--config-dir", "OWN", "experiment=mine"], ["dataset.stepp"]),
    (["train", "--config-dir", "nowhere"], ["--config-dir"]),
    (["train", "hydra.run.dir=here", "hydra.nonsense=1", "seed=x"], ["hydra.run.dir", "hydra.nonsense", "seed"]),
    (["train", "dataset.path=nowhere.csv"], ["dataset.path"]),
    (["validate", "seed=-1", "training.epochs=0"], ["seed", "training.epochs"]),
    (["validate", "dataset.path=nowhere.csv"], ["dataset.path"]),
    (["ls", "modles"], ["what"]),
    (["ls", "models", "--config-dir", "nowhere"], ["--config-dir"]),
    (["lss"], ["COMMAND"]),
    (["train", "--nope"], ["--nope"]),
    (["train", "--config-dir", "", "--plugin", "a.py", "--plugin", ""], ["--config-dir", "--plugin"]),
    (["rm", "a", "--uri", "", "--checkpoints="], ["--uri", "--checkpoints"]),
    (["compare", "a", "b", "-o", ""], ["--plot"]),
    (["compare", "a", "b", "-o", f"{LONG}.png"], ["--plot"]),
    (["compare", "--top", LONG.replace("x", "9" * 20), "--where", "a ="], ["--top", "--where"]),
    (["report", "-o", f"{LONG}.html"], ["--output"]),
    (["ls", "models", "--config-dir", LONG], ["--config-dir"]),
    (["validate", "--static", "--plugin", f"{LONG}.py"], ["--plugin"]),
    (["ui", "--host", LONG], ["--host"]),
    (["sync", f"tracking.checkpoints={LONG}"], ["tracking.checkpoints"]),
]


@pytest.mark.parametrize(("arguments", "keys"), CASES, ids=[" ".join(arguments)[:60] for arguments, _ in CASES])
def test_every_fault_is_told_and_nothing_is_written(
    seqexp: Run, folders: tuple[Path, Path], arguments: list[str], keys: list[str]
) -> None:
    work, own = folders
    done = seqexp(*[str(own) if argument == "OWN" else argument for argument in arguments], cwd=work)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert keys_of(done.stderr) == keys
    assert list(work.iterdir()) == []


def test_what_was_there_is_left_as_it_was(seqexp: Run, folders: tuple[Path, Path]) -> None:
    work, _ = folders
    (work / "mlflow.db").write_bytes(b"not to be touched")
    (work / "mlartifacts").mkdir()
    before = (work / "mlflow.db").stat().st_mtime_ns
    assert seqexp("train", "seed=-1", cwd=work).returncode == 2
    assert sorted(path.name for path in work.iterdir()) == ["mlartifacts", "mlflow.db"]
    assert (work / "mlflow.db").read_bytes() == b"not to be touched"
    assert (work / "mlflow.db").stat().st_mtime_ns == before


def test_text_that_no_terminal_can_print_is_refused(seqexp: Run, folders: tuple[Path, Path]) -> None:
    done = seqexp("validate", "--static", "--note", "caf\udce9", cwd=folders[0])
    assert done.returncode == 2
    assert "is not valid UTF-8" in done.stderr


def test_odd_text_is_told_where_the_terminal_knows_only_ascii(seqexp_process: Run, folders: tuple[Path, Path]) -> None:
    done = seqexp_process("validate", "model='☀é'", "seed=-1", cwd=folders[0], PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 2
    assert keys_of(done.stderr) == ["model", "seed"]


def test_debug_shows_the_traceback(seqexp: Run, folders: tuple[Path, Path]) -> None:
    done = seqexp("train", "seed=-1", "--debug", cwd=folders[0])
    assert done.returncode == 2
    assert "Traceback (most recent call last)" in done.stderr
    assert list(folders[0].iterdir()) == []

"""Stores of which somebody else has written a part: read, or refused with the store's name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store
from tests.fuzz.harness import attempt, complaint, drawn

FUZZ = drawn(25)
WILD = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=20),
    st.sampled_from(["", "../..", "file:///etc", "\x1b[31m", "=1+1", "FINISHED", "9" * 400, "{", "[]", "\0"]),
)
TABLES = (
    "experiments", "runs", "metrics", "latest_metrics", "params", "tags", "datasets", "inputs", "input_tags",
    "experiment_tags", "alembic_version",
)  # fmt: skip
COMMANDS = (["ls", "runs"], ["compare"], ["gc", "--dry-run"], ["train", "model=naive", "--dry-run"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The content of a store of two runs with all that a run records."""
    folder = tmp_path_factory.mktemp("whole")
    store = open_store(None, folder)
    for name in ("one", "two"):
        with RunRecorder(store, "e", name, "run", {"group": "g"}, {"seed": "1"}, "notes", None) as run:
            run.log_dataset("station", "0123456789abcdef" * 4, "a file", {"rows": 7})
            run.log_epoch(1, {"loss": 0.5, "val_mae": 0.5})
            run.log_summary({"val_mae": 0.5, "test_mae": 0.5})
    return (folder / "mlflow.db").read_bytes()


def _try(content: bytes, folder: Path, environment: dict[str, str]) -> None:
    path = folder / "mlflow.db"
    path.write_bytes(content)
    for command in COMMANDS:
        done = attempt(command, folder, environment, seconds=60)
        said = complaint(done, folder, set(folder.iterdir()))
        assert said is None, (command, said)
        assert "failed:" not in done.stderr, (command, done.stderr[-500:])


@pytest.mark.slow
@FUZZ
@given(data=st.data())
def test_any_value_anywhere(data: st.DataObject, whole: bytes, tmp_path: Path, environment: dict[str, str]) -> None:
    with closing(sqlite3.connect(":memory:")) as store:
        store.deserialize(whole)
        store.execute("PRAGMA foreign_keys = off")
        for _ in range(data.draw(st.integers(1, 3))):
            table = data.draw(st.sampled_from(TABLES))
            columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
            column, value = data.draw(st.sampled_from(columns)), data.draw(WILD)
            try:
                with store:
                    store.execute(f"UPDATE {table} SET {column} = ?", (value,))
            except (sqlite3.Error, UnicodeEncodeError):
                continue  # the table itself refuses it
        content = store.serialize()
    _try(content, tmp_path, environment)


@pytest.mark.slow
@FUZZ
@given(data=st.data())
def test_damaged_bytes(data: st.DataObject, whole: bytes, tmp_path: Path, environment: dict[str, str]) -> None:
    content = bytearray(whole)
    pages = [at for at in range(0, len(whole), 4096) if any(whole[at + 8 : at + 4096])]
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.sampled_from(pages)) + data.draw(st.integers(0, 4095))
        content[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.just(len(content)) | st.integers(0, len(content)))
    _try(bytes(content[:end]), tmp_path, environment)

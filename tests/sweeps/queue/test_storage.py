"""Where studies are kept."""

from __future__ import annotations

import itertools
import sqlite3
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from optuna.trial import TrialState

from seqexp.config.errors import InputError
from seqexp.sweeps.queue.storage import StudyStorage, locate_studies
from seqexp.tracking.store.answers import check_database
from seqexp.tracking.store.store import Store
from tests.postgres import Postgres
from tests.sweeps.queue.driving import SPACE, Bench, drive, search_of


def test_studies_are_beside_the_store(tmp_path: Path) -> None:
    assert locate_studies(None, None, tmp_path).shown == f"sqlite:///{tmp_path}/.seqexp/studies.db"
    beside = locate_studies(None, f"sqlite:///{tmp_path}/deep/mlflow.db", tmp_path)
    assert beside.shown == f"sqlite:///{tmp_path}/deep/.seqexp/studies.db"
    assert locate_studies(None, "http://host:5000", tmp_path).shown == f"sqlite:///{tmp_path}/.seqexp/studies.db"
    assert locate_studies("sqlite:///a.db", None, tmp_path).shown == f"sqlite:///{tmp_path}/a.db"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("studies.db", "must be sqlite:///FILE.db or postgresql://USER@HOST/DATABASE. Did you mean"),
        ("http://host:5000", "must be sqlite:///FILE.db"),
        ("mysql://me:secret@host/db", "must be sqlite:///FILE.db"),
        ("sqlite:///:memory:", "would be lost"),
    ],
)
def test_other_places_are_refused(tmp_path: Path, uri: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        locate_studies(uri, None, tmp_path)
    (fault,) = caught.value.texts
    assert fault.startswith("hydra.sweeper.storage=")
    assert said in fault
    assert "secret" not in fault


def test_what_does_not_answer_is_told_without_the_password(tmp_path: Path) -> None:
    storage = locate_studies("postgresql://me:secret@127.0.0.1:1/db", None, tmp_path)
    with pytest.raises(InputError) as caught:
        check_database(storage.location)
    (fault,) = caught.value.texts
    why = (
        "no database answers" if find_spec("psycopg") else "its driver is not installed: pip install 'seqexp[postgres]'"
    )
    assert fault.startswith(f"hydra.sweeper.storage='postgresql://me:***@127.0.0.1:1/db': {why}")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("no database at all, but text that is long enough to be looked at")
    with pytest.raises(InputError, match=r"can't be used: .*not a database"):
        locate_studies("sqlite:///a.db", None, tmp_path).open()


def test_one_process_at_a_time_is_alone(bench: Bench) -> None:
    bench.storage.open()
    assert_alone(bench.storage)


def assert_alone(storage: StudyStorage) -> None:
    """Assert that what threads do alone does not overlap."""
    spans: list[tuple[float, float]] = []

    def stay() -> None:
        with storage.exclusive():
            begin = time.monotonic()
            time.sleep(0.2)
            spans.append((begin, time.monotonic()))

    threads = [threading.Thread(target=stay) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spans) == 3
    spans.sort()
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@pytest.mark.slow
def test_a_study_in_postgresql_is_shared_and_gone_on_with(
    postgres: Postgres, memory: Path, store: Store, tmp_path: Path
) -> None:
    uri = postgres.create("studies")
    bench = Bench(tmp_path, store, uri)
    assert "not-to-be-shown" not in bench.storage.shown
    assert_alone(bench.storage)
    search = search_of(*SPACE, "hydra.sweeper.trials=8", "hydra.sweeper.sampler.startup_trials=3")
    first = drive(bench.source(search), most=5)
    rest = drive(bench.source(search, resumes=True))
    assert bench.states() == [TrialState.COMPLETE] * 8
    assert postgres.sql("SELECT count(*) FROM trials", "studies") == "8"
    in_sqlite = Bench(tmp_path, store)
    assert [*first, *rest] == drive(in_sqlite.source(search))
    with sqlite3.connect(in_sqlite.storage.location.uri.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT count(*) FROM trials").fetchone() == (8,)
    connection.close()
    with pytest.raises(InputError) as caught:
        locate_studies(uri.replace("not-to-be-shown", "wrong"), None, tmp_path).open()
    assert "password authentication failed" in caught.value.texts[0]
    assert "wrong" not in caught.value.texts[0]

"""A database of other things is left alone; an empty one becomes a store; of which release a store is."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlflow.store.tracking.dbmodels.initial_models import Base as InitialBase
from sqlalchemy import NullPool, create_engine

from seqexp.config.errors import InputError
from seqexp.sweeps.queue.storage import locate_studies
from seqexp.tracking.store.opening import check_store, find_store, open_store
from tests.postgres import Postgres

STORE = """
    CREATE TABLE experiments (x int); CREATE TABLE runs (x int);
    CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('{}');
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sql", "says"),
    [
        (
            "songs",
            "CREATE TABLE songs (x int)",
            "something else (it has the table songs). Create a data",
        ),
        ("tags", "CREATE TABLE tags (x int)", "something else (it has the table tags)"),
        ("newer", STORE.format("ffff12345678"), "written by a newer MLflow"),
        ("older", STORE.format("451aebb31d03"), "back it up, then run `mlflow db upgrade postgresql://seqexp:***@"),
        ("damaged", STORE.format("dc11669786a5"), "the store is damaged: it lacks the table"),
    ],
)
def test_a_database_that_is_no_use_is_left_as_it_is(
    postgres: Postgres, tmp_path: Path, name: str, sql: str, says: str
) -> None:
    uri, listed = (
        postgres.create(name),
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
    )
    postgres.sql(sql, name)
    before = postgres.sql(listed, name)
    for opening in (check_store, open_store, find_store):
        with pytest.raises(InputError) as caught:
            opening(uri, tmp_path)
        assert says in str(caught.value)
        assert "not-to-be-shown" not in str(caught.value)
    with pytest.raises(InputError, match=r"hydra\.sweeper\.storage=.* something else \(it has the table"):
        locate_studies(uri, None, tmp_path).open()
    assert postgres.sql(listed, name) == before


@pytest.mark.slow
def test_an_empty_database_becomes_a_store_when_something_is_recorded(postgres: Postgres, tmp_path: Path) -> None:
    uri = postgres.create("empty")
    assert check_store(uri, tmp_path) is None
    with pytest.raises(InputError, match=r"the database is empty: train first"):
        find_store(uri, tmp_path)
    assert postgres.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", "empty") == "0"
    InitialBase.metadata.create_all(create_engine(uri, poolclass=NullPool))  # what a creation that was cut short leaves
    assert check_store(uri, tmp_path) is None
    store = open_store(uri, tmp_path)
    assert find_store(uri, tmp_path) == check_store(uri, tmp_path) == store
    assert list(store.experiments()) == ["Default"]


def test_studies_are_not_kept_in_a_store(tmp_path: Path) -> None:
    open_store("sqlite:///mlflow.db", tmp_path)
    before = (tmp_path / "mlflow.db").read_bytes()
    with pytest.raises(InputError, match=r"something else \(it has the table .*\)\. Name another file"):
        locate_studies("sqlite:///mlflow.db", None, tmp_path).open()
    assert (tmp_path / "mlflow.db").read_bytes() == before

"""The interfaces of MLflow that it does not document are still there."""

from __future__ import annotations

import inspect
import logging
import sqlite3
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from seqexp.tracking.store.compat_mlflow import (
    ask_server,
    create_tables,
    installed_release,
    is_newest_schema,
    known_schemas,
)


def test_the_names_are_there() -> None:
    from mlflow import MlflowClient
    from mlflow.store.db import utils
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    assert list(inspect.signature(SqlAlchemyStore).parameters)[:2] == ["db_uri", "default_artifact_root"]
    assert list(inspect.signature(SqlAlchemyStore._hard_delete_run).parameters) == ["self", "run_id"]
    assert "_tracking_client" in inspect.getsource(MlflowClient.__init__)
    assert {"max_retries", "timeout", "raise_on_status", "kwargs"} <= set(inspect.signature(http_request).parameters)
    assert get_default_host_creds("http://host").host == "http://host"
    assert utils._logger.name == "mlflow.store.db.utils"


def test_a_new_store_is_created_without_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "new.db"
    level = logging.getLogger("mlflow.store.db.utils").level
    create_tables(f"sqlite:///{path}", (tmp_path / "artifacts").as_uri())
    assert logging.getLogger("mlflow.store.db.utils").level == level
    assert [record for record in caplog.records if record.levelno < logging.WARNING and "mlflow" in record.name] == []
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM experiments").fetchall() == [("Default",)]


def test_the_schemas_that_mlflow_knows_are_those_of_alembic() -> None:
    import mlflow
    from alembic.script import ScriptDirectory
    from mlflow.store.db.utils import _get_alembic_config

    scripts = ScriptDirectory.from_config(_get_alembic_config(""))  # type: ignore[no-untyped-call]
    assert known_schemas() == {script.revision for script in scripts.walk_revisions()}
    assert [schema for schema in known_schemas() if is_newest_schema(schema)] == scripts.get_heads()
    assert installed_release() == mlflow.__version__


def test_a_server_is_asked_once(tmp_path: Path) -> None:
    asked = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        assert ask_server(f"http://127.0.0.1:{server.server_port}", timeout=5).status_code == 503
        server.shutdown()
        thread.join()
    assert asked == ["/api/2.0/mlflow/experiments/search?max_results=1"]

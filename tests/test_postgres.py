"""The PostgreSQL server that other tests use."""

from __future__ import annotations

import socket

import pytest

from tests.postgres import running_postgres


@pytest.mark.slow
def test_databases_are_apart_and_the_server_ends() -> None:
    with running_postgres() as server:
        uris = [server.create(name) for name in ("one", "two")]
        server.sql("CREATE TABLE here (number int); INSERT INTO here VALUES (1), (2)", "one")
        assert server.sql("SELECT * FROM here", "one") == "1\n2"
        assert server.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'here'", "two") == "0"
        assert [uri.rpartition("/")[2] for uri in uris] == ["one", "two"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)

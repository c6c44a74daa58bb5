from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any, Literal

import pytest

from seqexp.config.errors import InputError
from seqexp.data.sources import ResolvedSource, local_file, resolve, users_path
from seqexp.runs.prepare import Sources
from tests.data.helpers import Server, body, dataset, received, silence, status
from tests.factories import official_config


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "data"


def test_path_wins() -> None:
    resolved = resolve(dataset(path="mine.csv", source="official"))
    assert resolved.source == "path"
    assert "mine.csv" in resolved.reason


@pytest.mark.parametrize("source", ["official", "simulated"])
def test_explicit_source_is_taken_without_asking(source: Literal["official", "simulated"]) -> None:
    with Server(body(b"PK")) as server:
        resolved = resolve(dataset(source=source, url=server.url))
        assert server.requests == []
    assert resolved.source == source
    assert source in resolved.reason
    assert resolved.reason.endswith("as asked")


@pytest.mark.parametrize("name", ["jena_climate_2009_2016.csv", "jena_climate_2009_2016.csv.zip"])
def test_auto_takes_a_cached_file_without_asking(name: str, root: Path) -> None:
    root.mkdir()
    (root / name).write_text("put here by hand")
    with Server(body(b"PK")) as server:
        resolved = resolve(dataset(url=server.url))
        assert server.requests == []
    assert (resolved.source, resolved.reason) == ("official", "official file cached")


def test_auto_takes_what_is_reachable_and_fetches_nothing(root: Path) -> None:
    with Server(body(b"PK")) as server:
        resolved = resolve(dataset(url=server.url))
    assert resolved.source == "official"
    assert server.url in resolved.reason
    assert not root.exists()


@pytest.mark.parametrize(
    ("obstacle", "why"), [(status(404), "HTTP 404"), (status(503), "HTTP 503"), (silence, "no answer in time")]
)
def test_auto_falls_back_and_says_why(obstacle: object, why: str) -> None:
    assert callable(obstacle)
    with Server(obstacle) as server:
        resolved = resolve(dataset(url=server.url), seconds=0.5)
    assert resolved.source == "simulated"
    assert why in resolved.reason
    assert "simulated station stands in" in resolved.reason
    assert "\n" not in resolved.reason
    assert resolved.known == "the simulated station stands in"
    assert (as_asked := resolve(dataset(source="simulated"))).known == as_asked.reason


def test_the_cause_is_in_few_words() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/f.zip"
    assert "not reachable (Connection refused)" in resolve(dataset(url=address)).reason


def test_auto_waits_for_no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def blocked(*args: Any, **kwargs: Any) -> Any:  # as a look-up with no network may, for half a minute
        time.sleep(2.0)
        raise socket.gaierror("late")

    monkeypatch.setattr(socket, "getaddrinfo", blocked)
    start = time.monotonic()
    resolved = resolve(dataset(url="http://host.invalid/f.zip"), seconds=0.6)
    assert time.monotonic() - start < 1.2
    assert resolved.source == "simulated"
    time.sleep(max(0.0, start + 2.2 - time.monotonic()))  # the late answer disturbs nobody


@pytest.mark.parametrize("url", ["nonsense", "http://127.0.0.1:9/f.zip", "http://[/f.zip", "http://.../f.zip"])
def test_auto_survives_any_address(url: str) -> None:
    resolved = resolve(dataset(url=url))
    assert resolved.source == "simulated"


def test_users_path_relative_to_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.csv").touch()
    monkeypatch.chdir(tmp_path)
    assert users_path("mine.csv", "file") == tmp_path / "mine.csv"


@pytest.mark.parametrize("path", ["weahter.csv", "nowhere/weather.csv", "weather.csv/x", "~no-such-user/x", "x" * 5000])
def test_users_path_that_is_none(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weather.csv").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        users_path(path, "file (csv, zip, gz or parquet)")
    hint = " Did you mean 'weather.csv'?" if path == "weahter.csv" else ""
    assert received(caught.value) == [("dataset.path", f"'{path}'.{hint}")]
    assert "csv, zip, gz or parquet" in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_what_is_there_but_no_file_is_called_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.csv")
    Path("folder.csv").mkdir()
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.csv")
    for path, kind in (
        ("pipe.csv", "pipe"),
        ("folder.csv", "folder"),
        ("socket.csv", "socket"),
        (os.devnull, "device"),
    ):
        with pytest.raises(InputError) as caught:
            Sources().resolve(dataset(path=path))  # where it is refused before anything is said of it
        assert received(caught.value) == [("dataset.path", f"{path!r}, which is a {kind}.")]
        assert "existing" not in str(caught.value)


def test_auto_without_a_stand_in_asks_nobody() -> None:
    with Server(body(b"PK")) as server:
        resolved = resolve(dataset(url=server.url, stand_in=None))
        assert server.requests == []
    assert resolved == ResolvedSource("official", f"official file at {server.url}")


@pytest.mark.parametrize("name", ["three.csv", "three.csv.zip"])
def test_the_official_files_name_is_the_configurations(name: str, root: Path) -> None:
    root.mkdir()
    named = dataset(official=official_config(file="three.csv"))
    assert local_file(named, root) is None
    (root / name).mkdir()
    assert local_file(named, root) is None  # a folder is no file
    (root / name).rmdir()
    (root / name).touch()
    assert local_file(named, root) == root / name
    assert resolve(named).reason == "official file cached"
    assert local_file(dataset(), root) is None

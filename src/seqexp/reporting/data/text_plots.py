"""Pictures of labelled texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from seqexp.data.survey.text_contrast import contrasts
from seqexp.data.text.texts import Texts
from seqexp.reporting.data.series_plots import output_folder
from seqexp.reporting.numbers import abbreviated
from seqexp.reporting.runs.plots import COLOURS, GREY, figure_of, literal, new_figure, save_with_legend
from seqexp.reporting.whole_file import whole_file

_BINS = 60
_SHOWN = 0.99  # of the texts: a few very long ones would push the others into a corner

_TELLING = 15  # words a class
_PANELS = 4  # classes whose words are drawn
_LONGEST_NAME = 20  # characters of a class's name


def draw_texts(texts: Texts, folder: Path) -> Iterator[Path]:
    """Write the pictures of labelled texts into a folder, made if need be, and yield the path of each when it is there.

    Raises:
        InputError: The folder can't be written.
    """
    corpus = texts.corpus
    who = f"{corpus.name}{' (simulated stand-in)' if corpus.source == 'simulated' else ''}"
    with output_folder(folder):
        plot_lengths(texts, folder / "lengths.png", f"{who}: lengths of {len(texts):,} texts")
        yield folder / "lengths.png"
        plot_telling_words(texts, folder / "words.png", who)
        yield folder / "words.png"


def plot_lengths(texts: Texts, path: Path, title: str) -> None:
    """Draw how many texts of each class have how many words, with the end of a row as a line, as a PNG.

    All parts are drawn. Lengths are those that fill a row: the start id counts. The last bar holds the longest texts.
    """
    lengths, labels, maxlen = np.diff(texts.starts), texts.corpus.labels, texts.tokeniser.maxlen
    end = max(int(np.quantile(lengths, _SHOWN)), min(maxlen, int(lengths.max()))) + 1
    bins = np.linspace(0, end, min(_BINS, end) + 1)
    figure, axes = new_figure(title)
    for number, name in enumerate(texts.classes[: len(COLOURS)]):
        shown = np.minimum(lengths[labels == number], end)
        axes.hist(shown, bins, histtype="step", lw=1.6, color=COLOURS[number], label=literal(name, _LONGEST_NAME))
    if len(texts.classes) > len(COLOURS):
        others = np.minimum(lengths[labels >= len(COLOURS)], end)
        axes.hist(others, bins, histtype="step", lw=1.6, color="black", label="other classes")
    cut = f"maxlen {maxlen:,}: {texts.share_cut():.1%} of the texts are longer"
    axes.axvline(maxlen, color=GREY, ls="--", lw=1, label=cut)
    axes.set_xlim(0, max(end, maxlen * 1.02))
    axes.set_xlabel(f"ids per text: its {texts.tokeniser.tokens} and the start id; the last bar holds all longer texts")
    axes.set_ylabel("texts")
    save_with_legend(figure, path, 4)


def plot_telling_words(texts: Texts, path: Path, title: str) -> None:
    """Draw the words that tell each class from the others, with their log-odds, as a PNG.

    Words of the training part are counted, chosen and ordered by how sure their log-odds are (see `Contrast`). Of many
    classes the first few are drawn. The title names the dataset.
    """
    found = contrasts(texts)[:_PANELS]
    titles = [f"{texts.tokeniser.tokens} of {abbreviated(name, _LONGEST_NAME)}" for name in texts.classes[: len(found)]]
    titles[0] = f"{title}: {titles[0]}"
    figure, panels = figure_of(titles, (4.2 * len(found) + 0.6, 5.2))
    widest = max(contrast.log_odds[contrast.telling(_TELLING)].max(initial=0.1) for contrast in found)
    for number, (axes, contrast) in enumerate(zip(panels, found, strict=True)):
        rows = contrast.telling(_TELLING)
        bars = np.arange(len(rows))
        axes.barh(bars, contrast.log_odds[rows], color=COLOURS[number], height=0.7)
        axes.set_yticks(bars, [literal(texts.tokeniser.words[row]) for row in rows])
        axes.set_ylim(_TELLING - 0.4, -0.6)
        axes.set_xlim(0, 1.05 * widest)
        axes.set_xlabel("log-odds against the other classes")
    with whole_file(path) as draft:
        figure.savefig(draft)

"""Pictures of labelled texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seqexp.data.text.texts import Texts
from seqexp.reporting.plots import BLUE, GREY, ORANGE, new_figure

# The others of Okabe and Ito's palette, told apart by colour-blind readers too.
_COLOURS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_BINS = 60
_SHOWN = 0.99  # of the texts: a few very long ones would push the others into a corner


def plot_lengths(texts: Texts, path: Path, title: str) -> None:
    """Draw how many texts of each class have how many words, with the end of a row as a line, as a PNG.

    Lengths are those that fill a row: the start id counts. The longest texts stand in the last bar.

    Args:
        texts: The texts; all parts are drawn.
        path: The file to write.
        title: Names the dataset.
    """
    lengths, labels, maxlen = np.diff(texts.starts), texts.corpus.labels, texts.tokeniser.maxlen
    end = max(int(np.quantile(lengths, _SHOWN)), min(maxlen, int(lengths.max()))) + 1
    bins = np.linspace(0, end, min(_BINS, end) + 1)
    figure, axes = new_figure(title)
    for number, name in enumerate(texts.classes[: len(_COLOURS)]):
        shown = np.minimum(lengths[labels == number], end)
        axes.hist(shown, bins, histtype="step", lw=1.6, color=_COLOURS[number], label=name)
    if len(texts.classes) > len(_COLOURS):
        others = np.minimum(lengths[labels >= len(_COLOURS)], end)
        axes.hist(others, bins, histtype="step", lw=1.6, color="black", label="other classes")
    cut = f"maxlen {maxlen:,}: {texts.share_cut():.1%} of the texts are longer"
    axes.axvline(maxlen, color=GREY, ls="--", lw=1, label=cut)
    axes.set_xlim(0, max(end, maxlen * 1.02))
    axes.set_xlabel("ids a text: its words and the start id")
    axes.set_ylabel("texts")
    figure.legend(frameon=False, ncols=4, loc="outside lower center")
    figure.savefig(path)

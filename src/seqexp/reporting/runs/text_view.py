"""What a person sees of a run that classifies texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqexp.data.arrays import PARTS
from seqexp.data.text.texts import Texts
from seqexp.evaluation.class_predictions import most_wrong, write_class_predictions, write_most_wrong
from seqexp.models.events import Epoch
from seqexp.models.vectors import Pretrained
from seqexp.reporting.data.series_facts import parts_in_words, too_few_in_words
from seqexp.reporting.data.text_description import side_in_words
from seqexp.reporting.runs.class_plots import plot_calibration, plot_confusion, plot_text_curves
from seqexp.reporting.text_table import TextTable, plain_table
from seqexp.tasks.score import Score
from seqexp.tasks.task import Task


@dataclass(frozen=True)
class TextView:
    """The words, tables and pictures of a task whose samples are labelled texts.

    The vectors are the pretrained ones that the model's Embedding starts with, if it does.
    """

    task: Task
    texts: Texts
    vectors: Pretrained | None

    @property
    def scale(self) -> None:
        """Nothing: no figure of a classification has a unit."""
        return None

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield (name, line): the file, the texts, the vocabulary."""
        texts = self.texts
        rows, tokeniser = texts.rows, texts.tokeniser
        for note in texts.corpus.notes:
            yield "", note
        yield "texts", f"{parts_in_words(rows)}, {len(texts.classes)} classes: {', '.join(texts.classes)}"
        if few := too_few_in_words(rows):
            yield "", few
        yield (
            "words" if tokeniser.tokens == "words" else "chars",
            f"{tokeniser.size:,} ids; each text {tokeniser.maxlen} of them, padded {side_in_words(tokeniser.padding)}; "
            f"{texts.share_cut():.1%} cut {side_in_words(tokeniser.truncating)}, "
            f"{texts.share_unknown('val'):.1%} of the validation's {tokeniser.tokens} unknown",
        )
        if self.vectors:
            yield "vectors", self._vectors_in_words(self.vectors)

    def _vectors_in_words(self, vectors: Pretrained) -> str:
        embedding = self.task.experiment.model.embedding
        assert embedding is not None  # vectors are its table
        share, others = vectors.found / max(vectors.words, 1), "zeros" if embedding.missing == "zero" else "random ones"
        return (
            f"{vectors.origin}; {vectors.found:,} of {vectors.words:,} words have one ({share:.1%}; "
            f"{vectors.share_of_tokens:.1%} of the training part's), others {others}; "
            f"{'trained on' if embedding.trainable else 'frozen'}"
        )

    def tags(self) -> dict[str, str]:
        """Return the run's tags that tell of the texts."""
        texts = self.texts
        tags = {
            "seqexp.classes": ", ".join(texts.classes),
            "seqexp.texts": " ".join(f"{part}={len(texts.rows.of(part))}" for part in PARTS),
            "seqexp.vocabulary": str(texts.tokeniser.size),
            "seqexp.share_cut": f"{texts.share_cut():.4f}",
            "seqexp.share_unknown": f"{texts.share_unknown('val'):.4f}",
        }
        return tags | ({"seqexp.vectors": self._vectors_in_words(self.vectors)} if self.vectors else {})

    def samples_table(self) -> tuple[str, TextTable, str]:
        """Return a heading, the texts part by part and class by class, and a line about their rows."""
        texts = self.texts
        unit = texts.tokeniser.tokens
        headings = ("part", "texts", *texts.classes, f"median {unit}", "cut", f"unknown {unit}")
        lines = []
        for part in PARTS:
            rows = texts.rows.of(part)
            counts = np.bincount(texts.labels(rows), minlength=len(texts.classes))
            lines.append(
                (
                    part,
                    f"{len(rows):,}",
                    *(f"{count:,}" for count in counts),
                    f"{np.median(texts.corpus.lengths[rows]):.0f}",
                    f"{texts.share_cut(part):.1%}",
                    f"{texts.share_unknown(part):.1%}",
                )
            )
        line = (
            f"each {texts.tokeniser.maxlen} ids of {texts.tokeniser.size:,}, int32; batches of {texts.batch_size}"
            f"{', of about one length' if texts.bucket else ''}"
        )
        return "texts", plain_table(headings, lines, left=("part",)), line

    def draw_curves(self, epochs: Sequence[Epoch], path: Path, title: str) -> None:
        """Draw the metric that ranks and the loss by epoch."""
        plot_text_curves(epochs, self.task, path, title)

    def write_results(self, val: Score, test: Score, folder: Path, title: str) -> Iterator[tuple[Path, str | None]]:
        """Write the probabilities of both parts and the most wrong texts; draw confusion and calibration."""
        for part in (val, test):
            path = folder / f"{part.part}.parquet"
            write_class_predictions(part, self.texts, path)
            yield path, "predictions"
        path = folder / "most_wrong.csv"
        write_most_wrong(most_wrong(test, self.texts), self.texts.tokeniser.tokens, path)
        yield path, "predictions"
        for name, draw in (("confusion", plot_confusion), ("calibration", plot_calibration)):
            path = folder / f"{name}.png"
            draw(test, path, title)
            yield path, "plots"

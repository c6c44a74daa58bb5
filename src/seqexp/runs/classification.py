"""The task of telling the classes of texts apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from rich.table import Table

from seqexp.config.digests import text_task_digest
from seqexp.config.schema import Experiment
from seqexp.data.arrays import PARTS, Floats, Part
from seqexp.data.batches import Gather, gather_texts, text_batches
from seqexp.data.text.texts import Texts
from seqexp.evaluation.class_predictions import most_wrong, write_class_predictions, write_most_wrong
from seqexp.models.epoch import Epoch
from seqexp.models.vectors import Pretrained
from seqexp.reporting.numbers import number, ordinal, percent
from seqexp.reporting.runs.class_plots import plot_calibration, plot_confusion, plot_text_curves
from seqexp.tasks.class_score import ClassScore, score_classes
from seqexp.tasks.classes import as_probabilities
from seqexp.tasks.metric import ACCURACY
from seqexp.tasks.problem import Problem
from seqexp.tracking.saved_models import save_text_network

if TYPE_CHECKING:
    from seqexp.runs.task import Score
    from seqexp.training.objective import Objective
    from seqexp.training.train_step import MakeBatch


@dataclass(frozen=True)
class Classification:
    """Labelled texts; see `Task` for what is asked of it.

    Attributes:
        experiment: What is run.
        data: The texts.
        vectors: The pretrained ones that the Embedding starts with, or None.
    """

    experiment: Experiment
    data: Texts
    vectors: Pretrained | None
    kind: ClassVar[Literal["classify"]] = "classify"
    measure = ACCURACY

    @property
    def problem(self) -> Problem:
        """What a network is built for."""
        return Problem(
            shape=(None,) if self.data.bucket else self.data.shape,
            classes=len(self.data.classes),
            vocabulary=self.data.tokeniser.size,
            table=self.vectors.table if self.vectors else None,
            shortest=self.data.shortest,
        )

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.data.corpus.name

    @property
    def source(self) -> str:
        """Such as "official" or "simulated"."""
        return self.data.corpus.source

    @property
    def origin(self) -> str:
        """Where the texts came from, in words."""
        return self.data.corpus.origin

    @property
    def data_digest(self) -> str:
        """SHA-256 of the texts and their labels."""
        return self.data.corpus.digest

    @property
    def task_digest(self) -> str:
        """Runs may be ranked together only where it is equal."""
        parts = hashlib.sha256()
        for part in PARTS:
            parts.update(hashlib.sha256(getattr(self.data.rows, part).astype("<i8").tobytes()).digest())
        return text_task_digest(self.experiment, data_digest=self.data_digest, split_digest=parts.hexdigest())

    @property
    def digests(self) -> dict[str, str]:
        """The digest of pretrained vectors."""
        return {"vectors": self.vectors.digest} if self.vectors else {}

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield (name, line): the file, what was found in it, the texts, the vocabulary."""
        texts, every = self.data, self.experiment.training.score_every
        rows, tokeniser = texts.rows, texts.tokeniser
        share = "" if every == 1 else f" (every {ordinal(every)})"
        for note in texts.corpus.notes:
            yield "", note
        findings = [finding for finding in texts.corpus.found if finding.level != "ok"]
        for index, finding in enumerate(findings):
            yield "found" if index == 0 else "", f"{finding.name}: {finding.text}"
        yield (
            "texts",
            f"{len(rows.train):,} train, {len(rows.val):,} validation and {len(rows.test):,} test{share}, "
            f"{len(texts.classes)} classes: {', '.join(texts.classes)}",
        )
        yield (
            "words",
            f"{tokeniser.size:,} ids; each text {tokeniser.maxlen} of them, padded {_side(tokeniser.padding)}; "
            f"{texts.share_cut():.1%} cut {_side(tokeniser.truncating)}, {texts.share_unknown('val'):.1%} of the "
            "validation's words unknown",
        )
        if self.vectors:
            yield "vectors", self._vectors_in_words()

    def _vectors_in_words(self) -> str:
        vectors, embedding = self.vectors, self.experiment.model.embedding
        assert vectors is not None
        assert embedding is not None
        share, others = vectors.found / max(vectors.words, 1), "zeros" if embedding.missing == "zero" else "random ones"
        return (
            f"{vectors.origin}; {vectors.found:,} of {vectors.words:,} words have one ({share:.1%}; "
            f"{vectors.share_of_tokens:.1%} of the training part's), others {others}; "
            f"{'trained on' if embedding.trainable else 'frozen'}"
        )

    def tags(self) -> dict[str, str]:
        """Return the run's tags that tell of the texts."""
        texts = self.data
        tags = {
            "seqexp.classes": ", ".join(texts.classes),
            "seqexp.texts": " ".join(f"{part}={len(getattr(texts.rows, part))}" for part in PARTS),
            "seqexp.vocabulary": str(texts.tokeniser.size),
            "seqexp.share_cut": f"{texts.share_cut():.4f}",
            "seqexp.share_unknown": f"{texts.share_unknown('val'):.4f}",
            "seqexp.findings": "; ".join(f.text for f in texts.corpus.found if f.level != "ok") or "none",
        }
        return tags | ({"seqexp.vectors": self._vectors_in_words()} if self.vectors else {})

    def documents(self) -> dict[str, str]:
        """Return the tokeniser: all that is needed to make the same rows again."""
        return {"tokeniser.json": self.data.tokeniser.as_json()}

    def dataset_facts(self) -> dict[str, Any]:
        """Return what the store keeps of the corpus."""
        corpus = self.data.corpus
        counts = np.bincount(corpus.labels, minlength=len(corpus.classes)).tolist()
        return {
            "texts": len(corpus),
            "classes": dict(zip(corpus.classes, counts, strict=True)),
            "words": int(corpus.starts[-1]),
            "distinct_words": len(corpus.words),
        }

    def objective(self, network: Any) -> Objective:
        """Return the cross-entropy, with the accuracy beside it.

        Raises:
            InputError: If the network's outputs are neither logits nor probabilities.
        """
        from seqexp.models.network import gives_logits
        from seqexp.training.objective import classifying

        return classifying(len(self.data.classes), from_logits=gives_logits(network))

    def feed(self) -> tuple[Gather, MakeBatch]:
        """Return what gathers rows of ids, and what makes batches of them."""
        gather = gather_texts(self.data)
        return gather, text_batches(self.data, gather)

    def baseline(self, part: Part) -> float:
        """Return the accuracy of whoever always says the training part's most frequent class."""
        return float(np.mean(self.data.labels(getattr(self.data.rows, part)) == self.data.majority))

    def score(self, part: Part, predictions: Floats) -> ClassScore:
        """Put probabilities for a part's rows, in their order, beside the truth and the majority class."""
        return score_classes(self.data, part, as_probabilities(predictions))

    def figure(self, score: Score) -> float:
        """Return the accuracy."""
        assert isinstance(score, ClassScore)
        return score.accuracy

    def results(self, val: Score, test: Score) -> dict[str, float]:
        """Return the metrics that a run has once."""
        assert isinstance(val, ClassScore)
        assert isinstance(test, ClassScore)
        found: dict[str, float | None] = {
            "best_val_accuracy": val.accuracy,
            "test_accuracy": test.accuracy,
            "majority_val_accuracy": val.majority_accuracy,
            "majority_test_accuracy": test.majority_accuracy,
            "skill_val": val.skill,
            "skill_test": test.skill,
        }
        for score in (val, test):
            prefix = "best_val" if score.part == "val" else "test"
            found |= {f"{prefix}_{name}": getattr(score, name) for name in ("loss", "f1", "auc", "ece")}
        if self.vectors:
            found["vectors_coverage"] = self.vectors.found / self.vectors.words
        return {name: value for name, value in found.items() if value is not None}

    def draw_curves(self, epochs: list[Epoch], path: Path, title: str) -> None:
        """Draw accuracy and loss by epoch."""
        plot_text_curves(epochs, self.baseline("val"), self.experiment.training.monitor, path, title)

    def draw_results(self, val: Score, test: Score, folder: Path, title: str) -> Iterator[tuple[Path, str]]:
        """Write the probabilities of both parts and the most wrong texts; draw confusion and calibration."""
        assert isinstance(val, ClassScore)
        assert isinstance(test, ClassScore)
        for part in (val, test):
            path = folder / f"{part.part}.parquet"
            write_class_predictions(part, self.data, path)
            yield path, "predictions"
        path = folder / "most_wrong.csv"
        write_most_wrong(most_wrong(test, self.data), path)
        yield path, "predictions"
        for name, draw in (("confusion", plot_confusion), ("calibration", plot_calibration)):
            path = folder / f"{name}.png"
            draw(test, path, title)
            yield path, "plots"

    def save(self, network: Any, folder: Path) -> None:
        """Write the network as an MLflow model that takes raw texts, and as Keras's own that takes ids."""
        save_text_network(network, folder, self.data.tokeniser, self.objective(network).outputs)

    def save_estimator(self, estimator: Any, folder: Path) -> None:
        """Write a baseline as an MLflow model that takes raw texts; a plugin's own can't be written."""
        from seqexp.tracking.saved_models import save_text_estimator

        if type(estimator).__module__.startswith("seqexp."):
            save_text_estimator(estimator, folder / "model", self.data.tokeniser, self.data.classes)

    def result_table(self, model: str, val: Score, test: Score) -> Table:
        """Return the table of a run's scores beside the majority's."""
        assert isinstance(val, ClassScore)
        assert isinstance(test, ClassScore)
        table = Table(box=None, pad_edge=False)
        table.add_column("")
        for heading in ("val accuracy", "skill", "test accuracy", "skill", "loss", "F1", "AUC"):
            table.add_column(heading, justify="right")
        table.add_row(
            model,
            number(val.accuracy, 4),
            percent(val.skill),
            number(test.accuracy, 4),
            percent(test.skill),
            number(test.loss, 4),
            number(test.f1, 4),
            "" if test.auc is None else number(test.auc, 4),
        )
        if not (val.predicted == val.majority).all():
            table.add_row("majority", number(val.majority_accuracy, 4), "", number(test.majority_accuracy, 4))
        return table

    def progress_scale(self) -> tuple[float, str] | None:
        """Return nothing: an accuracy has no unit."""
        return None

    def samples_table(self) -> tuple[str, Table, str]:
        """Return a heading, the texts part by part and class by class, and a line about their rows."""
        texts = self.data
        table = Table(box=None, pad_edge=False)
        for heading in ("part", "texts", *texts.classes, "median words", "cut", "unknown words"):
            table.add_column(heading, justify="left" if heading == "part" else "right")
        for part in PARTS:
            rows = getattr(texts.rows, part)
            counts = np.bincount(texts.labels(rows), minlength=len(texts.classes))
            table.add_row(
                part,
                f"{len(rows):,}",
                *(f"{count:,}" for count in counts),
                f"{np.median(texts.corpus.lengths[rows]):.0f}",
                f"{texts.share_cut(part):.1%}",
                f"{texts.share_unknown(part):.1%}",
            )
        line = (
            f"each {texts.tokeniser.maxlen} ids of {texts.tokeniser.size:,}, int32; batches of {texts.batch_size}"
            f"{', of about one length' if texts.bucket else ''}"
        )
        return "texts", table, line


def _side(side: str) -> str:
    return "in front" if side == "pre" else "behind"

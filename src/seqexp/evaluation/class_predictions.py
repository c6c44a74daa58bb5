"""Classifications text by text, small enough to save with every run, and the worst of them to read."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seqexp.data.arrays import Rows
from seqexp.data.text.texts import Texts
from seqexp.tasks.classes import log_losses, most_probable
from seqexp.tasks.score import Score
from seqexp.tasks.target import Target

WRONG_COLUMNS = ("row", "label", "predicted", "probability", "loss", "words", "text")
_CHARACTERS = 600  # of a text that are shown
# What Markdown or HTML would take for more than a character.
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")


def write_class_predictions(score: Score, texts: Texts, path: Path) -> None:
    """Write a part's classifications as Parquet, a row a text, in the order in which they were scored.

    Columns: row (int32, the text's row in the corpus), words (int32, how many it has), label and predicted (the
    classes' names, as dictionaries), and p_CLASS (float32), the probability of each class. The file's metadata holds
    the dataset's name and the classes, a JSON list in their order.
    """
    import pyarrow as pa
    from pyarrow import parquet

    def named(classes: np.ndarray) -> Any:
        return pa.DictionaryArray.from_arrays(
            pa.array(classes.astype(np.int16)), pa.array(score.target.classes, pa.string())
        )

    floats = {f"p_{name}": score.predictions[:, index] for index, name in enumerate(score.target.classes)}
    table = pa.table(
        {
            "row": score.rows.astype(np.int32),
            "words": texts.corpus.lengths[score.rows].astype(np.int32),
            "label": named(score.truth),
            "predicted": named(most_probable(score.predictions)),
            **{name: values.astype(np.float32) for name, values in floats.items()},
        }
    ).replace_schema_metadata({"dataset": texts.corpus.name, "classes": json.dumps(score.target.classes)})
    encodings = dict.fromkeys(("row", "words"), "DELTA_BINARY_PACKED") | dict.fromkeys(floats, "BYTE_STREAM_SPLIT")
    parquet.write_table(
        table, path, compression="zstd", use_dictionary=["label", "predicted"], column_encoding=encodings
    )


def read_classes(path: Path) -> tuple[Score, Rows | None]:
    """Return the test classifications that `write_class_predictions` wrote, and the texts' lengths if it did.

    Args:
        path: The Parquet file.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    table = parquet.read_table(path, use_threads=False)
    classes = tuple(json.loads(table.schema.metadata[b"classes"]))
    position_of = {name: index for index, name in enumerate(classes)}
    labels = np.array([position_of[name] for name in table["label"].to_pylist()], np.int64)
    probabilities = np.stack([table[f"p_{name}"].to_numpy() for name in classes], axis=1).astype(np.float64)
    rows = table["row"].to_numpy().astype(np.int64)
    words = table["words"].to_numpy().astype(np.int64) if "words" in table.column_names else None
    return Score("test", rows, Target(classes=classes), labels, probabilities, {}), words


def most_wrong(score: Score, texts: Texts, count: int = 50) -> list[dict[str, Any]]:
    """Return the texts that were classified wrongly with the most confidence, the worst first.

    Args:
        score: The classifications of one part.
        texts: Gives the texts.
        count: How many at most.

    Returns:
        A mapping a text: row (in the corpus), label and predicted (names), probability (of the predicted class),
        loss (-log p of the true class, nats), words (how many) and text (its beginning and its end, where it's long).
    """
    predicted, losses = most_probable(score.predictions), log_losses(score.truth, score.predictions)
    sure = score.predictions.max(axis=1)
    wrong = np.flatnonzero(predicted != score.truth)
    worst = wrong[np.lexsort((score.rows[wrong], -losses[wrong], -sure[wrong]))][:count]
    lengths = texts.corpus.lengths
    return [
        {
            "row": int(score.rows[index]),
            "label": score.target.classes[score.truth[index]],
            "predicted": score.target.classes[predicted[index]],
            "probability": float(sure[index]),
            "loss": float(losses[index]),
            "words": int(lengths[score.rows[index]]),
            "text": beginning_and_end(texts.corpus.text_of(int(score.rows[index]))),
        }
        for index in worst
    ]


def beginning_and_end(text: str, characters: int = _CHARACTERS) -> str:
    """Return a text on one line; of a longer one its beginning and its end, with an ellipsis between."""
    line = " ".join(text.split())
    if len(line) <= characters:
        return line
    half = (characters - 3) // 2
    return f"{line[:half].rstrip()} … {line[-half:].lstrip()}"


def write_most_wrong(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write what `most_wrong` found as CSV (UTF-8), a row a text, with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, WRONG_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "probability": f"{row['probability']:.6f}", "loss": f"{row['loss']:.4f}"})


def most_wrong_markdown(rows: Sequence[Mapping[str, Any]], title: str) -> str:
    """Return what `most_wrong` found as Markdown: a heading and a quotation a text."""
    lines = [f"# {_escaped(title)}", ""]
    if not rows:
        lines.append("Every text was classified rightly.")
    for number, row in enumerate(rows, start=1):
        lines += [
            f"## {number}. {_escaped(row['label'])}, taken for {_escaped(row['predicted'])}: {row['probability']:.4f}",
            "",
            f"Row {row['row']}, {row['words']:,} words, loss {row['loss']:.2f}.",
            "",
            f"> “{_escaped(row['text'])}”",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)

"""Classifications text by text, small enough to save with every run, and the worst of them to read."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqexp.config.output.printable import csv_text
from seqexp.data.arrays import Floats, Part, Rows
from seqexp.evaluation.predictions import arrow_values
from seqexp.tasks.classes import log_losses, most_probable
from seqexp.tasks.kinds import TEXT
from seqexp.tasks.metric import Metric
from seqexp.tasks.score import Score
from seqexp.tasks.target import Target

if TYPE_CHECKING:
    from seqexp.data.text.texts import Texts
    from seqexp.data.text.tokeniser import Unit

_CHARACTERS = 600  # of a text that are shown


def write_class_predictions(score: Score, texts: Texts, path: Path) -> None:
    """Write a part's classifications as Parquet, one row per text, in the order in which they were scored.

    Columns: row (int32, the text's row in the corpus), words or characters (int32, how many it has), label and
    predicted (the classes' names, as dictionaries), and p_CLASS (float32), the probability of each class. The file's
    metadata holds the dataset's name and the classes, a JSON list in their order.
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
            texts.tokeniser.tokens: texts.corpus.lengths[score.rows].astype(np.int32),
            "label": named(score.truth[:]),
            "predicted": named(most_probable(score.predictions[:])),
            **{name: values.astype(np.float32) for name, values in floats.items()},
        }
    ).replace_schema_metadata({"dataset": texts.corpus.name, "classes": json.dumps(score.target.classes)})
    encodings = dict.fromkeys(("row", texts.tokeniser.tokens), "DELTA_BINARY_PACKED") | dict.fromkeys(
        floats, "BYTE_STREAM_SPLIT"
    )
    parquet.write_table(
        table, path, compression="zstd", use_dictionary=["label", "predicted"], column_encoding=encodings
    )


def read_class_predictions(path: Path, part: Part, constant: str | None = None) -> Score:
    """Return what `write_class_predictions` wrote.

    Args:
        path: The Parquet file.
        part: Which part it is of.
        constant: The class that the baseline gives every text; None: no baseline is asked for.

    Raises:
        OSError: The file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read(use_threads=False)
    classes = _classes_of(table)
    labels, predicted = (_numbers_of(table, column, classes) for column in ("label", "predicted"))
    probabilities = np.stack([arrow_values(table[f"p_{name}"], np.dtype("float32")) for name in classes], axis=1)
    # They were rounded to be saved: what was the most probable class by a last digit alone shall still be it.
    ties = np.flatnonzero(most_probable(probabilities) != predicted)
    probabilities[ties, predicted[ties]] = np.nextafter(probabilities[ties].max(axis=1), 2)
    rows = arrow_values(table["row"], np.dtype("int32"))
    baselines = {} if constant is None else {TEXT.baseline: _always(constant, len(rows), classes)}
    return Score(part, rows, Target(classes=classes), labels, probabilities, baselines)


def read_lengths(path: Path) -> Rows | None:
    """Return (texts,) int64, how many words each text of such a file has; None: it does not say it, or has no words."""
    from pyarrow import parquet

    file = parquet.ParquetFile(path)
    if "words" not in file.schema_arrow.names:
        return None
    return arrow_values(file.read(["words"])["words"], np.dtype("int32"))


def find_constant(parts: Sequence[tuple[Path, float]], metric: Metric) -> str:
    """Return the class that a baseline gives every text, of which it is known only how good it is.

    Of several that are equally good in every part it may be any: which one changes no mean.

    Args:
        parts: Files that `write_class_predictions` wrote, each with the baseline's figure there.
        metric: What the figure is.

    Raises:
        OSError: A file can't be read.
        ValueError: It is no such file.
    """
    from pyarrow import parquet

    distance: defaultdict[str, float] = defaultdict(float)
    for path, figure in parts:
        table = parquet.ParquetFile(path).read(["label"])
        classes = _classes_of(table)
        labels = _numbers_of(table, "label", classes)
        for name in classes:
            certain = _always(name, len(labels), classes)
            value = Score("test", np.arange(len(labels)), Target(classes=classes), labels, certain, {}).value(metric)
            distance[name] += math.inf if value is None else abs(value - figure)
    if not distance:
        raise ValueError("the file names no classes")
    return min(distance, key=lambda name: distance[name])


def _always(name: str, texts: int, classes: Sequence[str]) -> Floats:
    """Return the probabilities of a baseline that is certain of one class."""
    probabilities = np.zeros((texts, len(classes)))
    probabilities[:, classes.index(name)] = 1.0
    return probabilities


def _classes_of(table: Any) -> tuple[str, ...]:
    return tuple(json.loads((table.schema.metadata or {}).get(b"classes", b"[]")))


def _numbers_of(table: Any, column: str, classes: Sequence[str]) -> Rows:
    """Return (texts,) int64, the number of each text's class."""
    import pyarrow as pa
    from pyarrow import compute

    numbers = compute.index_in(table[column].cast("string"), value_set=pa.array(classes, pa.string()))
    if numbers.null_count:
        raise ValueError(f"the column {column} has classes that the file does not name")
    return arrow_values(numbers, np.dtype("int32"))


def most_wrong(score: Score, texts: Texts, count: int = 50) -> list[dict[str, Any]]:
    """Return the texts that were classified wrongly with the most confidence, the worst first.

    Args:
        score: The classifications of one part.
        texts: Gives the texts.
        count: How many at most.

    Returns:
        A mapping a text: row (in the corpus), label and predicted (names), probability (of the predicted class),
        loss (-log p of the true class, nats), words or characters (how many) and text (its beginning and its end,
        where it's long).
    """
    predicted, losses = most_probable(score.predictions[:]), log_losses(score.truth[:], score.predictions[:])
    sure = score.predictions[:].max(axis=1)
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
            texts.tokeniser.tokens: int(lengths[score.rows[index]]),
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


def write_most_wrong(rows: Sequence[Mapping[str, Any]], unit: Unit, path: Path) -> None:
    """Write what `most_wrong` found as CSV (UTF-8), one row per text, with a header, given what has an id."""
    columns = ("row", "label", "predicted", "probability", "loss", unit, "text")
    written = ({**row, "probability": f"{row['probability']:.6f}", "loss": f"{row['loss']:.4f}"} for row in rows)
    lines = [columns, *([row[name] for name in columns] for row in written)]
    path.write_text(csv_text(lines), encoding="utf-8", newline="")

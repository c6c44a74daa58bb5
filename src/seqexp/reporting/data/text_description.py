"""What is known about labelled texts: as one value of plain numbers and texts, on a terminal, and as Markdown."""

from __future__ import annotations

import numpy as np

from seqexp.data.arrays import PARTS, Part, Rows
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.texts import Texts
from seqexp.reporting.data.tables import Description, DescriptionTable, named, title_of
from seqexp.tasks.kinds import TEXT

QUANTILES = {"min": 0.0, "25%": 0.25, "median": 0.5, "75%": 0.75, "95%": 0.95, "max": 1.0}
SHOWN_TEXT = 300  # characters of the example
_SHOWN_IDS = 12
_MOST_CLASSES = 6  # that have a column of their own


def describe_texts(texts: Texts, reason: str) -> Description:
    """Return what is known about labelled texts, whose source was chosen for a reason; every number unrounded."""
    corpus, tokeniser, everything = texts.corpus, texts.tokeniser, np.arange(len(texts))
    return {
        "kind": "text",
        "dataset": corpus.name,
        "source": corpus.source,
        "stand_in": corpus.source == "simulated",
        "reason": reason,
        "origin": corpus.origin,
        "digest": corpus.digest,
        "format_notes": list(corpus.notes),
        "texts": len(corpus),
        "classes": list(corpus.classes),
        "tokens": tokeniser.tokens,
        "words": _words(corpus, everything),
        "parts": {part: _part(corpus, texts, part) for part in PARTS},
        "majority": _majority(texts),
        "vocabulary": {
            "ids": tokeniser.size,
            "words": len(tokeniser.words),
            "distinct_words": len(np.unique(corpus.tokens)),
            "official_index": corpus.is_ranked,
            "most_frequent": list(tokeniser.words[:10]),
        },
        "rows": {
            "maxlen": tokeniser.maxlen,
            "padding": tokeniser.padding,
            "truncating": tokeniser.truncating,
            "cut_share": texts.share_cut(),
            "padding_share": float(1 - texts.kept.sum() / texts.inputs.size),
            "bucket": texts.bucket,
            "batch_size": texts.batch_size,
        },
        "example": _example(corpus, texts),
    }


def text_table(about: Description) -> DescriptionTable:
    """Return a description as `describe_texts` gives it, for a person."""
    return DescriptionTable(title_of(about), about["stand_in"], _part_table(about), _facts(about))


def _words(corpus: Corpus, rows: Rows) -> dict[str, float]:
    """Return the quantiles and the mean of the words, or the characters, a text."""
    lengths = corpus.lengths[rows]
    found = {name: float(np.quantile(lengths, level)) for name, level in QUANTILES.items()}
    return {**found, "mean": float(lengths.mean())}


def _part(corpus: Corpus, texts: Texts, part: Part) -> Description:
    rows = texts.rows.of(part)
    counts = np.bincount(texts.labels(rows), minlength=len(texts.classes)).tolist()
    return {
        "texts": len(rows),
        "classes": dict(zip(texts.classes, counts, strict=True)),
        "words": _words(corpus, rows),
        "unknown_share": texts.share_unknown(part),
        "cut_share": texts.share_cut(part),
    }


def _majority(texts: Texts) -> Description:
    """Return what a guess of the most frequent class scores."""
    majority = texts.majority
    shares = {part: float((texts.labels(texts.rows.of(part)) == majority).mean()) for part in PARTS}
    return {"class": texts.classes[majority], TEXT.metric.key: shares}


def _example(corpus: Corpus, texts: Texts) -> Description:
    """Return the first training text: as written, its ids, its padded row."""
    row = int(texts.rows.train[0])
    text = corpus.text_of(row)
    return {
        "row": row,
        "class": corpus.classes[corpus.labels[row]],
        "text": text if len(text) <= SHOWN_TEXT else f"{text[:SHOWN_TEXT]}…",
        "ids": texts.ids(row).tolist(),
        "padded": texts.inputs[row].tolist(),
    }


def _part_table(about: Description) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    classes = about["classes"] if len(about["classes"]) <= _MOST_CLASSES else []
    lengths = (f"{about['tokens']} (median)", "95%", "longest")
    headings = ("part", "texts", *map(_on_one_line, classes), *lengths, "unknown", "cut")
    rows = []
    for name, part in about["parts"].items():
        words = part["words"]
        counts = [f"{part['classes'][label]:,}" for label in classes]
        counted = [f"{words[key]:,.0f}" for key in ("median", "95%", "max")]
        shares = [f"{part[key]:.1%}" for key in ("unknown_share", "cut_share")]
        rows.append((name, f"{part['texts']:,}", *counts, *counted, *shares))
    return headings, rows


def _facts(about: Description) -> list[tuple[str, str]]:
    why = [] if about["reason"].endswith(", as asked") else [about["reason"]]
    lengths = ", ".join(f"{name} {about['words'][name]:,.0f}" for name in QUANTILES)
    example, names, unit = about["example"], about["classes"], about["tokens"]
    more = ", …" if len(names) > _MOST_CLASSES else ""
    facts = [
        *named("source", [*why, about["origin"]]),
        ("digest", about["digest"]),
        ("texts", f"{about['texts']:,} of {len(names)} classes: {', '.join(names[:_MOST_CLASSES])}{more}"),
        *named("format", about["format_notes"]),
        ("words" if unit == "words" else "chars", f"a text: {lengths}, mean {about['words']['mean']:,.1f}"),
        ("known", _vocabulary(about["vocabulary"], unit)),
        ("rows", _rows(about["rows"])),
        ("majority", _baseline(about["majority"])),
        ("example", f"{example['class']}: {example['text']}"),
        ("", f"{len(example['ids']):,} ids: {_ids(example['ids'])}"),
        ("", f"the row: {_ids(example['padded'])}"),
    ]
    return [(name, _on_one_line(text)) for name, text in facts]


def _on_one_line(text: str) -> str:
    """Return a text without line ends, and without what would steer a terminal."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _vocabulary(about: Description, unit: str) -> str:
    whence = "the official index" if about["official_index"] else "the training part"
    return (
        f"{about['words']:,} {unit} of {about['distinct_words']:,} that occur, the most frequent of {whence}; "
        f"{about['ids']:,} ids. The first: {', '.join(about['most_frequent'])}"
    )


def _rows(about: Description) -> str:
    bucket = ", a batch no longer than its longest text" if about["bucket"] else ""
    return (
        f"{about['maxlen']:,} ids, filled up with 0 {side_in_words(about['padding'])}, "
        f"cut {side_in_words(about['truncating'])}; "
        f"{about['cut_share']:.1%} of the texts are cut, {about['padding_share']:.0%} of all ids are padding; "
        f"{about['batch_size']:,} a batch{bucket}"
    )


def side_in_words(side: str) -> str:
    """Return where a row is filled up or cut, as Keras names it: "pre" or "post"."""
    return "in front" if side == "pre" else "behind"


def _baseline(about: Description) -> str:
    scores = ", ".join(f"{about[TEXT.metric.key][part]:.1%} of {part}" for part in PARTS)
    return f"always {about['class']!r} would be right for {scores}"


def _ids(ids: list[int]) -> str:
    if len(ids) <= 2 * _SHOWN_IDS:
        return " ".join(map(str, ids))
    return f"{' '.join(map(str, ids[:_SHOWN_IDS]))} … {' '.join(map(str, ids[-_SHOWN_IDS:]))}"

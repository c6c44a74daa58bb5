"""Columns of few values as inputs: one for each value of the training part, 1 where a row has it and 0 elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqexp.config.errors import Fault, nearest, raise_any, wrong
from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import SCORED, Floats, Part
from seqexp.data.series.repair import Repaired
from seqexp.data.series.series import Series

MOST_VALUES = 50  # of a column: each is an input
FEWEST_ROWS = 5  # of the training part that have a value which is an input: of fewer a model learns nothing
MISSING = "(missing)"  # what an empty cell of a column of texts is called: often it says "none"
OTHER = "(other)"  # the input of all values that have none of their own


@dataclass(frozen=True)
class Category:
    """A column whose values are inputs, with one input more, `OTHER`, for all values that have none of their own.

    These are the rare ones of the training part, from which a model learns what the input means, and those that come
    later for the first time. Where the training part has no rare ones, the input is 0 in all of its rows.
    """

    name: str
    values: tuple[str, ...]  # those of at least `FEWEST_ROWS` training rows, in the order of their inputs
    keys: Floats  # (values,) the number that stands for each: itself, or a text's code
    rows: tuple[int, ...]  # how many training rows have each value
    rare: Mapping[str, int]  # the other values of the training part, and how many of its rows have each
    unseen: Mapping[Part, Mapping[str, int]]  # by scored part: values not in the training part, how many rows have each

    @property
    def other(self) -> str:
        """The name of the input of all values that have none of their own."""
        return f"{self.name}={OTHER}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs; none where the training part has one value only."""
        names = (*(f"{self.name}={value}" for value in self.values), self.other)
        return names if len(self.values) + len(self.rare) > 1 else ()

    def one_hot(self, cells: Floats) -> Floats:
        """Return (rows, inputs) of ones and zeros, a single one in each row, given (rows,) cells as `cells_of` does."""
        if not self.inputs:
            return np.empty((len(cells), 0))
        is_value = cells[:, None] == self.keys
        return np.column_stack([is_value, ~is_value.any(axis=1)]).astype(np.float64)


def category_faults(dataset: SeriesConfig, series: Series) -> list[Fault]:
    """Return a fault for each column that can't be a category: it is not there, or holds neither numbers nor texts."""
    known, faults = (*series.columns, *series.categories), list[Fault]()
    for name in dataset.categories:
        if name not in known:
            hint = " It holds neither numbers nor texts." if name in series.dropped else nearest(name, known)
            what = f"must name columns of texts, or of {', '.join(series.columns)}"
            faults.append(wrong("dataset.categories", f"{what}. Received: {name!r}.{hint}"))
    return faults


def fit_categories(
    names: Sequence[str], repaired: Repaired, bounds: Mapping[Part, tuple[int, int]]
) -> tuple[Category, ...]:
    """Return columns as categories, whose values are those of the training rows.

    Args:
        names: The columns.
        repaired: The series.
        bounds: The rows [first, end) of each part.

    Raises:
        InputError: One has more than `MOST_VALUES` values there that are in `FEWEST_ROWS` rows, or none.
    """
    found = [{part: Counter[float]() for part in bounds} for _ in names]
    for start, values, _ in repaired.chunks() if names else ():
        for name, counters in zip(names, found, strict=True):
            cells = cells_of(repaired, name, start, values)
            for part, (first, end) in bounds.items():
                _count(counters[part], cells[max(first - start, 0) : max(end - start, 0)])
    pairs = list(zip(names, found, strict=True))
    raise_any([fault for name, counters in pairs if (fault := _fault(name, counters["train"])) is not None])
    return tuple(_category(repaired.series, name, counters) for name, counters in pairs)


def cells_of(repaired: Repaired, name: str, first: int, values: Floats) -> Floats:
    """Return (rows,) the numbers that stand for a column's cells, given the repaired values of rows from `first` on.

    Those of texts are their codes, -1 for an empty cell; a row that fills a gap has what the row before it has.
    """
    series, order = repaired.series, repaired.order
    if name in series.columns:
        return values[:, series.columns.index(name)]
    rows = slice(first, first + len(values))
    assert series.codes is not None  # a series with categories has them
    codes = series.codes[rows if order.rows is None else order.rows[rows], list(series.categories).index(name)]
    return np.asarray(codes, np.float64)


def _count(counter: Counter[float], cells: Floats) -> None:
    keys, counts = np.unique(cells, return_counts=True)
    counter.update(dict(zip(keys.tolist(), counts.tolist(), strict=True)))


def _fault(name: str, training: Mapping[float, int]) -> Fault | None:
    """Return a fault where a column has too many values to be inputs, or all of them are rare."""
    count = len(_frequent(training))
    if len(training) > 1 and not count:
        what = f"must name columns of values that repeat: at least {FEWEST_ROWS} training rows have one"
        return wrong("dataset.categories", f"{what}. Received: {name!r}, which has {len(training):,} rarer ones.")
    if count > MOST_VALUES:
        what = f"must name columns of at most {MOST_VALUES} values that {FEWEST_ROWS} training rows have"
        return wrong("dataset.categories", f"{what}. Received: {name!r}, which has {count:,}.")
    return None


def _frequent(training: Mapping[float, int]) -> list[float]:
    return [key for key, rows in training.items() if rows >= FEWEST_ROWS]


def _category(series: Series, name: str, found: Mapping[Part, Mapping[float, int]]) -> Category:
    """Return a column as a category, given how many rows of each part have each of its values."""
    texts = series.categories.get(name)

    def word(key: float) -> str:
        if texts is None:
            return f"{key:.10g}"
        return MISSING if key < 0 else texts[int(key)]

    def place(key: float) -> tuple[bool, float | str]:
        return (texts is not None and key < 0, key if texts is None else word(key))

    def in_words(counts: Mapping[float, int], left_out: Collection[float]) -> dict[str, int]:
        return {word(key): counts[key] for key in sorted(counts, key=place) if key not in left_out}

    training = found["train"]
    keys = sorted(_frequent(training), key=place)
    return Category(
        name=name,
        values=tuple(map(word, keys)),
        keys=np.array(keys),
        rows=tuple(training[key] for key in keys),
        rare=in_words(training, keys),
        unseen={part: in_words(found[part], training) for part in SCORED},
    )


def inputs_of(categories: Sequence[Category]) -> tuple[str, ...]:
    """Return the names of all inputs."""
    return tuple(name for category in categories for name in category.inputs)


def one_hots(categories: Sequence[Category], repaired: Repaired, first: int, values: Floats) -> Floats:
    """Return (rows, inputs) of ones and zeros, given the repaired values of rows from `first` on."""
    each = [category.one_hot(cells_of(repaired, category.name, first, values)) for category in categories]
    return np.concatenate([np.empty((len(values), 0)), *each], axis=1)


def documented(categories: Sequence[Category]) -> dict[str, dict[str, list[str]]]:
    """Return the values of each category in the order of its inputs, for documents: nothing where there is none."""
    values = {category.name: [*category.values, *([OTHER] if category.inputs else [])] for category in categories}
    return {"categories": values} if values else {}

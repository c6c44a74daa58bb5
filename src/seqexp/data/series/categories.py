"""Columns of few values as inputs: one for each value of the training part, 1 where a row has it and 0 elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqexp.config.errors import Fault, nearest, raise_any, wrong
from seqexp.config.schema import SeriesConfig
from seqexp.data.arrays import Floats
from seqexp.data.series.repair import Repaired
from seqexp.data.series.series import Series

MOST_VALUES = 50  # of a column in the training part: each is an input
MISSING = "(missing)"  # what an empty cell of a column of texts is called: often it says "none"


@dataclass(frozen=True)
class Category:
    """A column whose values are inputs.

    A value that the training part doesn't have is 0 in all of them: an input of its own would have been constant there.
    """

    name: str
    values: tuple[str, ...]  # those of the training part, in the order of their inputs
    keys: Floats  # (values,) the number that stands for each: itself, or a text's code
    rows: tuple[int, ...]  # how many training rows have each value
    unseen: Mapping[str, int]  # values that the training part doesn't have, and how many of the other rows have each

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs; none where the training part has one value only."""
        return tuple(f"{self.name}={value}" for value in self.values) if len(self.values) > 1 else ()

    def one_hot(self, cells: Floats) -> Floats:
        """Return (rows, inputs) of ones and zeros, given (rows,) cells as `cells_of` does."""
        return np.asarray(cells[:, None] == self.keys[: len(self.inputs)], np.float64)


def category_faults(dataset: SeriesConfig, series: Series) -> list[Fault]:
    """Return a fault for each column that can't be a category: not there, neither numbers nor texts, or the target."""
    known, faults = (*series.columns, *series.categories), list[Fault]()
    for name in dataset.categories:
        if name == dataset.target:
            faults.append(wrong("dataset.categories", f"must not hold dataset.target. Received: {name!r}."))
        elif name not in known:
            hint = " It holds neither numbers nor texts." if name in series.dropped else nearest(name, known)
            what = f"must name columns of texts, or of {', '.join(series.columns)}"
            faults.append(wrong("dataset.categories", f"{what}. Received: {name!r}.{hint}"))
    return faults


def fit_categories(names: Sequence[str], repaired: Repaired, first: int, end: int) -> tuple[Category, ...]:
    """Return columns as categories, whose values are those of the training rows [first, end).

    Raises:
        InputError: One has more than `MOST_VALUES` values there.
    """
    inside = [Counter[float]() for _ in names]
    outside = [Counter[float]() for _ in names]
    for start, values, _ in repaired.chunks() if names else ():
        rows = np.arange(start, start + len(values))
        is_training = (rows >= first) & (rows < end)
        for index, name in enumerate(names):
            cells = cells_of(repaired, name, start, values)
            _count(inside[index], cells[is_training])
            _count(outside[index], cells[~is_training])
    raise_any(
        [_too_many(name, len(found)) for name, found in zip(names, inside, strict=True) if len(found) > MOST_VALUES]
    )
    return tuple(
        _category(repaired.series, name, found, {key: n for key, n in others.items() if key not in found})
        for name, found, others in zip(names, inside, outside, strict=True)
    )


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


def _too_many(name: str, count: int) -> Fault:
    what = f"must name columns of at most {MOST_VALUES} values in the training part"
    return wrong("dataset.categories", f"{what}. Received: {name!r}, which has {count:,}.")


def _category(series: Series, name: str, found: Mapping[float, int], unseen: Mapping[float, int]) -> Category:
    texts = series.categories.get(name)

    def word(key: float) -> str:
        if texts is None:
            return f"{key:.10g}"
        return MISSING if key < 0 else texts[int(key)]

    def place(key: float) -> tuple[bool, float | str]:
        return (texts is not None and key < 0, key if texts is None else word(key))

    keys = sorted(found, key=place)
    words, counts = tuple(map(word, keys)), tuple(found[key] for key in keys)
    return Category(name, words, np.array(keys), counts, {word(key): unseen[key] for key in sorted(unseen, key=place)})


def inputs_of(categories: Sequence[Category]) -> tuple[str, ...]:
    """Return the names of all inputs."""
    return tuple(name for category in categories for name in category.inputs)


def one_hots(categories: Sequence[Category], repaired: Repaired, first: int, values: Floats) -> Floats:
    """Return (rows, inputs) of ones and zeros, given the repaired values of rows from `first` on."""
    each = [category.one_hot(cells_of(repaired, category.name, first, values)) for category in categories]
    return np.concatenate([np.empty((len(values), 0)), *each], axis=1)


def documented(categories: Sequence[Category]) -> dict[str, dict[str, list[str]]]:
    """Return the values of each category as documents have them: nothing where there is no category."""
    values = {category.name: list(category.values) for category in categories}
    return {"categories": values} if values else {}

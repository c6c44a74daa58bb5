"""The folds of a series: rolling origins, each tested on the rows behind its own training and validation part.

The rows from the validation part's first to the test part's end are cut into one block more than there are folds. Fold
i trains on all rows before block i, validates on it and tests on the next: Tashman (2000), Out-of-sample tests of
forecasting accuracy: an analysis and review, International Journal of Forecasting 16.
"""

from __future__ import annotations

from collections.abc import Mapping

from seqexp.config.schema import Fold, SeriesConfig
from seqexp.data.arrays import Part

BoundsOfParts = Mapping[Part, tuple[int, int]]


def part_bounds(dataset: SeriesConfig, total: int) -> dict[Part, tuple[int, int]]:
    """Return the rows [first, end) of each part of a series of `total` rows: those of its fold, if it is one."""
    base: dict[Part, tuple[int, int]] = {**dataset.split.rows(total)}
    fold = Fold.read(dataset.fold)
    return base if fold is None else fold_bounds(base, fold)


def bounds_of_all(dataset: SeriesConfig, total: int) -> list[dict[Part, tuple[int, int]]]:
    """Return those of all folds that the dataset's is one of; of a dataset without folds, its own alone."""
    fold = Fold.read(dataset.fold)
    base: dict[Part, tuple[int, int]] = {**dataset.split.rows(total)}
    return [base] if fold is None else [fold_bounds(base, each) for each in fold.siblings]


def fold_bounds(base: BoundsOfParts, fold: Fold) -> dict[Part, tuple[int, int]]:
    """Return the rows [first, end) of each part of a fold; the blocks are of one length, up to one row.

    What the base split leaves out between its parts is left out nowhere: blocks follow each other.
    """
    begin, end = base["val"][0], base["test"][1]
    edges = [begin + (end - begin) * number // (fold.count + 1) for number in range(fold.count + 2)]
    val, test = edges[fold.number - 1 : fold.number + 1], edges[fold.number : fold.number + 2]
    first = base["train"][0] + (val[0] - begin if fold.slides else 0)
    return {"train": (first, val[0]), "val": (val[0], val[1]), "test": (test[0], test[1])}

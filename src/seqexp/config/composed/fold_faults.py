"""Faults of dataset.fold that can be seen without the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seqexp.config.errors import Fault, wrong
from seqexp.config.schema import Fold


def fold_faults(dataset: Mapping[str, Any], sound: Callable[..., bool]) -> Iterator[Fault]:
    """Yield why there is no such fold, given the plain values of a dataset's section.

    `sound` says whether keys have no fault of their own.
    """
    fold = Fold.read(dataset.get("fold")) if sound("dataset.fold") else None
    if fold is None:
        return
    received = f"Received: {str(fold)!r}."
    if fold.count < 2 or fold.number > fold.count:
        yield wrong("dataset.fold", f"must be i/k, the i-th of k folds, with k >= 2 and 1 <= i <= k. {received}")
    if fold.slides and dataset["kind"] == "text":
        what = "must not be sliding for texts, which are in no order of time: leave out -sliding, or sweep.fold_train"
        yield wrong("dataset.fold", f"{what}. {received}")
    if dataset["kind"] == "series" and sound("dataset.boundary") and dataset["boundary"] == "lecture":
        what = "must be null with dataset.boundary=lecture, whose targets lie behind the end of their part"
        yield wrong("dataset.fold", f"{what}: the next fold's. {received}")

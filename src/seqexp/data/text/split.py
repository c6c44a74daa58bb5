"""Which texts are trained on, validated on and tested on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seqexp.config.errors import Fault, raise_any, refused, wrong
from seqexp.config.schema import Fold, TextSplit
from seqexp.data.arrays import PART_WORDS, Part, Rows
from seqexp.data.samples import FEWEST_SCORED, PartRows
from seqexp.data.text.corpus import Corpus

# Each draw has a stream of its own: another size of one part leaves the draw of the others as it is.
_STREAM = {"test": 0, "val": 1, "train": 2}
_SCORED_STREAM: dict[Part, int] = {"test": 3, "val": 4}


def split_texts(corpus: Corpus, split: TextSplit, fold: Fold | None = None) -> PartRows:
    """Return the rows of each part, in the corpus's order; a part that the data itself gives is taken as it is.

    Without a test part in the data one is drawn from all texts. Without a validation part one is taken from the
    training part: the last texts, or drawn ones. Of what remains, `split.train` texts are drawn for training. Each
    draw takes of each class as many as its share, by largest remainder and one at least.

    A fold is validated on one of so many equal shares of all texts but those of the test, and trained on the others.

    Raises:
        InputError: There are fewer than two classes, a part is larger than what there is or would be empty, or a
            class would have no training text. One message a fault.
    """
    if len(np.unique(corpus.labels)) < 2:
        received = f"{len(corpus):,} texts of {_named(corpus, np.unique(corpus.labels))}"
        raise refused("dataset.format.label", f"must name labels of 2 classes or more. Received: {received}.")
    test = corpus.rows_given("test")
    val = corpus.rows_given("val") if fold is None else test[:0]
    pool = np.setdiff1d(np.arange(len(corpus), dtype=np.int64), np.concatenate([test, val]), assume_unique=True)
    faults: list[Fault] = []
    if not len(pool):
        received = f"{len(corpus):,} texts, none in it"
        faults.append(wrong("dataset.split.column", f"must put texts into the training part. Received: {received}."))
    if not len(test):
        pool, test = _take_part(corpus, pool, "test", split, faults)
    if fold is not None:
        val = _validated(corpus, pool, fold, split, faults)
        pool = np.setdiff1d(pool, val, assume_unique=True)
    elif not len(val):
        pool, val = _take_part(corpus, pool, "val", split, faults)
    train = pool if split.train is None else _chosen(corpus, pool, split, faults)
    missing = np.setdiff1d(np.unique(corpus.labels), corpus.labels[train])
    if len(missing) and not faults:
        received = f"{len(train):,} training texts, none of {_named(corpus, missing)}"
        faults.append(wrong("dataset.split", f"must leave texts of every class for training. Received: {received}."))
    raise_any(faults)
    return PartRows(train, val, test)


def _validated(corpus: Corpus, pool: Rows, fold: Fold, split: TextSplit, faults: list[Fault]) -> Rows:
    """Return the texts that a fold is validated on; none, with a fault, where a class has fewer texts than folds.

    The texts, class by class and shuffled within it, are dealt out in turn: so folds differ by one text at most, also
    in each class, as those of scikit-learn's StratifiedKFold do.
    """
    labels = corpus.labels[pool]
    numbers, counts = np.unique(labels, return_counts=True)
    rarest = int(np.argmin(counts))
    if counts[rarest] < fold.count:
        what = f"must be one of at most {counts[rarest]:,} folds, as many as there are texts"
        received = f"{fold.count:,} folds of {len(pool):,} texts, {counts[rarest]:,} of them"
        name = _named(corpus, numbers[rarest : rarest + 1])
        faults.append(wrong("dataset.fold", f"{what} of the rarest class. Received: {received} {name}."))
        return pool[:0]
    order = _generator(split, "val").permutation(len(pool))
    by_class = order[np.argsort(labels[order], kind="stable")]
    found: Rows = pool[np.sort(by_class[fold.number - 1 :: fold.count])]
    return found


def stratified(rows: Rows, labels: Rows, size: int, generator: np.random.Generator) -> Rows:
    """Draw (size,) of (texts,) int64 rows, of each class of their labels as many as its share, in the order of `rows`.

    The size is at least the number of classes, at most that of the rows. Of two draws by generators of one seed the
    smaller one is part of the larger, up to what rounding a class's share changes.
    """
    quotas = class_quotas(np.bincount(labels), size)
    drawn = [
        generator.permutation(np.flatnonzero(labels == number))[:quota]  # where there are none, nothing is drawn
        for number, quota in enumerate(quotas)
    ]
    found: Rows = rows[np.sort(np.concatenate(drawn))]
    return found


def class_quotas(counts: Rows, size: int) -> Rows:
    """Return how many of each class make a sample of a size: by largest remainder, one at least of each that is there.

    `counts`, (classes,) int64, are how many there are of each. The size goes from the number of classes that are there
    to the sum of the counts.
    """
    exact = counts * size  # in units of 1 / sum: whole numbers, so that no rounding decides
    quotas, remainders = np.divmod(exact, counts.sum())
    largest = np.argsort(-remainders, kind="stable")[: size - quotas.sum()]
    quotas[largest] += 1
    for number in np.flatnonzero((quotas == 0) & (counts > 0)):
        quotas[np.argmax(quotas)] -= 1
        quotas[number] = 1
    found: Rows = quotas.astype(np.int64)
    return found


def _take_part(corpus: Corpus, pool: Rows, part: Part, split: TextSplit, faults: list[Fault]) -> tuple[Rows, Rows]:
    """Return what remains of the pool, and the part taken from it: nothing, with a fault, where its size is wrong."""
    wanted = split.test if part == "test" else split.val
    is_last = part == "val" and split.how == "last"
    # As Keras's validation_split counts, so that the same texts are taken.
    size = wanted if isinstance(wanted, int) else len(pool) - int(len(pool) * (1 - wanted))
    least = 1 if is_last else len(np.unique(corpus.labels[pool]))
    if not least <= size < len(pool):
        faults.append(_size_fault(part, wanted, size, least, len(pool) - 1))
        return pool, pool[:0]
    if is_last:
        faults.extend(_one_class_faults(corpus, pool, size))
        return pool[:-size], pool[-size:]
    taken = stratified(pool, corpus.labels[pool], size, _generator(split, part))
    return np.setdiff1d(pool, taken, assume_unique=True), taken


def _one_class_faults(corpus: Corpus, pool: Rows, size: int) -> Iterator[Fault]:
    """Yield the fault of a pool that is sorted by class: its last texts would be of one class alone."""
    last = np.unique(corpus.labels[pool[-size:]])
    if len(last) == 1 and len(np.unique(corpus.labels[pool])) > 1:
        what = "must be stratified where the last texts are all of one class, which says nothing about the others"
        received = f"last, and the last {size:,} texts are {_named(corpus, last)}"
        yield wrong("dataset.split.how", f"{what}. Received: {received}.")


def scored_rows(corpus: Corpus, part: Part, rows: Rows, split: TextSplit, every: int) -> Rows:
    """Return the texts of a part, (texts,) int64 rows, that are scored: one in `every`, and never few.

    They are drawn, of each class as many as its share and one at least: every n-th would be of one class alone where
    classes take turns in the file.
    """
    labels = corpus.labels[rows]
    size = max(-(-len(rows) // every), len(np.unique(labels)), FEWEST_SCORED)
    if size >= len(rows):
        return rows
    return stratified(rows, labels, size, np.random.default_rng([split.seed, _SCORED_STREAM[part]]))


def _chosen(corpus: Corpus, pool: Rows, split: TextSplit, faults: list[Fault]) -> Rows:
    """Return the texts of the pool that are trained on; all of them where their number is a fault."""
    wanted = split.train or 1.0
    size = wanted if isinstance(wanted, int) else round(len(pool) * wanted)
    least = len(np.unique(corpus.labels[pool]))
    if not least <= size <= len(pool):
        if not faults:  # else what is left for training is not known
            faults.append(_size_fault("train", wanted, size, least, len(pool)))
        return pool
    return stratified(pool, corpus.labels[pool], size, _generator(split, "train"))


def _generator(split: TextSplit, part: Part) -> np.random.Generator:
    return np.random.default_rng([split.seed, _STREAM[part]])


def _size_fault(part: Part, wanted: float, size: int, least: int, most: int) -> Fault:
    total = most if part == "train" else most + 1
    amount = "" if isinstance(wanted, int) else f", which is {size:,} of {total:,} texts"
    what = f"must give {least:,} to {most:,} texts{', one of each class at least' if least > 1 else ''}"
    if most < least:
        what = f"leaves no text for training: there are {total:,} to take the {PART_WORDS[part]} part from"
    return wrong(f"dataset.split.{part}", f"{what}. Received: {wanted}{amount}.")


def _named(corpus: Corpus, numbers: Rows) -> str:
    """Return the names of some classes; of many the first few."""
    names = [repr(corpus.classes[number]) for number in numbers[:5]]
    more = f" and {len(numbers) - 5:,} more" if len(numbers) > 5 else ""
    return (", ".join(names) or "no class") + more

"""Whether all that is fitted to data follows from the training part alone, reckoned again in the plainest way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from seqexp.config.output.secrets import masked
from seqexp.data.arrays import Floats
from seqexp.data.series.inputs.categories import FEWEST_ROWS, cells_of
from seqexp.data.series.season import seasons_of
from seqexp.data.series.windows import Windows
from seqexp.data.text.texts import Texts
from seqexp.runs.audit.check import Check
from seqexp.tasks.kinds import SEASONAL_NAIVE
from seqexp.tasks.task import Task

_CLOSE = 1e-9  # standard deviations; means by two ways differ in their last digits


def fit_rows(task: Task, windows: Windows, recorded: Mapping[str, str]) -> Check:
    """Return whether scaling, categories and seasons are those of the training rows.

    Args:
        task: Whose baselines have the seasons.
        windows: Its samples.
        recorded: What a run has recorded of how its inputs are made, by the files' names.
    """
    first, end = windows.rows.train_bounds
    values = [values for _, values, _ in windows.repaired.chunks(first, end)]
    faults = [*_scaling_faults(windows, values), *_category_faults(windows), *_season_faults(task, windows)]
    faults += [f"the run's {name} says something else" for name in _others(windows.documents(), recorded)]
    what = f"reckoned again from the {end - first:,} training rows alone"
    names = ["scaling", *(["categories"] if windows.categories else []), "seasons"]
    return Check("fit rows", not faults, f"{', '.join(names)} {what}: {'; '.join(faults) or 'the same'}")


def _scaling_faults(windows: Windows, values: list[Floats]) -> list[str]:
    rows = sum(map(len, values))
    mean = sum(part.sum(axis=0) for part in values) / rows
    std = np.sqrt(sum(np.square(part - mean).sum(axis=0) for part in values) / rows)
    columns, scaling = windows.series.columns, windows.scaling
    pairs = [(name, scaling.mean[at], scaling.std[at]) for at, name in enumerate(windows.columns) if name in columns]
    pairs += list(zip(windows.target.names, windows.target.mean, windows.target.std, strict=True))
    faults = {}
    for name, used_mean, used_std in pairs:
        due_mean, due_std = float(mean[columns.index(name)]), float(std[columns.index(name)])
        is_off = abs(used_mean - due_mean) > _CLOSE * (used_std + abs(due_mean))
        if is_off or (due_std > _CLOSE * abs(due_mean) and abs(used_std - due_std) > _CLOSE * due_std):
            faults[name] = f"{name} is scaled by {used_mean:.6g} ± {used_std:.6g}, not {due_mean:.6g} ± {due_std:.6g}"
    return list(faults.values())


def _category_faults(windows: Windows) -> list[str]:
    first, end = windows.rows.train_bounds
    faults = []
    for category in windows.categories:
        counts = Counter[float]()
        for start, values, _ in windows.repaired.chunks(first, end):
            counts.update(cells_of(windows.repaired, category.name, start, values).tolist())
        due = {key for key, count in counts.items() if count >= FEWEST_ROWS}
        if due != set(category.keys.tolist()):
            faults.append(f"{category.name} has {len(category.keys)} values, not the {len(due)} of these rows")
    return faults


def _season_faults(task: Task, windows: Windows) -> list[str]:
    first, end = windows.rows.train_bounds
    measured = ~np.isin(np.arange(first, end), windows.unmeasured)
    series, values = windows.series, windows.target.values[first:end]
    due = {each.name for each in seasons_of(windows.geometry.season, series.interval, values, measured, series.months)}
    used = {name.removeprefix(SEASONAL_NAIVE) for name in task.baselines if name.startswith(SEASONAL_NAIVE)}
    return [f"the seasons are {sorted(used)}, not {sorted(due)}"] if used != due else []


def vocabulary(texts: Texts, recorded: Mapping[str, str]) -> Check:
    """Return whether the vocabulary has the most frequent words of the training texts, and no others."""
    corpus, known = texts.corpus, texts.tokeniser.words
    rows = texts.rows.train
    what = f"{len(known):,} {texts.tokeniser.tokens}"
    if corpus.is_ranked:
        return Check("fit rows", None, f"the vocabulary, {what}, is that of the data's own index, whoever made that")
    counts = Counter[int]()
    starts = list(pairwise(corpus.starts.tolist()))
    for row in rows.tolist():
        counts.update(corpus.tokens[slice(*starts[row])].tolist())
    found = {corpus.words[position]: count for position, count in counts.items()}
    foreign = [word for word in known if word not in found]
    left_out = max((count for word, count in found.items() if word not in texts.tokeniser.ids), default=0)
    rare = [word for word in known if found.get(word, 0) < left_out]
    faults = [f"{len(foreign):,} stand in none of them"] if foreign else []
    faults += [f"{len(rare):,} are rarer than one that is left out"] if rare and not foreign else []
    faults += [f"the run's {name} says something else" for name in _others(texts.documents(), recorded)]
    again = f"counted again in the {len(rows):,} training texts alone"
    return Check("fit rows", not faults, f"the vocabulary, {what}, {again}: {'; '.join(faults) or 'the same'}")


def _others(documents: Mapping[str, str], recorded: Mapping[str, str]) -> list[str]:
    """Return the names of documents that were recorded, secrets masked, and would be others now."""
    return [name for name, text in documents.items() if name in recorded and recorded[name] != masked(text)]


def duplicate_texts(texts: Texts) -> Check:
    """Return whether no text of the test part stands, word by word, among the training texts."""
    corpus, rows = texts.corpus, texts.rows
    worded = rows.test[corpus.lengths[rows.test] > 0]  # two texts without a word are not called the same
    shared = int(np.isin(corpus.first_alike[worded], corpus.first_alike[rows.train]).sum())
    what = f"{len(rows.test):,} test texts looked up among {len(rows.train):,} training texts, word by word"
    return Check("duplicate texts", not shared, f"{what}: {shared:,} {'is' if shared == 1 else 'are'} there")

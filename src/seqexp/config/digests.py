"""Fingerprints: what may be compared, and what would give the same numbers again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from seqexp.config.schema import LATER_TRAINING, Experiment, Fold, SeriesConfig, TextConfig


def digest_of(content: Mapping[str, Any]) -> str:
    """Return 16 hex digits of the SHA-256 of a mapping, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def task_digest(
    experiment: Experiment,
    *,
    data_digest: str,
    max_gap: int | None,
    total_rows: int,
    seasons: Sequence[int] | None = None,
    of_all_folds: bool = False,
) -> str:
    """Return the fingerprint of a forecast: runs may be ranked together only where it is equal.

    Inputs, lookback, step and model are what is compared, so they stay out, and with a lead the delay that follows from
    it and the step. The experiment's measures, max_gap and seasons are in rows; None: those that the training part
    shows. Fractions and open ends of the parts are resolved with `total_rows`, the rows of the repaired series. Of a
    fold it covers the split that it is made of, and which one it is; `of_all_folds`: how many there are alone.
    """
    dataset = experiment.series
    return digest_of(
        {
            "data": data_digest,
            "target": dataset.target,
            **_several(dataset),
            **({"delay": dataset.delay} if dataset.lead is None else {"lead": dataset.lead}),
            "split": dataset.split.rows(total_rows),
            **_fold(experiment, of_all_folds=of_all_folds),
            "boundary": dataset.boundary,
            **({"batch_size": dataset.batch_size} if dataset.boundary == "drop_last" else {}),
            "repair": dataset.repair,
            "sentinels": _sentinels(dataset),
            **_valid(dataset),
            "max_gap": max_gap,
            # The baselines, and so the skill, follow from it.
            **({} if seasons is None else {"season": list(seasons)}),
            "score_every": _scored(experiment),
        }
    )


def _several(dataset: SeriesConfig) -> dict[str, object]:
    """Return the measures of a target that has several rows; of one row nothing, as before there were others."""
    return {} if dataset.horizon == 1 else {"horizon": dataset.horizon, "horizon_step": dataset.horizon_step}


def _fold(experiment: Experiment, *, of_all_folds: bool) -> dict[str, str]:
    fold = Fold.read(experiment.dataset.fold)
    return {} if fold is None else {"fold": fold.kind if of_all_folds else str(fold)}


def text_folds_digest(experiment: Experiment, *, data_digest: str, test_digest: str) -> str:
    """Return the fingerprint that all folds of a classification of texts have in common.

    The test's digest covers which texts are in that part: all others are trained on and validated.
    """
    split = experiment.text.split
    drawn = {"train": split.train, "seed": split.seed, **_fold(experiment, of_all_folds=True)}
    return digest_of({"data": data_digest, "test": test_digest, "score_every": _scored(experiment), **drawn})


def text_task_digest(experiment: Experiment, *, data_digest: str, split_digest: str) -> str:
    """Return the fingerprint of a classification of texts: runs may be ranked together only where it is equal.

    Vocabulary, length, padding and model are what is compared, so they stay out. The data's digest covers the labels,
    the split's which texts are in which part.
    """
    fold = _fold(experiment, of_all_folds=False)
    return digest_of({"data": data_digest, "split": split_digest, "score_every": _scored(experiment), **fold})


def _scored(experiment: Experiment) -> object:
    # Of texts, too, which are drawn class by class: other words would part the tasks of runs that are recorded.
    every = experiment.training.score_every
    if every == "auto":
        return ["20,000 of validation", "spread evenly"]
    return every if every == 1 else [every, "spread evenly"]


def job_digest(
    experiment: Experiment,
    *,
    data_digest: str,
    plugins: Collection[str] = (),
    others: Mapping[str, str] | None = None,
) -> str:
    """Return the fingerprint of what a job asks for: `config_digest` as far as it is known before anything is built.

    It covers what was asked for instead of how it is computed: "auto" is the same on every machine. The experiment has
    every measure in rows.
    """
    asked = {"jit_compile": experiment.training.jit_compile, "threads": experiment.training.threads}
    return config_digest(experiment, data_digest=data_digest, compute=asked, plugins=plugins, others=others)


def group_digest(
    experiment: Experiment,
    *,
    data_digest: str,
    plugins: Collection[str] = (),
    others: Mapping[str, str] | None = None,
) -> str:
    """Return the fingerprint of what runs of one task have in common that differ in nothing but their seeds.

    It is `config_digest` without the seed, what changes only last digits, and the parts, which are the task's matter.
    The experiment has every measure in rows.
    """
    content = _what_changes_numbers(experiment, others)
    del content["seed"], content["dataset"]["split"]
    content["dataset"].pop("fold", None)
    return _digest_with(content, data_digest, {}, plugins, others)


def shape_digest(experiment: Experiment, *, data_digest: str) -> str:
    """Return the fingerprint of what a training step costs: jobs that share it take as long an epoch.

    The experiment has every measure in rows.
    """
    same = {"epochs": 1, "patience": None, "learning_rate": 1.0, "clipnorm": None, "monitor": "val_loss", "loss": "mae"}
    training = experiment.training.model_copy(update=same | LATER_TRAINING)
    return job_digest(experiment.model_copy(update={"seed": 0, "training": training}), data_digest=data_digest)


def config_digest(
    experiment: Experiment,
    *,
    data_digest: str,
    compute: Mapping[str, Any],
    plugins: Collection[str] = (),
    others: Mapping[str, str] | None = None,
) -> str:
    """Return the fingerprint of all that changes a number: equal digests promise equal results.

    The content of the data stands for where it came from, with its labels. Names, tracking and the hyperparameters
    that a YAML declares change nothing: the layers have their values.

    Args:
        experiment: The experiment.
        data_digest: Of the series' content.
        compute: The resolved choices of how it is computed: XLA, threads, layer implementation, device.
        plugins: The SHA-256 of each of the user's own Python files.
        others: Digests of what else changes a number, such as pretrained vectors, wherever their file is.
    """
    content = _what_changes_numbers(experiment, others)
    return _digest_with(content, data_digest, compute, plugins, others)


def _what_changes_numbers(experiment: Experiment, others: Mapping[str, str] | None) -> dict[str, Any]:
    content = experiment.model_dump(
        exclude={
            "tracking": True,
            "dataset": _WHERE_FROM | _neutral(experiment),
            "model": {"name", "hyperparameters"},
            "training": {"jit_compile", "threads"},
        }
    )
    for part in ("stem", "embedding"):  # what a model doesn't have says nothing
        if content["model"][part] is None:
            del content["model"][part]
    if content["dataset"]["fold"] is None:  # as before there were any
        del content["dataset"]["fold"]
    for key, silent in LATER_TRAINING.items():
        if content["training"][key] == silent:
            del content["training"][key]
    if isinstance(experiment.dataset, SeriesConfig):
        content["dataset"] = _of_series(experiment.dataset, content["dataset"])
    if others and "vectors" in others:
        del content["model"]["embedding"]["source"], content["model"]["embedding"]["dim"]
    return content


def _of_series(dataset: SeriesConfig, content: dict[str, Any]) -> dict[str, Any]:
    """Return what of a series' section changes numbers; keys that say nothing are left out, as if there were none."""
    silent = {key for key in ("lead", "input_limit") if content[key] is None}
    silent |= {key for key in ("inputs", "known", "holidays") if not content[key]}
    apart = {"horizon", "horizon_step", "valid", "sentinels"}
    kept = {key: value for key, value in content.items() if key not in silent | apart}
    kept |= {**_several(dataset), "sentinels": _sentinels(dataset), **_valid(dataset)}
    if dataset.calendar:  # its inputs, once four, at their own rows
        kept["calendar"] = "hour of day, day of week, day of year, known ahead"
    if dataset.categories:  # which had no input for the values that are rare or new once
        kept["categories"] = {"of": dataset.categories, "others": "(other)"}
    return kept


def _digest_with(
    content: Mapping[str, Any],
    data_digest: str,
    compute: Mapping[str, Any],
    plugins: Collection[str],
    others: Mapping[str, str] | None,
) -> str:
    own = {"plugins": sorted(plugins)} if plugins else {}
    return digest_of({"experiment": content, "data": data_digest, "compute": dict(compute), **own, **(others or {})})


# Of a dataset: its name, and what the digest of its content covers.
_SOURCE = {"name", "source", "path", "url", "official", "package", "stand_in"}
_WHERE_FROM = {*_SOURCE, "format", "labels", "where", "memory", "kind"}


def _neutral(experiment: Experiment) -> set[str]:
    """Return the dataset's keys that change nothing with their values."""
    if isinstance(experiment.dataset, TextConfig):
        return {"tokens"} if experiment.dataset.tokens != "characters" else set()
    return set() if experiment.dataset.categories else {"categories"}


ALL = "all"  # stands for every column


def sentinels_of(dataset: SeriesConfig, column: str) -> list[int | float]:
    """Return the numbers that mean a missing value in a column, given its name; "all": those of every column.

    A list is for every column. Of a mapping, a column's own come beside those of "all", which are -9999 unless it says
    otherwise.
    """
    if isinstance(dataset.sentinels, list):
        return dataset.sentinels
    everywhere = dataset.sentinels.get(ALL, [-9999])
    return everywhere if column == ALL else [*everywhere, *dataset.sentinels.get(column, [])]


def _sentinels(dataset: SeriesConfig) -> list[float] | dict[str, list[float]]:
    """Return the numbers that are replaced: -9999 and -9999.0 are one, and their order says nothing."""
    if dataset.repair != "hold":
        return []
    names = [ALL, *(dataset.sentinels if isinstance(dataset.sentinels, dict) else ())]
    numbers = {name: {float(number) + 0.0 for number in sentinels_of(dataset, name)} for name in names}
    own = {name: sorted(found - numbers[ALL]) for name, found in numbers.items() if found - numbers[ALL]}
    everywhere = sorted(numbers[ALL])
    return {**own, ALL: everywhere} if own else everywhere


def _valid(dataset: SeriesConfig) -> dict[str, dict[str, list[float | None]]]:
    """Return the valid ranges where there are any that replace something; else nothing, as before there were any."""
    ranges = (dataset.valid or {}) if dataset.repair == "hold" else {}
    ends = {name: [None if end is None else float(end) + 0.0 for end in both] for name, both in ranges.items()}
    kept = {name: both for name, both in ends.items() if both != [None, None]}
    return {"valid": kept} if kept else {}

"""Every key of the schema is given values of every kind: each command line is valid, or is refused with its key.

`make test` tries a few of them, spread evenly over the keys and the values; `make test-all` tries all.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from seqexp.config.launcher import KINDS
from seqexp.config.schema import (
    EmbeddingConfig,
    Experiment,
    ModelConfig,
    SeriesConfig,
    SweepConfig,
    TextConfig,
    TrackingConfig,
    TrainingConfig,
)
from seqexp.config.search.space import SearchConfig
from tests.fuzz.bad_values import bad_values, keys_of
from tests.fuzz.harness import TooLong, attempt, complaint

_ANY = Experiment.model_fields["seed"]
SERIES: dict[str, FieldInfo] = {
    **dict(keys_of(SeriesConfig, "dataset.")),
    **dict.fromkeys(["dataset", "model", "training", "tracking", "experiment", "seed", "model.units"], _ANY),
}
OTHERS: dict[str, FieldInfo] = {
    **dict(keys_of(TrainingConfig, "training.")),
    **dict(keys_of(TrackingConfig, "tracking.")),
    **dict(keys_of(ModelConfig, "model.")),
    **dict(keys_of(EmbeddingConfig, "model.embedding.")),
    **dict(keys_of(SweepConfig, "sweep.")),
}
TEXTS = dict(keys_of(TextConfig, "dataset."))
SEARCH = dict(keys_of(SearchConfig, "hydra.sweeper."))


def wrong_ends(
    keys: Sequence[tuple[str, str]], command: Sequence[str], folder: Path, environment: dict[str, str]
) -> list[str]:
    """Return what is wrong with how the command lines ended that set each key to its value."""
    found = []
    for key, value in keys:
        before = set(folder.iterdir())
        try:
            said = complaint(attempt([*command, f"{key}={value}"], folder, environment), folder, before)
        except TooLong:
            said = "takes too long"
        if said:
            found.append(f"{key}={value[:80]}: {said}")
    return found


def all_of(fields: dict[str, FieldInfo]) -> list[tuple[str, str]]:
    return [(key, value) for key, field in fields.items() for value in bad_values(field)]


def test_there_are_more_than_a_thousand() -> None:
    assert len(all_of(SERIES)) + len(all_of(TEXTS)) + len(all_of(OTHERS)) > 3000
    assert {"dataset.split.train.end", "dataset.format.encoding", "dataset.lookback"} <= set(SERIES)


def test_a_few_values_of_every_kind(
    series_overrides: list[str], text_overrides: list[str], tmp_path: Path, environment: dict[str, str]
) -> None:
    of_series = all_of(SERIES)[::151]
    of_texts = all_of(TEXTS)[::157]
    assert wrong_ends(of_series, ["validate", *series_overrides], tmp_path, environment) == []
    assert wrong_ends(of_texts, ["validate", *text_overrides], tmp_path, environment) == []
    assert wrong_ends(all_of(OTHERS)[::173], ["validate", "--static"], tmp_path, environment) == []


@pytest.mark.slow
@pytest.mark.parametrize("key", SERIES)
def test_every_key_of_a_series(
    key: str, series_overrides: list[str], tmp_path: Path, environment: dict[str, str]
) -> None:
    keys = all_of({key: SERIES[key]})
    assert wrong_ends(keys, ["validate", *series_overrides], tmp_path, environment) == []


@pytest.mark.slow
@pytest.mark.parametrize("key", TEXTS)
def test_every_key_of_texts(key: str, text_overrides: list[str], tmp_path: Path, environment: dict[str, str]) -> None:
    assert wrong_ends(all_of({key: TEXTS[key]}), ["validate", *text_overrides], tmp_path, environment) == []


@pytest.mark.slow
@pytest.mark.parametrize("key", OTHERS)
def test_every_other_key(key: str, tmp_path: Path, environment: dict[str, str]) -> None:
    assert wrong_ends(all_of({key: OTHERS[key]}), ["validate", "--static"], tmp_path, environment) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_launcher(kind: str, tmp_path: Path, environment: dict[str, str]) -> None:
    keys = all_of(dict(keys_of(KINDS[kind], "hydra.launcher.")))[::2]
    command = ["validate", "--static", "-m", "seed=0,1", f"hydra/launcher={kind}"]
    assert wrong_ends(keys, command, tmp_path, environment) == []


@pytest.mark.slow
@pytest.mark.parametrize("key", SEARCH)
def test_every_key_of_a_search(key: str, tmp_path: Path, environment: dict[str, str]) -> None:
    command = ["validate", "--static", "-m", "hydra/sweeper=optuna", "model.units=8,16"]
    assert wrong_ends(all_of({key: SEARCH[key]})[::2], command, tmp_path, environment) == []

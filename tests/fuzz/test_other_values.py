"""The values of `test_config_values.py` for the keys of texts, models, trainings, stores, sweeps and searches."""

from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.config.launcher import KINDS
from tests.fuzz.bad_values import OTHERS, SEARCH, TEXTS, all_of, keys_of
from tests.fuzz.harness import wrong_ends


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

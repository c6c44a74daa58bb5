"""Every key of the schema is given values of every kind: each command line is valid, or is refused with its key.

`make test` tries a few of them, spread evenly over the keys and the values; `make test-all` tries all. Those of texts
and of what is no dataset stand in `test_other_values.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.bad_values import OTHERS, SERIES, TEXTS, all_of
from tests.fuzz.harness import wrong_ends


def test_there_are_more_than_a_thousand() -> None:
    assert len(all_of(SERIES)) + len(all_of(TEXTS)) + len(all_of(OTHERS)) > 3000
    assert {"dataset.split.train.end", "dataset.format.encoding", "dataset.lookback"} <= set(SERIES)


def test_a_few_values_of_every_kind(
    series_overrides: list[str], text_overrides: list[str], tmp_path: Path, environment: dict[str, str]
) -> None:
    of_series = all_of(SERIES)[::307]
    of_texts = all_of(TEXTS)[::311]
    assert wrong_ends(of_series, ["validate", *series_overrides], tmp_path, environment) == []
    assert wrong_ends(of_texts, ["validate", *text_overrides], tmp_path, environment) == []
    assert wrong_ends(all_of(OTHERS)[::313], ["validate", "--static"], tmp_path, environment) == []


@pytest.mark.slow
@pytest.mark.parametrize("key", SERIES)
def test_every_key_of_a_series(
    key: str, series_overrides: list[str], tmp_path: Path, environment: dict[str, str]
) -> None:
    keys = all_of({key: SERIES[key]})
    assert wrong_ends(keys, ["validate", *series_overrides], tmp_path, environment) == []

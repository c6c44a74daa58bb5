"""Sentinels and valid ranges by column: what they do to the windows, and names that aren't columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seqexp.config.errors import InputError
from seqexp.data.series.cutting import make_windows
from seqexp.data.series.value_rules import check_rule_names, value_rules
from tests.data.helpers import numbers
from tests.factories import COLUMNS, dataset_config, random_series, series_of, small_experiment, with_dataset


@pytest.mark.parametrize(
    "rules", [{"sentinels": {"T (degC)": [777]}}, {"valid": {"T (degC)": [None, 700]}}, {"sentinels": [777]}]
)
def test_a_target_that_is_no_measurement_is_none(rules: dict[str, Any]) -> None:
    plain = small_experiment("model=naive")
    values = random_series().values.copy()
    values[[100, 350, 351, 500], 1] = 777
    windows = make_windows(
        series_of(values), with_dataset(plain, plain.series.model_copy(update={"target": "T (degC)", **rules}))
    )
    values[[100, 350, 351, 500], 1] = np.nan
    missing = make_windows(
        series_of(values), with_dataset(plain, plain.series.model_copy(update={"target": "T (degC)"}))
    )
    assert windows.inputs.tobytes() == missing.inputs.tobytes()
    for part in ("train", "val", "test"):
        rows = windows.rows.of(part)
        assert rows.tolist() == missing.rows.of(part).tolist()
        assert not set((rows + windows.delay).tolist()) & {100, 350, 351, 500}
    assert dict(windows.replaced) == {"T (degC)": 4}


def test_each_column_has_its_own_and_what_is_for_all() -> None:
    dataset = dataset_config(sentinels={"wv (m/s)": [0, 1]}, valid={"p (mbar)": [900, None]})
    rules = value_rules(COLUMNS, dataset)
    rows = np.array([[-9999.0, 0.0, 0.0], [800.0, 1.0, -9999.0], [np.nan, np.inf, 2.0]])
    assert rules.declared(rows).tolist() == [[True, False, True], [False, False, True], [False, False, False]]
    assert rules.outside(rows).tolist() == [[False] * 3, [True, False, False], [False] * 3]
    for index in range(3):
        assert rules.of(index).refused(rows[:, index]).tolist() == rules.refused(rows)[:, index].tolist()


def test_all_is_every_column_or_one_of_that_name() -> None:
    names = ("T (degC)", "all")
    check_rule_names(names, dataset_config(sentinels=[999], valid={"all": [0, 1]}))
    check_rule_names(names, dataset_config(sentinels={"T (degC)": [999]}))
    with pytest.raises(InputError) as caught:
        check_rule_names(names, dataset_config(sentinels={"all": [999]}))
    (fault,) = caught.value.faults
    assert fault.key == "dataset.sentinels.all"


def test_names_that_are_no_columns_are_told_with_the_nearest() -> None:
    dataset = dataset_config(sentinels={"T (degc)": [0], "all": []}, valid={"wind": [0, 1], "p (mbar)": [0, None]})
    with pytest.raises(InputError) as caught:
        check_rule_names(COLUMNS, dataset)
    sentinels, valid = caught.value.faults
    assert (sentinels.key, valid.key) == ("dataset.sentinels", "dataset.valid")
    assert "Received: 'T (degc)'. Did you mean 'T (degC)'?" in sentinels.text
    assert "Received: 'wind'" in valid.text
    assert numbers(valid.text) == []

"""Which columns are forecast, seen, and known ahead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seqexp.config.errors import InputError
from seqexp.data.series.targets import ColumnsAsked, columns_asked
from tests.data.helpers import received
from tests.factories import COLUMNS, dataset_config, random_series

P, T, WV = COLUMNS


def asked(**changes: object) -> ColumnsAsked:
    return columns_asked(dataset_config(**changes), random_series())


def faults(**changes: object) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        columns_asked(dataset_config(**changes), replace(random_series(), dropped=("station",)))
    return received(caught.value)


def test_the_target() -> None:
    assert asked(target=WV) == ColumnsAsked((WV,), COLUMNS, ())
    assert columns_asked(dataset_config(target=None), random_series(columns=1)).targets == (P,)


def test_several_columns_are_forecast_in_the_order_of_the_file() -> None:
    assert asked(target=[WV, P]).targets == (P, WV)
    assert asked(target="all").targets == COLUMNS
    assert asked(target="all", known=[T]).targets == (P, WV), "nobody forecasts what is known ahead"


def test_models_see_the_columns_that_are_asked_for() -> None:
    assert asked(target=T, inputs=[WV, P], known=[WV]) == ColumnsAsked((T,), (P, WV), (WV,))


@pytest.mark.parametrize(
    ("target", "end"),
    [
        (None, "none."),
        ("T (degF)", "'T (degF)'. Did you mean 'T (degC)'?"),
        ("zzz", "'zzz'."),
        ("station", "'station'. 'station' holds no numbers."),
        ("None", "'None'."),
    ],
)
def test_another_target_is_refused(target: str | None, end: str) -> None:
    assert faults(target=target) == [("dataset.target", end)]


def test_every_wrong_name_is_reported_at_once() -> None:
    found = faults(target=[T, "zzz"], inputs=["station", P], known=[T, WV])
    assert [key for key, _ in found] == ["dataset.target", "dataset.inputs", "dataset.known", "dataset.known"]
    assert found[1][1] == "'station'. 'station' holds no numbers."
    assert [end for _, end in found[2:]] == [f"{T!r}.", f"{WV!r}."], "a target, and none of the inputs"


def test_all_columns_are_none_where_all_are_known_ahead() -> None:
    ends = faults(target="all", known=list(COLUMNS))
    assert ends == [("dataset.target", "'all', and dataset.known and dataset.categories leave none.")]


def test_a_name_that_is_there_twice_is_refused() -> None:
    assert faults(target=[T, P, T]) == [("dataset.target", f"{T!r} 2 times.")]
    assert faults(target=T, inputs=[T, WV, WV, WV]) == [("dataset.inputs", f"{WV!r} 3 times.")]
    assert faults(target=T, known=[P, P]) == [("dataset.known", f"{P!r} 2 times.")]


@pytest.mark.parametrize("name", [WV, "weather"])  # of numbers, and of texts
def test_a_category_is_not_known_ahead(name: str) -> None:
    assert faults(target=T, known=[name], categories=[name]) == [("dataset.known", f"{name!r}.")]


def test_an_input_that_is_dropped_is_said_to_be_so() -> None:
    dataset = dataset_config(target=T, inputs=[T, "rh"])
    dataset = dataset.model_copy(update={"format": dataset.format.model_copy(update={"drop": ["rh"]})})
    with pytest.raises(InputError) as caught:
        columns_asked(dataset, random_series())
    assert received(caught.value) == [("dataset.inputs", "'rh'. dataset.format.drop leaves 'rh' out.")]

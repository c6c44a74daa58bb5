"""What is said of several series in one file: its ways out are read back as what they say."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seqexp.data.files.chosen import TableChoice
from seqexp.data.series.stack import stack_faults
from tests.config.oracle import one, plan
from tests.data.survey.made_series import series_of
from tests.data.tables import read

VALUES = ["True", "x,y", "it's", 'say "hi"', "${b}", "e\\", "7e10", "1.10", "null", "two words", "c:d"]
OWN = ("dataset=csv", "dataset.path=a.csv")


def ways_out(name: str, values: list[str]) -> tuple[list[str], list[str] | None]:
    """Return the overrides that read one series, and those that train on each where there are such."""
    series = replace(series_of(np.zeros((4, 1))), stacked={name: tuple(values)})
    (fault,) = stack_faults(series)
    alone, _, each = fault.text[fault.text.rindex("). ") + 3 :].partition("; -m ")
    return shlex.split(alone.removesuffix(" reads one")), shlex.split(each.removesuffix(" trains on each")) or None


@pytest.mark.parametrize("name", ["station", "st.id", "Station (new)", "all,of {it}", "a\\b", "it's", "null", "ü"])
def test_the_column_is_named_as_it_is(name: str) -> None:
    alone, each = ways_out(name, ["A", "B"])
    assert one(*OWN, *alone).series.where == {name: "A"}
    assert (each is None) == (name not in ("station", "null"))


@pytest.mark.parametrize("value", VALUES)
def test_the_value_is_what_the_rows_have(value: str, tmp_path: Path) -> None:
    alone, each = ways_out("id", [value, "other"])
    where = one(*OWN, *alone).series.where
    assert where == {"id": value}
    assert each is not None
    jobs = plan(*OWN, *each, multirun=True).experiments
    assert [job.series.where for job in jobs] == [{"id": value}, {"id": "other"}]
    cell = '"{}"'.format(value.replace('"', '""'))
    rows = [f"2020-01-0{day},{own},{day}" for day in (1, 2, 3) for own in (cell, "other", "third")]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["time,id,x", *rows]))
    assert read(path, choice=TableChoice(where)).values.tolist() == [[1], [2], [3]]


@pytest.mark.parametrize("written", ["true", "True", "TRUE"])
def test_a_constant_is_a_text_however_it_is_written(written: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "\n".join(["time,id,x", *(f"2020-01-0{day},{own},{day}" for day in (1, 2) for own in ("True", "b"))])
    )
    where = one(*OWN, f"dataset.where={{id: {written}}}").series.where
    assert read(path, choice=TableChoice(where)).values.tolist() == [[1], [2]]


@pytest.mark.parametrize(("first", "count", "is_told"), [(1, 24, True), (0, 24, True), (1, 25, True), (1, 12, False)])
def test_hours_of_the_day_beside_a_date_are_told_how_to_be_joined(first: int, count: int, is_told: bool) -> None:
    values = tuple(map(str, range(first, first + count)))
    (fault,) = stack_faults(replace(series_of(np.zeros((4, 1))), stacked={"Hour": values}))
    assert ("dataset.format.time=[DATE,Hour]" in fault.text) == is_told

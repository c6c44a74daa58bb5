from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seqexp.config.errors import InputError
from seqexp.data.files.byte_files import InputFile
from seqexp.data.files.text_table import CellTable
from seqexp.data.text.labelled_table import find_columns, given_parts
from tests.data.helpers import received
from tests.data.text.helpers import text_config, text_format, text_split

LONG = "a text of more than twenty characters"


def table(numbers: tuple[str, ...] = (), **cells: list[str]) -> CellTable:
    return CellTable(dict(cells), tuple(name for name in cells if name not in numbers), ())


def found(columns: CellTable, column: str | None = None, **format: Any) -> tuple[str, str]:
    dataset = text_config(format=text_format(**format), split=text_split(column=column))
    return find_columns(columns, dataset, InputFile(Path("mine.csv"), "dataset.path"))[:2]


def refused(columns: CellTable, column: str | None = None, **format: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        found(columns, column, **format)
    return received(caught.value)


@pytest.mark.parametrize(("text", "label"), [("text", "label"), ("Review", "Sentiment"), ("content", "class")])
def test_usual_names(text: str, label: str) -> None:
    columns = table(**{"id": ["1", "2"], text: ["a", "b"], label: ["p", "n"], "title": [LONG, LONG]})
    assert found(columns) == (text, label)


def test_the_only_long_texts_and_the_only_few_values() -> None:
    columns = table(
        id=[str(n) for n in range(10)], what=[f"{LONG} {n}" for n in range(10)], mood=["up", "down"] * 5, one=["x"] * 10
    )
    assert found(columns) == ("what", "mood")
    dataset = text_config()
    _, _, notes = find_columns(columns, dataset, InputFile(Path("mine.csv"), "dataset.path"))
    assert notes == ["texts in the column 'what', labels in the column 'mood'"]


def test_what_the_user_names_wins() -> None:
    columns = table(text=["a", "b"], title=["c", "d"], label=["p", "n"], stars=["1", "5"])
    assert found(columns, text="title", label="stars") == ("title", "stars")
    assert found(columns, text="title") == ("title", "label")


def test_texts_that_come_last_are_seen_as_well() -> None:
    """A file that is sorted by length begins with texts that are as short as names."""
    columns = table(what=["so so"] * 1500 + [f"{LONG} {LONG} {LONG}"] * 1500, mood=["up", "down"] * 1500)
    assert found(columns)[0] == "what"


def test_several_candidates_are_listed() -> None:
    columns = table(text=["a", "b"], review=["c", "d"], label=["p", "n"], sentiment=["p", "n"])
    with pytest.raises(InputError) as caught:
        found(columns)
    for fault, key, candidates in zip(
        caught.value.faults, ("text", "label"), ("'text', 'review'", "'label', 'sentiment'"), strict=True
    ):
        assert fault.key == f"dataset.format.{key}"
        assert f"any of {candidates} " in fault.text
        assert fault.text.endswith("Columns: 'text', 'review', 'label', 'sentiment'.")


def test_no_candidate() -> None:
    faults = refused(table(numbers=("a",), a=["1", "2"], b=["x", "y"]))
    assert faults[0] == ("dataset.format.text", "null. Columns: 'a', 'b'.")


def test_wrong_names_are_refused_at_once_with_the_nearest() -> None:
    columns = table(text=["a", "b"], label=["p", "n"], part=["train", "test"])
    faults = refused(columns, column="parts", text="texts", label="lable")
    assert [key for key, _ in faults] == [
        "dataset.format.text",
        "dataset.format.label",
        "dataset.split.column",
    ]
    assert faults[1][1] == "'lable'. Did you mean 'label'? Columns: 'text', 'label', 'part'."
    assert refused(columns, text="text", label="text")[0] == ("dataset.format.label", "'text' twice.")


def test_a_first_row_of_data_is_no_header() -> None:
    columns = table(**{"ham": ["ham", "spam"] * 4, LONG: [f"{LONG} {n}" for n in range(8)]})
    (fault,) = refused(columns)
    assert fault[0] == "dataset.path"
    assert "'ham' is a label as well" in fault[1]


def test_parts() -> None:
    assert given_parts(["train", "Validation", " dev ", "TEST"], "part") == [0, 1, 1, 2]
    with pytest.raises(InputError, match=r"Received: 'tset', None in 'part', first in row 2\. Did you mean 'test'\?"):
        given_parts(["train", "tset", None], "part")

from __future__ import annotations

from typing import Any

import pytest

from seqexp.config.errors import InputError
from seqexp.data.files.text_table import TextTable
from seqexp.data.text.labelled_table import find_columns, given_parts
from tests.data.text.helpers import text_config, text_format, text_split

LONG = "a text of more than twenty characters"


def table(numbers: tuple[str, ...] = (), **cells: list[str]) -> TextTable:
    return TextTable(dict(cells), tuple(name for name in cells if name not in numbers), ())


def found(columns: TextTable, column: str | None = None, **format: Any) -> tuple[str, str]:
    dataset = text_config(format=text_format(**format), split=text_split(column=column))
    kept = find_columns(columns, dataset, "dataset.path")
    return kept.text, kept.label


def refused(columns: TextTable, column: str | None = None, **format: Any) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        found(columns, column, **format)
    return caught.value.texts


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
    assert find_columns(columns, dataset, "dataset.path").notes == (
        "texts in the column 'what', labels in the column 'mood'",
    )


def test_what_the_user_names_wins() -> None:
    columns = table(text=["a", "b"], title=["c", "d"], label=["p", "n"], stars=["1", "5"])
    assert found(columns, text="title", label="stars") == ("title", "stars")
    assert found(columns, text="title") == ("title", "label")


def test_several_candidates_are_listed() -> None:
    columns = table(text=["a", "b"], review=["c", "d"], label=["p", "n"], sentiment=["p", "n"])
    assert refused(columns) == (
        "dataset.format.text must name the column of the texts: any of 'text', 'review' may hold them. "
        "Received: null. Columns: 'text', 'review', 'label', 'sentiment'.",
        "dataset.format.label must name the column of the labels: any of 'label', 'sentiment' may hold them. "
        "Received: null. Columns: 'text', 'review', 'label', 'sentiment'.",
    )


def test_no_candidate() -> None:
    faults = refused(table(numbers=("a",), a=["1", "2"], b=["x", "y"]))
    assert "none looks like it. Received: null. Columns: 'a', 'b'." in faults[0]


def test_wrong_names_are_told_at_once_with_the_nearest() -> None:
    columns = table(text=["a", "b"], label=["p", "n"], part=["train", "test"])
    faults = refused(columns, column="parts", text="texts", label="lable")
    assert [fault.split(" must")[0] for fault in faults] == [
        "dataset.format.text",
        "dataset.format.label",
        "dataset.split.column",
    ]
    assert "Received: 'lable'. Did you mean 'label'? Columns: 'text', 'label', 'part'." in faults[1]
    assert "Received: 'text' twice." in refused(columns, text="text", label="text")[0]


def test_a_first_row_of_data_is_no_header() -> None:
    columns = table(**{"ham": ["ham", "spam"] * 4, LONG: [f"{LONG} {n}" for n in range(8)]})
    assert "which looks like a row of values: 'ham' is a label as well" in refused(columns)[0]


def test_parts() -> None:
    assert given_parts(["train", "Validation", " dev ", "TEST"], "part") == [0, 1, 1, 2]
    with pytest.raises(InputError, match=r"Received: 'tset', None in 'part', first in row 2\. Did you mean 'test'\?"):
        given_parts(["train", "tset", None], "part")

"""Conditions on runs: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

import contextlib
import math
import operator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.errors import InputError
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.reading.where import parse_condition, select_runs


def run_of(
    params: dict[str, str] | None = None,
    metrics: dict[str, float] | None = None,
    tags: dict[str, str] | None = None,
    **attributes: str,
) -> StoredRun:
    now = datetime.now(UTC)
    run = StoredRun(
        run_id="1f2e", experiment="ladder", name="gru step=3", status="FINISHED", started=now, ended=now,
        params=params or {}, tags=tags or {}, metrics=metrics or {}, artifacts="",
    )  # fmt: skip
    return replace(run, **attributes)  # type: ignore[arg-type]


RUN = run_of(
    {"model.name": "gru", "model.units": "9", "dataset.calendar": "true", "model.rate": "null", "model.depth": "1e1"},
    {"best_val_mae": 0.25, "loss": math.nan, "worst": math.inf},
    {"who": "Ann O'Neil", "odd name": "x", "params.model.units": "tagged"},
)


@pytest.mark.parametrize(
    "text",
    [
        "model.units > 8",
        "model.units<16",  # as a text, "9" is more than "16"
        "model.units == 9.0",
        "model.units = 9 and model.name = gru",
        "model.depth >= 10",
        "dataset.calendar = True",
        "dataset.calendar = true and model.rate = null",
        "model.rate != 0",
        "not model.rate < 5",
        "best_val_mae < .3 or nothing_at_all = 1",
        "metrics.best_val_mae <= 2.5e-1",
        "params.model.units = 9",
        "tags.who ~ '^ann' or who ~ Neil",
        'who = "Ann O\'Neil"',
        r"who = 'Ann O\'Neil'",
        "`odd name` = x",
        "`odd name` in [y, 'x']",
        "model.units in [3, 9] and model.units not in [3]",
        "not (model.units in [3,9] and model.name = lstm)",
        "model.name < lstm",  # texts are ordered as texts
        "name ~ 'step=\\d' and status = finished and experiment = ladder and id = 1f2e",
        "loss != 1 and not loss < 1 and not loss >= 1",
        "worst > 1e300",
        "model.units > -1e3",
        "NOT model.units = 3 AND model.name != lstm",
    ],
)
def test_what_holds(text: str) -> None:
    assert parse_condition(text).holds(RUN)
    assert not parse_condition(f"not ({text})").holds(RUN)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--where must have a name such as model.units at the end. Received: ''."),
        ("model.units >", "--where must have a number, a text in quotes, or a word at the end."),
        ("model.units > and", "instead of 'and' at character 15"),
        ("model.units 16", "must have in, not in, or one of = == != < <= > >= ~ instead of '16' at character 13"),
        ("model.units > 3 4", "must have and, or, or the end instead of '4' at character 17"),
        ("(a = 1", "must have and, or, or ) at the end"),
        ("a = 1 & b = 2", "character 7, '&', can't be read"),
        ("a = 'open", "character 5, \"'\", can't be read"),
        ("a ~ '('", "must have a regular expression after ~, at character 5. Received: '('"),
        ("a in 3", "must have [ instead of '3'"),
        ("a in [1, 2", "must have , or ] at the end"),
        ("a not 3", "must have in instead of '3'"),
        ("= 3", "must have a name such as model.units instead of '=' at character 1"),
        ("3 < a", "must have a name such as model.units instead of '3'"),
        ("a ~ 'b{99999999999999}'", "must have a regular expression after ~, at character 5. Received: 'b{99"),
        (f"a ~ '{'(' * 5000}{')' * 5000}'", "must have a regular expression after ~, at character 5."),
        ("(" * 5000, "must have at most 100 brackets and nots within one another instead of '(' at character 102."),
        ("not " * 101 + "a = 1", "must have at most 100 brackets and nots within one another"),
    ],
)
def test_what_cannot_be_understood(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_condition(text)
    (fault,) = raised.value.texts
    assert message in fault
    assert fault.startswith("--where must ")


def test_many_brackets_are_understood() -> None:
    deep = "(" * 99 + "not model.units = 1" + ")" * 99
    assert select_runs([RUN], " and ".join([deep] * 200)) == [RUN]


def test_names_that_no_run_has_are_told_all_at_once() -> None:
    with pytest.raises(InputError) as raised:
        select_runs([RUN], "model.unit > 3 and best_val_mea < 1 and units = 9 and metrics.xyz = 1 and model.name = gru")
    assert [fault.partition(", which")[0] for fault in raised.value.texts] == [
        "--where names 'model.unit'", "--where names 'best_val_mea'", "--where names 'units'",
        "--where names 'metrics.xyz'",
    ]  # fmt: skip
    hints = ["'model.units'?", "'best_val_mae'?", "'model.units'?"]
    assert all(
        fault.endswith(f"Did you mean {hint}") for fault, hint in zip(raised.value.texts[:3], hints, strict=True)
    )
    assert select_runs([], "model.unit > 3") == []  # there is nothing to compare with


def test_what_one_run_lacks_another_may_have() -> None:
    other = run_of({"model.dropout": "0.5"}, name="other")
    assert select_runs([RUN, other], "model.dropout > 0.1") == [other]
    assert select_runs([RUN, other], "model.dropout != 0.1") == [RUN, other]
    assert select_runs([RUN, other], "not model.dropout > 0.1") == [RUN]


NUMBERS = st.floats(allow_nan=False, width=32)
SIGNS = {
    "=": operator.eq, "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip


@given(held=NUMBERS, value=st.floats(allow_nan=False, allow_infinity=False), sign=st.sampled_from(list(SIGNS)))
def test_numbers_compare_as_numbers_wherever_they_are_kept(held: float, value: float, sign: str) -> None:
    expected = SIGNS[sign](held, value)
    text = f"x {sign} {value!r}"
    assert parse_condition(text).holds(run_of(metrics={"x": held})) is expected
    assert parse_condition(text).holds(run_of({"x": repr(held)})) is expected
    assert parse_condition(text).holds(run_of(tags={"x": f"{held!r}"})) is expected


@given(held=st.text(), value=st.text(), sign=st.sampled_from(list(SIGNS)))
def test_quoted_texts_compare_as_texts(held: str, value: str, sign: str) -> None:
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert parse_condition(f"x {sign} {quoted}").holds(run_of({"x": held})) is SIGNS[sign](held, value)


CONDITIONS = st.recursive(
    st.sampled_from([("a = 1", "A"), ("b = 1", "B"), ("c in [1]", "C")]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: (f"{two[0][0]} and {two[1][0]}", f"{two[0][1]} and {two[1][1]}")),
        st.tuples(inner, inner).map(lambda two: (f"{two[0][0]} or {two[1][0]}", f"{two[0][1]} or {two[1][1]}")),
        inner.map(lambda one: (f"not {one[0]}", f"not {one[1]}")),
        inner.map(lambda one: (f"({one[0]})", f"({one[1]})")),
    ),
    max_leaves=8,
)


@given(condition=CONDITIONS, values=st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_and_or_not_and_parentheses_bind_as_in_python(
    condition: tuple[str, str], values: tuple[bool, bool, bool]
) -> None:
    text, python = condition
    run = run_of({key: str(int(value)) for key, value in zip("abc", values, strict=True)})
    assert parse_condition(text).holds(run) is eval(python, dict(zip("ABC", values, strict=True)))


@given(st.text(alphabet="ab.=<>!~()[],'\"` 12-+andortni&", max_size=30))
def test_any_text_is_a_condition_or_wrong_input(text: str) -> None:
    with contextlib.suppress(InputError):  # any other error fails the test
        where = parse_condition(text)
        assert where.names
        assert where.holds(RUN) in (True, False)

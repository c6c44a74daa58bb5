"""Nearest names, and values as messages echo them."""

from __future__ import annotations

import pickle

import pytest

from seqexp.config.errors import (
    Fault,
    InputError,
    collecting,
    nearest,
    nearest_key,
    nearest_path,
    refused,
    shown,
    wrong,
)

KEYS = ["seed", "dataset", "dataset.step", "dataset.name", "model", "model.name", "training", "training.epochs"]


@pytest.mark.parametrize(
    ("name", "found"), [("GRUU", "GRU"), ("gru", "GRU"), ("lstm", "LSTM"), ("zzz", None), ("", None)]
)
def test_nearest(name: str, found: str | None) -> None:
    assert nearest(name, ["GRU", "LSTM"]) == (f" Did you mean {found!r}?" if found else "")


def test_nearest_key_names_all_where_none_is_near() -> None:
    assert nearest_key("a.stepp", ["step", "name"]) == " Did you mean 'a.step'?"
    assert nearest_key("a.zzz", ["step", "name"]) == " Known: a.step, a.name."


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("sead", "seed"),
        ("epochs", "training.epochs"),
        ("dataset.epochs", "training.epochs"),
        ("modell.name", "model.name"),
        ("dataset.stap", "dataset.step"),
        ("trainig.epoch", "training.epochs"),
        ("dataset.step.x", None),
        ("zzz", None),
    ],
)
def test_nearest_path(key: str, found: str | None) -> None:
    assert nearest_path(key, KEYS) == (f" Did you mean {found!r}?" if found else "")


def test_shown() -> None:
    assert shown("x") == "'x'"
    assert shown(None) == "None"
    assert len(shown("x" * 10_000)) < 300
    assert shown("x" * 10_000).endswith("… (10,002 characters)")


def test_an_input_error_keeps_its_faults() -> None:
    one, two = Fault("seed", "one"), Fault("model", "two")
    error = InputError(one, two, one)
    assert error.faults == (one, two)
    assert error.texts == ("one", "two")
    assert str(error) == "one\ntwo"
    assert pickle.loads(pickle.dumps(error)).faults == error.faults


def test_faults_are_collected_to_be_reported_at_once() -> None:
    faults = [wrong("seed", "must be an integer.")]
    with collecting(faults):
        raise refused("model.units", "must be an integer.")
    with collecting(faults):
        pass
    assert [fault.key for fault in faults] == ["seed", "model.units"]
    assert faults[1].text == "model.units must be an integer."

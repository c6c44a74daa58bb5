"""A run is found by its id, its name or the beginning of its id; its files are read as they were recorded."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.tracking.reading.artifacts import read_artifacts
from seqexp.tracking.reading.find import find_run, run_label
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store


def record(store: Store, name: str, experiment: str = "imdb") -> str:
    with RunRecorder(store, experiment, name, "run", {}, {}, None, None) as run:
        run.log_text("größer\n", "note.txt")
        run.log_text("{}", "deeper/facts.json")
    time.sleep(0.002)  # so that no two begin in the same millisecond
    return run.run_id


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db", Path("/nowhere"))


@pytest.fixture(scope="module")
def ids(store: Store) -> list[str]:
    return [record(store, "lstm"), record(store, "gru"), record(store, "lstm"), record(store, "deep lstm", "other")]


def shortest_prefix(wanted: str, ids: list[str]) -> str:
    return next(wanted[:n] for n in range(1, 33) if sum(id.startswith(wanted[:n]) for id in ids) == 1)


def test_an_id_a_name_or_the_beginning_of_an_id(store: Store, ids: list[str]) -> None:
    for id in ids:
        assert find_run(store, id).info.run_id == id
        assert find_run(store, shortest_prefix(id, ids)).info.run_id == id
        assert find_run(store, id[:20].upper()).info.run_id == id
    assert find_run(store, "gru").info.run_id == ids[1]
    assert find_run(store, "deep lstm").info.run_id == ids[3]


def test_the_newest_of_a_name_is_meant(store: Store, ids: list[str]) -> None:
    found = find_run(store, "lstm")
    assert found.info.run_id == ids[2]
    assert run_label(found).startswith(f"lstm (id {ids[2]}, started 2")


def test_a_name_wins_over_the_beginning_of_an_id(store: Store, ids: list[str]) -> None:
    named = record(store, ids[0][:12])
    assert find_run(store, ids[0][:12]).info.run_id == named
    store.client.delete_run(named)
    assert find_run(store, ids[0][:12]).info.run_id == ids[0]


@pytest.mark.parametrize(
    ("text", "hint"),
    [("lstn", " Did you mean 'lstm'?"), ("deep", " Did you mean 'deep lstm'?"), ("", ""), ("xyzxyz", "")],
)
def test_no_such_run(store: Store, ids: list[str], text: str, hint: str) -> None:
    with pytest.raises(InputError) as raised:
        find_run(store, text)
    (fault,) = raised.value.faults
    assert fault.key == "RUN"
    assert all(fact in fault.text for fact in (store.shown, "4 runs", f"Received: {text!r}"))
    assert fault.text.endswith(f"Received: {text!r}.{hint}")


def test_a_mistyped_id_is_told_with_the_nearest(store: Store, ids: list[str]) -> None:
    wrong = ids[0][:-1] + ("0" if ids[0][-1] != "0" else "1")
    with pytest.raises(InputError, match=f"Did you mean '{ids[0]}'"):
        find_run(store, wrong)


def test_several_ids_that_begin_so_are_listed(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    ids = [record(store, f"run {number}") for number in range(17)]  # of 16 first digits, one comes twice
    first = [id[0] for id in ids]
    twice = next(digit for digit in first if first.count(digit) > 1)
    with pytest.raises(
        InputError, match=rf"^RUN must be the id of one run\. Received: '{twice}', with which"
    ) as raised:
        find_run(store, twice)
    begun = [id for id in reversed(ids) if id[0] == twice]
    assert f"which {len(begun)} begin: {begun[0]} (run {ids.index(begun[0])}), {begun[1]}" in str(raised.value)


def test_an_empty_store(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has 0 runs"):
        find_run(open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path), "lstm")


def test_files_are_read_as_they_were_recorded(store: Store, ids: list[str]) -> None:
    assert read_artifacts(store, ids[0], ("note.txt", "lacking.npy")) == {"note.txt": "größer\n".encode()}

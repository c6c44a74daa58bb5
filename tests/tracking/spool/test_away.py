"""A server that goes away while a run is recorded: nothing is lost, nothing is recorded twice, nothing waits."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from seqexp.runs.checkpointing import recorded_run
from seqexp.runs.sync import sync_runs, waiting_runs
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.spool.delivery import SILENCE
from seqexp.tracking.spool.outbox import NO_STORE, Undelivered
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store
from tests.background import until
from tests.mlflow_server import Proxy, Server
from tests.postgres import running_postgres

EPOCHS = 6
PARAMS = {f"model.layers[{number}]": str(number) for number in range(120)} | {"long": "x" * 7000}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    if request.param == "sqlite":
        with Server(folder) as running:
            yield running
        return
    with running_postgres() as postgres, Server(folder, postgres.create("mlflow")) as running:
        yield running


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    with Proxy(server) as running:
        yield running


def recorder(store: Store, said: list[str], patience: float = 60.0) -> RunRecorder:
    own = {"seqexp.overrides": "model=gru", "note": "ä"}
    return RunRecorder(store, "e", "gru", "run", own, PARAMS, "a note", None, patience=patience, say=said.append)


def fill(run: RunRecorder, between: Callable[[int], None]) -> None:
    """Record what a training does; `between` is called before each epoch."""
    run.log_text("seed: 1\n", "config.yaml")
    run.log_dataset("jena", "d" * 64, "a file", {"rows": 3, "odd": math.nan})
    for epoch in range(1, EPOCHS + 1):
        between(epoch)
        begin = time.monotonic()
        run.log_epoch(epoch, {"loss": 1 / epoch, "val_mae": math.nan if epoch == 2 else math.inf, "same": 1.0})
        assert time.monotonic() - begin < 1, "the training waited for the store"
    run.log_summary({"test_mae": 0.25, "best_epoch": EPOCHS})
    run.set_tags({"note": "changed", "more": "y"})
    run.log_text("largest\n" * 10_000, "plots/deep/notes.txt")


def facts(store: Store, run_id: str) -> dict[str, Any]:
    """Return everything that a store has of a run, but for what no two runs have in common."""
    run = store.run(run_id)
    points = {
        name: [(point.step, str(point.value)) for point in store.client.get_metric_history(run_id, name)]
        for name in run.data.metrics
    }
    files = {}
    folders = [""]
    while folders:
        for item in store.client.list_artifacts(run_id, folders.pop() or None):
            if item.is_dir:
                folders.append(item.path)
            else:
                files[item.path] = Path(store.client.download_artifacts(run_id, item.path)).read_bytes()
    tags = {key: value for key, value in run.data.tags.items() if key != "seqexp.local_id"}
    inputs = [(each.dataset.name, each.dataset.digest, each.dataset.profile) for each in run.inputs.dataset_inputs]
    assert run.info.end_time >= run.info.start_time
    return {
        "status": run.info.status,
        "name": run.info.run_name,
        "params": run.data.params,
        "points": points,
        "tags": tags,
        "inputs": inputs,
        "files": files,
    }


@pytest.fixture(scope="module")
def untroubled(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the store has of a run that was recorded without trouble."""
    folder, said = tmp_path_factory.mktemp("untroubled"), list[str]()
    store = open_store(server.uri, folder)
    with recorded_run(recorder(store, said), folder / "runs") as (run, _):
        fill(run, lambda _: None)
    assert said == []
    assert list((folder / "runs").iterdir()) == []
    found = facts(store, run.run_id)
    assert found["status"] == "FINISHED"
    assert len(found["points"]["loss"]) == EPOCHS
    assert set(found["files"]) == {"config.yaml", "plots/deep/notes.txt", "whole_values.json"}
    return found


@contextmanager
def same_as(untroubled: dict[str, Any], store: Store) -> Iterator[Callable[[str], None]]:
    """Yield a function that checks a run against the untroubled one, and that no run was created twice."""
    ids = list(store.experiments().values())
    before = len(list(store.runs(ids)))

    def check(run_id: str) -> None:
        assert facts(store, run_id) == untroubled

    yield check
    assert len(list(store.runs(ids))) == before + 1


@pytest.mark.slow
def test_a_reply_that_is_lost_changes_nothing(
    proxy: Proxy, server: Server, untroubled: dict[str, Any], tmp_path: Path
) -> None:
    """The server carries every request out, and the first reply to each is lost: the run's creation, too."""
    store, said = open_store(proxy.uri, tmp_path), list[str]()
    with same_as(untroubled, open_store(server.uri, tmp_path)) as check:
        proxy.mode = "lose"
        with recorded_run(recorder(store, said), tmp_path / "runs") as (run, _):
            fill(run, lambda _: None)
        assert len(proxy.lost) > 15
        check(run.run_id)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "frozen", "fails", "slow"])
def test_a_store_that_is_away_for_a_while_holds_nothing_up(
    how: str, proxy: Proxy, server: Server, untroubled: dict[str, Any], tmp_path: Path
) -> None:
    store, said = open_store(proxy.uri if how in ("fails", "slow") else server.uri, tmp_path), list[str]()
    proxy.seconds = 1.3 * SILENCE

    def between(epoch: int) -> None:
        if epoch == 2:
            run.settle()
            if how == "killed":
                server.stop()
            elif how == "frozen":
                server.freeze(frozen=True)
            else:
                proxy.mode = "fail" if how == "fails" else "slow"
        if epoch == EPOCHS:  # epochs 2 to 5 wait
            until(lambda: len(said) > 0, 4 * SILENCE)
            if how == "killed":
                server.start()
            elif how == "frozen":
                server.freeze(frozen=False)
            else:
                proxy.mode = "pass"
            until(lambda: len(said) > 1)

    with same_as(untroubled, open_store(server.uri, tmp_path)) as check:
        run = recorder(store, said)
        with recorded_run(run, tmp_path / "runs"):
            fill(run, between)
        check(run.run_id)
    away, back = said
    assert away.startswith("the store does not answer (")
    assert away.endswith("): training goes on, 4 epochs wait on disk")
    assert ("HTTP status 500" in away) == (how == "fails")
    assert "answers again" in back


@pytest.mark.slow
@pytest.mark.parametrize("how", ["frozen", "disconnected"])
def test_so_it_is_with_a_database_itself(how: str, tmp_path: Path) -> None:
    said: list[str] = []
    with running_postgres() as database:
        store = open_store(database.create("direct"), tmp_path)

        def between(epoch: int) -> None:
            if how == "disconnected":
                run.settle()
                database.disconnect()
            elif epoch == 2:
                run.settle()
                database.freeze(frozen=True)
            elif epoch == EPOCHS:
                until(lambda: len(said) > 0, 4 * SILENCE)
                database.freeze(frozen=False)
                until(lambda: len(said) > 1)

        with recorded_run(recorder(store, said), tmp_path / "runs") as (run, _):
            fill(run, between)
        assert [line.startswith("the store does not answer") for line in said] == ([True, False] if said else [])
        assert bool(said) == (how == "frozen")
        found = facts(store, run.run_id)
        assert found["status"] == "FINISHED"
        assert [step for step, _ in found["points"]["loss"]] == list(range(1, EPOCHS + 1))
        assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("offline", [False, True])
def test_what_a_store_has_not_taken_is_delivered_later_and_once(
    offline: bool, server: Server, untroubled: dict[str, Any], tmp_path: Path
) -> None:
    store, said, runs_folder = open_store(server.uri, tmp_path), list[str](), tmp_path / "runs"

    def between(epoch: int) -> None:
        if epoch == 4 and not offline:
            server.stop()

    with same_as(untroubled, store) as check:
        target, ends = (NO_STORE, nullcontext()) if offline else (store, pytest.raises(Undelivered))
        kept = recorded_run(recorder(target, said, patience=2.0), runs_folder)
        with ends as caught, kept as (run, _):
            fill(run, between)
        if caught is not None:
            assert re.match(r"\d epochs and \d other records of the run wait on disk, in ", str(caught.value))
            server.start()
        (folder,) = waiting_runs(runs_folder)
        assert folder.path.name == run.run_id
        lines: list[str] = []
        with folder.try_lock():  # the run lives, or another command delivers
            assert sync_runs(store, runs_folder, lines.append) == 1
        assert sync_runs(store, runs_folder, lines.append) == 0
        assert "delivered" in lines[-1]
        assert list(runs_folder.iterdir()) == []
        newest = next(iter(store.runs(list(store.experiments().values()))))
        check(newest.info.run_id)
        assert (newest.info.run_id == run.run_id) != offline

"""What waits on disk is delivered by `seqexp sync`."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.runs.sync import waiting_runs
from seqexp.tracking.store.opening import find_store
from tests.background import free_port, read_until, started
from tests.conftest import Run
from tests.factories import make_plan
from tests.mlflow_server import Server


@pytest.mark.slow
def test_a_run_without_a_store_is_recorded_later(seqexp: Run, small: list[str], tmp_path: Path) -> None:
    nowhere = f"tracking.uri=http://127.0.0.1:{free_port()}"  # nobody listens there
    trained = seqexp("train", *small, "model=naive", "tracking.offline=true", nowhere, cwd=tmp_path)
    assert trained.returncode == 0, trained.stderr
    assert "seqexp sync" in trained.stdout
    assert not (tmp_path / "mlflow.db").exists()
    away = seqexp("sync", nowhere, cwd=tmp_path)
    assert (away.returncode, away.stdout) == (1, "")
    assert "1 run still waits" in away.stderr
    synced = seqexp("sync", cwd=tmp_path)
    assert synced.returncode == 0, synced.stderr
    again = seqexp("sync", cwd=tmp_path)
    assert again.returncode == 0
    assert again.stdout.startswith("nothing waits in ")
    store = find_store(None, tmp_path)
    (run,) = store.runs(list(store.experiments().values()))
    assert run.info.status == "FINISHED"
    assert run.data.metrics["test_mae"] > 0
    assert run.data.params["tracking.offline"] == "true"
    assert waiting_runs(tmp_path / ".seqexp" / "runs") == []


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_ctrl_c_ends_a_training_whose_store_is_away(
    how: str, small: list[str], environment: dict[str, str], seqexp: Run, tmp_path: Path
) -> None:
    (tmp_path / "server").mkdir()
    with Server(tmp_path / "server") as server:
        uri = f"tracking.uri={server.uri}"
        long = [*small, "training.epochs=100000", "training.steps_per_epoch=200", "model=gru", uri]
        with started(["train", *long], tmp_path, environment) as process:
            read_until(process, " 2/100000 ")
            server.stop() if how == "killed" else server.freeze(frozen=True)
            read_until(process, "the store does not answer")
            begin = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
            assert time.monotonic() - begin < 2
        assert process.returncode == 130
        assert re.search(r"epochs? (are|is) recorded in run \w{32}, \d+ waits? on disk", said)
        assert "seqexp sync" in said
        server.start() if how == "killed" else server.freeze(frozen=False)
        synced = seqexp("sync", uri, cwd=tmp_path)
        assert synced.returncode == 0, synced.stderr
        store = find_store(server.uri, tmp_path)
        (run,) = store.runs(list(store.experiments().values()))
        assert run.info.status == "KILLED"
        steps = [point.step for point in store.client.get_metric_history(run.info.run_id, "loss")]
        assert steps == list(range(1, len(steps) + 1))
        assert len(steps) > 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "jobs", [["seed=1,2"], ["hydra/sweeper=optuna", "hydra.sweeper.trials=2", "model.units=range(2,6)"]]
)
def test_a_sweep_whose_store_is_away_ends_and_goes_on_without_what_is_done(
    jobs: list[str], small: list[str], environment: dict[str, str], seqexp: Run, tmp_path: Path
) -> None:
    (tmp_path / "server").mkdir()
    with Server(tmp_path / "server") as server:
        uri = f"tracking.uri={server.uri}"
        sweep = [
            "train",
            "-m",
            *small,
            "training.epochs=4",
            "training.steps_per_epoch=100",
            "model=gru",
            *jobs,
            uri,
        ]
        with started(sweep, tmp_path, environment) as process:
            for awaited in ("job 2 of 2", " 1/4 "):
                read_until(process, awaited)
            server.stop()
            read_until(process, "wait on disk. Ctrl-C ends the wait")  # job 2 has all its figures
            begin = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            assert time.monotonic() - begin < 6
        assert process.returncode == 130
        server.start()
        resumed = seqexp(*sweep, "--resume", cwd=tmp_path)
        assert resumed.returncode == 0, resumed.stderr
        # A search learns from its store alone that another command has done the second trial.
        assert len(re.findall("done before: |done by another sweep: ", resumed.stdout)) == 2
        store = find_store(server.uri, tmp_path)
        runs = list(store.runs(list(store.experiments().values())))
        assert [run.info.status for run in runs] == ["FINISHED"] * 3
        assert waiting_runs(tmp_path / ".seqexp" / "runs") == []


def test_sync_takes_only_what_says_where_things_are(seqexp: Run, tmp_path: Path) -> None:
    done = seqexp("sync", "model=gru", "tracking.checkpoint=x", cwd=tmp_path)
    assert done.returncode == 2
    assert "model=gru can't be used with seqexp sync" in done.stderr
    assert "Did you mean 'tracking.checkpoints'?" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_needs_a_store() -> None:
    with pytest.raises(InputError, match=r"tracking\.offline can't be used with -m") as caught:
        make_plan(["tracking.offline=true", "seed=1,2"], multirun=True)
    assert caught.value.faults[0].key == "tracking.offline"

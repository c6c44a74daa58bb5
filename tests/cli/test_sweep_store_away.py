"""A server that goes away while a sweep's jobs run side by side: it is told, and nothing is lost."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from seqexp.tracking.store.opening import open_store
from tests.background import read_until, until
from tests.mlflow_server import Server

EPOCHS = 12


@pytest.mark.slow
def test_jobs_side_by_side_go_on_and_say_what_waits(
    tmp_path: Path, small: list[str], environment: dict[str, str]
) -> None:
    longer = [text for text in small if not text.startswith("training.")]
    work = ["model=gru", "model.units=8", f"training.epochs={EPOCHS}", "training.steps_per_epoch=60", "seed=1,2,3"]
    with Server(tmp_path) as server:
        store = open_store(server.uri, tmp_path)

        def histories() -> dict[str, list[int]]:
            runs = store.runs(list(store.experiments().values()), "tags.`seqexp.kind` = 'trial'")
            return {
                str(run.info.run_name): [
                    point.step for point in store.client.get_metric_history(run.info.run_id, "val_mae")
                ]
                for run in runs
            }

        words = [*longer, *work, "hydra/launcher=parallel", "hydra.launcher.workers=2", f"tracking.uri={server.uri}"]
        command = [sys.executable, "-u", "-m", "seqexp", "train", "-m", *words]
        with Popen(command, cwd=tmp_path, env=environment, stdout=PIPE, stderr=PIPE, text=True) as sweep:
            try:
                until(lambda: any(histories().values()))
                server.freeze(frozen=True)
                line = read_until(sweep, "note     seed=")
            finally:
                server.freeze(frozen=False)
            rest, errors = sweep.communicate(timeout=120)
            assert (sweep.returncode, errors) == (0, "")
        assert histories() == {f"seed={seed}": list(range(1, EPOCHS + 1)) for seed in (1, 2, 3)}
    assert re.search(r": (the store does not answer|waiting for the store).* on disk", line), line
    assert rest.count("done     seed=") == 3

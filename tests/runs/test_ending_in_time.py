"""Ctrl-C and SIGTERM end a run once and in time, whatever it is at; all that it had completed stays on disk."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seqexp.runs.checkpointing import report_crashed_runs
from seqexp.runs.processes import TooLate, time_limit
from seqexp.runs.sync import waiting_runs
from seqexp.tracking.store.opening import open_store

# A process that records a run and is then at something for long.
SCRIPT = """
import hashlib, sys, time
from pathlib import Path
from seqexp.cli import ls, main
from seqexp.runs.checkpointing import recorded_run
from seqexp.runs.interrupts import interrupts_end_run
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store

folder, how = Path(sys.argv[1]), sys.argv[2]

def train(_):
    with interrupts_end_run():
        store = open_store(f"sqlite:///{folder}/mlflow.db", folder)
        recorder = RunRecorder(store, "e", "long", "run", {}, {}, None, None)
        with recorded_run(recorder, folder / "runs") as (run, own):
            run.log_epoch(1, {"loss": 0.5})
            (own.path / "epoch-00000001.checkpoint").touch()
            print("ready", flush=True)
            if how == "compiled":
                hashlib.pbkdf2_hmac("sha256", b"x", b"x", 60_000_000)  # a minute, in which Python handles no signal
            try:
                time.sleep(60)
            finally:
                print("ending", flush=True)
                time.sleep(0.4)

ls.main = train
sys.argv = ["seqexp", "ls", "runs"]
sys.exit(main.main())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "number"), [("compiled", signal.SIGINT), ("python", signal.SIGINT), ("python", signal.SIGTERM)]
)
def test_a_run_ends_in_order_whatever_it_is_at(how: str, number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path), how], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        begin = time.monotonic()
        process.send_signal(number)
        if how == "python":
            assert process.stdout.readline() == "ending\n"
            process.send_signal(signal.SIGINT)  # in vain: the run is ending
            process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert time.monotonic() - begin < 10  # two seconds where the machine has nothing else to do
    word, code = ("interrupted", 130) if number == signal.SIGINT else ("terminated", 143)
    assert process.returncode == code, errors
    assert errors.splitlines()[0] == word
    assert "Traceback" not in errors
    assert "goes on after epoch 1" in errors
    store = open_store(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)
    report_crashed_runs(store, tmp_path / "runs", pytest.fail)  # what the store had no time to take
    (run,) = store.runs(list(store.experiments().values()))
    assert run.info.status == "KILLED"
    assert [point.step for point in store.client.get_metric_history(run.info.run_id, "loss")] == [1]
    assert waiting_runs(tmp_path / "runs") == []


def test_a_block_with_a_limit_is_left_and_what_follows_goes_on() -> None:
    before = signal.getsignal(signal.SIGALRM)
    done = []
    with time_limit(0.05):
        done.append("begun")
        time.sleep(60)
        done.append("ended")
    with time_limit(60):
        done.append("another")
    assert done == ["begun", "another"]
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert not issubclass(TooLate, Exception)  # which libraries catch

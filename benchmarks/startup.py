"""How long a person waits for an answer of the command, and for the first training step."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.client import child_environment
from benchmarks.rounds import Figure, Sample, in_turn

FIRST_STEP = "seqexp train ..., to the first training step"

# What is typed, the module that is run, and the exit code that is right.
_SIMULATED = "dataset.source=simulated"
_COMMANDS: dict[str, tuple[str, Sequence[str], int]] = {
    "seqexp --help": ("seqexp", ["--help"], 0),
    "seqexp ls models": ("seqexp", ["ls", "models"], 0),
    "seqexp train model=gruu": ("seqexp", ["train", "model=gruu"], 2),
    f"seqexp validate model=gru {_SIMULATED}": ("seqexp", ["validate", "model=gru", _SIMULATED], 0),
    FIRST_STEP: (
        "benchmarks.first_step",
        [
            "train",
            "model=gru",
            "training=quick",
            "training.epochs=1",
            "training.steps_per_epoch=1",
            _SIMULATED,
        ],
        0,
    ),
}


def measure_startup(*, rounds: int, say: Callable[[str], None]) -> dict[str, Figure]:
    """Return the wall seconds of each command, in a folder and with a data cache of its own, after a warm run.

    Args:
        rounds: Rounds that count.
        say: Told how far it is.
    """
    with tempfile.TemporaryDirectory() as folder:

        def measure(_: str, command: tuple[str, Sequence[str], int]) -> Sample:
            return {"seconds": _seconds(*command, Path(folder))}

        found = {name: figures["seconds"] for name, figures in in_turn(_COMMANDS, measure, rounds=rounds).items()}
    for name, figure in found.items():
        say(f"start-up: {name:<52} {figure['median']:.2f} s")
    return found


def _seconds(module: str, arguments: Sequence[str], code: int, folder: Path) -> float:
    cache = folder / "cache"
    cache.mkdir(exist_ok=True)
    environment = child_environment({"SEQEXP_DATA_DIR": str(cache)})
    environment.pop("MLFLOW_TRACKING_URI", None)
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begin
    if done.returncode != code:
        raise RuntimeError(f"{module} {' '.join(arguments)} exited with {done.returncode}:\n{done.stderr[-2000:]}")
    return seconds

"""Same seed, same machine, same numbers, bit for bit: in another process, and later in the same one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


def train_in_two_processes(folder: Path, *models: str) -> list[dict[str, bytes]]:
    """Return every number of each process, as bytes by name."""
    found = []
    for name in ("one.npz", "two.npz"):
        command = [sys.executable, "-m", "tests.training.train_twice", str(folder / name), *models]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        with np.load(folder / name) as arrays:
            assert all(np.isfinite(arrays[key]).all() for key in arrays)
            found.append({key: arrays[key].tobytes() for key in arrays})
    return found


def check(folder: Path, *models: str) -> None:
    one, two = train_in_two_processes(folder, *models)
    first = {key.removeprefix("first/"): value for key, value in one.items() if key.startswith("first/")}
    again = {key.removeprefix("again/"): value for key, value in one.items() if key.startswith("again/")}
    assert {key.split("/")[0] for key in first} == set(models)
    assert [key for key in first if first[key] != again[key]] == []
    assert [key for key in one if one[key] != two[key]] == []


def test_dropout_compiled_by_xla_and_a_plain_network_give_the_same_numbers(tmp_path: Path) -> None:
    check(tmp_path, "gru_dropout", "mlp")


@pytest.mark.slow
def test_every_other_network_gives_the_same_numbers(tmp_path: Path) -> None:
    check(tmp_path, "gru", "gru_stacked", "gru_bidirectional", "conv1d", "conv_gru")

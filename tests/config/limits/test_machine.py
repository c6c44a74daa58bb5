"""The memory that this process may use, whoever limits it; sizes in words."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from seqexp.config.limits import machine
from seqexp.config.limits.machine import in_bytes, machine_memory


@pytest.mark.parametrize(
    ("files", "share"),
    [
        ({}, 1.0),
        ({"memory.max": "max\n"}, 1.0),
        ({"memory.max": "1000000\n"}, None),
        ({"memory/memory.limit_in_bytes": "1000000\n"}, None),
        ({"memory/memory.limit_in_bytes": "9223372036854771712\n"}, 1.0),
    ],
)
def test_a_container_has_its_own_share(
    files: dict[str, str], share: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path)
    expected = 1_000_000 if share is None else psutil.virtual_memory().total
    assert machine_memory() == expected


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "2 kB"), (2.5e6, "2.5 MB"), (1.6e12, "1.6 TB"), (4e20, "400,000 PB")],
)
def test_sizes_are_said_in_the_unit_that_fits(size: float, words: str) -> None:
    assert in_bytes(size) == words

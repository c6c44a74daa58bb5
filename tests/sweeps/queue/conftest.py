"""Databases in memory, where the machine has a folder there: a commit needs no disk then."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store
from tests.sweeps.queue.driving import Bench

_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory, if there is such a thing."""
    if not _MEMORY.is_dir():
        yield tmp_path_factory.mktemp("studies")
        return
    with tempfile.TemporaryDirectory(dir=_MEMORY, prefix="seqexp-tests-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def store(memory: Path) -> Store:
    """A store that the tests of searches share: each looks for its own runs only."""
    return open_store(f"sqlite:///{memory / 'mlflow.db'}", memory)


@pytest.fixture
def bench(memory: Path, store: Store) -> Iterator[Bench]:
    """Studies of the test's own."""
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Bench(Path(folder), store)

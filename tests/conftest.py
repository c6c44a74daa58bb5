"""A small series of one's own, and the command in a folder of its own: within this process, or as one of its own."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from omegaconf import DictConfig

from seqexp.config.composition import Composer
from seqexp.config.locations import conf_dir
from tests import warm
from tests.postgres import Postgres, running_postgres
from tests.stores import copied_stores

# A shell that starts the tests in the background lets them ignore Ctrl-C, and so would every command that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

Run = Callable[..., subprocess.CompletedProcess[str]]

ROWS = 1500
# Small windows over the small series, and a training of seconds.
SMALL = (
    "dataset.lookback=48",
    "dataset.step=6",
    "dataset.delay=12",
    "dataset.batch_size=32",
    "dataset.split.train={first:0,end:800}",
    "dataset.split.val={first:800,end:1100}",
    "dataset.split.test={first:1100,end:null}",
    "training.epochs=2",
    "training.steps_per_epoch=8",
)

# Figures that no two runs have alike, whatever they compute.
COSTS = ("epoch_seconds", "train_seconds", "memory_mb")


def write_series(path: Path, rows: int) -> Path:
    """Write a CSV in the official file's format: daily and slow waves with noise, 10 minutes apart, one sentinel."""
    random = np.random.default_rng(7)
    row = np.arange(rows)
    temperature = 10 + 6 * np.sin(2 * np.pi * row / 144) + 4 * np.sin(row / 300) + random.normal(0, 0.3, rows)
    pressure = 990 + 8 * np.cos(row / 250) + random.normal(0, 0.2, rows)
    wind = np.abs(random.normal(2, 1, rows))
    wind[1200] = -9999.0
    times = np.datetime64("2009-01-01T00:10:00") + np.timedelta64(600, "s") * row
    lines = ['"Date Time","p (mbar)","T (degC)","wv (m/s)"']
    for time, p, t, w in zip(times.tolist(), pressure, temperature, wind, strict=True):
        lines.append(f"{time:%d.%m.%Y %H:%M:%S},{p:.2f},{t:.2f},{w:.2f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def pytest_configure(config: pytest.Config) -> None:
    """Let Hypothesis draw fewer examples where the slow tests are left out, and time none: machines differ."""
    settings.register_profile("all", deadline=None)
    settings.register_profile("quick", deadline=None, max_examples=30)
    settings.load_profile("quick" if config.option.markexpr == "not slow" else "all")


@pytest.fixture(scope="module", autouse=True)
def imports_are_no_garbage() -> None:
    """Set all objects of before aside: Keras looks for garbage among the others whenever a network is built."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def new_stores_are_copies() -> Iterator[None]:
    """Let MLflow migrate a new store once, and not a second long for each of hundreds."""
    with copied_stores():
        yield


@pytest.fixture(scope="session", autouse=True)
def files_are_composed_once() -> Iterator[None]:
    """Let Hydra compose the same files of seqexp's own once, and not a tenth of a second for each of thousands."""
    composed: dict[tuple[Path, tuple[str, ...]], DictConfig] = {}
    compose = Composer._compose

    def once(self: Composer, files: Sequence[str]) -> DictConfig:
        if self.folder is not None:  # a test's own, in which files may change
            return compose(self, files)
        key = (conf_dir(), tuple(files))
        if key not in composed:
            composed[key] = compose(self, files)
        return composed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Composer, "_compose", once)
        yield


@pytest.fixture(scope="session")
def series_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small series with one sentinel."""
    return write_series(tmp_path_factory.mktemp("series") / "series.csv", ROWS)


@pytest.fixture(scope="session")
def small(series_csv: Path) -> list[str]:
    """Overrides of a run that takes seconds."""
    return [f"dataset.path={series_csv}", *SMALL]


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands of these tests keep parsed data."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def environment(cache_dir: Path) -> dict[str, str]:
    """The environment of a user who has set nothing but the cache folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "SEQEXP_"))}
    return {**kept, "SEQEXP_DATA_DIR": str(cache_dir)}


@pytest.fixture(scope="session")
def seqexp(environment: dict[str, str]) -> Run:
    """Run a command line in a folder, within this process, and return what it did."""

    def run(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
        return warm.run(arguments, cwd, {**environment, **more})

    return run


@pytest.fixture(scope="session")
def seqexp_process(environment: dict[str, str]) -> Run:
    """Run the real command in a folder, as a process of its own, and return what it did."""

    def run(*arguments: str, cwd: Path, seconds: float = 300, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "seqexp", *arguments],
            cwd=cwd,
            env={**environment, **more},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    return run


@pytest.fixture
def own_folder(tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the test's own process is such a user, for what no command of its own could be made to meet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("SEQEXP_DATA_DIR", environment["SEQEXP_DATA_DIR"])
    return tmp_path


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of the module's own; its tests are skipped where the driver or the server is missing."""
    pytest.importorskip("psycopg")
    with running_postgres() as server:
        yield server

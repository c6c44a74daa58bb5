"""The wheel works from any folder: configuration and presets travel in it."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from seqexp.cli.completion import SHELLS
from tests.conftest import SMALL
from tests.paths import REPO


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(REPO)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it; TensorFlow and the rest are borrowed from this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    purelib = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    # A line of a .pth file is appended to the path: what the wheel brought comes first.
    (Path(purelib) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_holds_every_configuration_file(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("seqexp/conf/")}
    here = {f"seqexp/{path.relative_to(REPO)}" for path in (REPO / "conf").rglob("*.yaml")}
    experiments = REPO / "experiments"
    presets = {f"seqexp/conf/experiment/{path.relative_to(experiments)}" for path in experiments.rglob("*.yaml")}
    assert presets
    assert here | presets <= inside


def test_the_wheel_holds_the_templates_of_pages(wheel: Path) -> None:
    folder = "seqexp/reporting/templates/"
    inside = {name.removeprefix(folder) for name in zipfile.ZipFile(wheel).namelist() if name.startswith(folder)}
    pages = {"page.html", "page.css", "page.js", "leaderboard.html", "leaderboard.css"}
    assert inside == {path.name for path in (REPO / "src" / folder).iterdir()} == pages


def test_the_wheel_holds_the_scripts_of_shells(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert {f"seqexp/cli/completing/shells/seqexp.{shell}" for shell in SHELLS} <= inside


@pytest.mark.slow
def test_the_installed_command_trains_from_an_empty_folder(
    installed: Path, tmp_path: Path, environment: dict[str, str], series_csv: Path
) -> None:
    python = installed / "bin" / "python"
    where = subprocess.run(
        [str(python), "-c", "import seqexp; print(seqexp.__file__)"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(installed)
    command = [str(installed / "bin" / "seqexp"), "train", "model=gru_dropout", f"dataset.path={series_csv}", *SMALL]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "naive" in done.stdout
    assert (tmp_path / "mlflow.db").is_file()
    listed = subprocess.run(
        [str(installed / "bin" / "seqexp"), "ls", "experiments"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "jena_step_units" in listed.stdout

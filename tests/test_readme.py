"""Every command in the README and in experiments/README.md does what it says."""

from __future__ import annotations

import math
import re
import shlex
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from seqexp.cli.main import main
from seqexp.config.locations import choices
from tests.conftest import Run, write_series
from tests.paths import REPO

README = (REPO / "README.md").read_text()
PAGES = README + (REPO / "experiments" / "README.md").read_text()

# The faults that the README shows on purpose.
WRONG = "seqexp train model=gruu dataset.stepp=3 training.epochs=-1 dataset.lookback=1441"


def commands() -> list[str]:
    """Return the commands of all console blocks, without their comments."""
    lines = [line for block in re.findall(r"```console\n(.*?)```", PAGES, re.DOTALL) for line in block.splitlines()]
    assert all(line.startswith("$ ") for line in lines)
    return list(dict.fromkeys(re.sub(r"\s+# .*", "", line[2:]) for line in lines))


def seqexp_commands() -> list[str]:
    return [command for command in commands() if command.startswith("seqexp ")]


@pytest.fixture
def own_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the reader has: a model in my/model/, layers of one's own, a logger's file, a season of the station."""
    (block,) = re.findall(r"```yaml\n(.*?name: mine.*?)```", README, re.DOTALL)
    (tmp_path / "my" / "model").mkdir(parents=True)
    (tmp_path / "my" / "model" / "mine.yaml").write_text(block)
    (tmp_path / "my_layers.py").write_text(
        "import keras\n\n\nclass Half(keras.layers.Layer):\n    def call(self, inputs):\n        return inputs / 2\n"
    )
    (tmp_path / "log.csv").write_text(
        "time,T (degC),rh (%)\n"
        + "".join(
            f"{datetime(2024, 1, 1) + timedelta(hours=hour)},{10 + 5 * math.sin(hour * math.tau / 24):.2f},{hour % 7}\n"
            for hour in range(3000)
        )
    )
    write_series(tmp_path / "season.csv", 12_000)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [c for c in seqexp_commands() if c.split()[1] == "train" and not {"--help", "--cfg", "--resume"} & set(c.split())],
)
def test_what_the_readme_trains_is_valid(command: str, own_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["validate", "--static", *shlex.split(command)[2:]])
    output = capsys.readouterr()
    if command == WRONG:
        assert code == 2
        shown = re.search(r"```text\n(error: .*?)```", README, re.DOTALL)
        assert shown is not None
        assert output.err == shown[1]
    else:
        assert (code, output.err) == (0, "")


def interrupt_after_an_epoch(words: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Begin a training, and press Ctrl-C once its first epoch is shown."""
    command = [sys.executable, "-u", "-m", "seqexp", *words, "training.epochs=30"]  # the last one counts
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.lstrip().startswith("1/30 "):
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert process.returncode == 130


def test_make_targets_of_the_readme_exist() -> None:
    targets = [command.split()[1] for command in commands() if command.startswith("make ")]
    assert targets
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=REPO, check=True, capture_output=True)


def test_the_pages_name_every_model_and_every_preset() -> None:
    models = (REPO / "docs" / "models.md").read_text()
    for name in choices("model"):
        assert f"| `{name}` |" in models
    for name in choices("experiment"):
        assert f"| `{name}` |" in PAGES


def test_links_lead_to_files() -> None:
    """Those within the repository, of every page."""
    for page in (REPO / "README.md", REPO / "experiments" / "README.md", *(REPO / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.slow
def test_the_readmes_commands_run_in_their_order(
    own_model: Path, seqexp_process: Run, tmp_path: Path, environment: dict[str, str]
) -> None:
    """As written, but for the hours: trainings are one short epoch, searches two trials, the data is the stand-in.

    The run that is resumed is interrupted before.

    `seqexp ui` runs until Ctrl-C and has a test of its own.
    """
    short = ["dataset.source=simulated", "training.epochs=1", "training.score_every=64"]
    ran = set[frozenset[str]]()
    for command in seqexp_commands():
        words = shlex.split(command)[1:]
        if words[0] == "ui" or command == WRONG:
            continue
        if words[0] == "train" and not {"--help", "--cfg", "--resume"} & set(words):
            steps = [] if "training.steps_per_epoch=null" in words else ["training.steps_per_epoch=5"]
            words += [*short, *steps]
            words += ["hydra.sweeper.trials=2"] if "hydra/sweeper=optuna" in words else []
        if words[0] in ("validate", "show") and "dataset.source=simulated" not in words:
            words.append("dataset.source=simulated")
        if "--name long" in command:
            interrupt_after_an_epoch(words, own_model, environment)
            continue
        if words[0] == "train" and frozenset(words) in ran:
            continue  # a preset on the official data, and the same on the stand-in
        done = seqexp_process(*words, cwd=own_model, seconds=900)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        ran.add(frozenset(words))
    assert len(ran) >= 12
    assert "naive (baseline" in seqexp_process("compare", cwd=own_model).stdout

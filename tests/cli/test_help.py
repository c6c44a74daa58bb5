"""`seqexp train --help`, and Hydra's own --cfg and --info: they work, and write nothing."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path

import pytest
import yaml

from seqexp.cli import main as command
from seqexp.cli.train import EPILOG
from seqexp.config.locations import GROUPS, conf_dir
from tests.config.oracle import hydra_values
from tests.conftest import Run


def first_comment(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(line[1:].strip() for line in lines if line.startswith("#") and "@package" not in line)


def test_train_help_lists_every_choice_with_its_line(seqexp_process: Run, tmp_path: Path) -> None:
    begin = time.monotonic()
    done = seqexp_process("train", "--help", cwd=tmp_path)
    assert time.monotonic() - begin < 5  # takes 0.2 s; machines are noisy
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    for group in GROUPS:
        start = lines.index(f"{group}=")
        listed = lines[start + 1 : start + 1 + len(list((conf_dir() / group).glob("*.yaml")))]
        expected = {path.stem: first_comment(path) for path in (conf_dir() / group).glob("*.yaml")}
        assert {line.split()[0]: line.strip().split(maxsplit=1)[1] for line in listed} == expected
    for flag in ("--multirun", "--config-dir", "--name", "--note", "--tag", "--cfg", "--info"):
        assert flag in done.stdout
    assert list(tmp_path.iterdir()) == []


def examples(text: str) -> list[list[str]]:
    commands = re.findall(r"^  (seqexp train .+?)  ", text, flags=re.MULTILINE)
    return [shlex.split(line)[2:] for line in commands]


def test_examples_of_the_help_are_valid(capsys: pytest.CaptureFixture[str]) -> None:
    found = examples(EPILOG)
    assert len(found) >= 5
    for arguments in found:
        if arguments[0] == "--resume":
            continue  # needs a run; tests/cli/test_resume.py has some
        checked = arguments[: arguments.index("--cfg")] if "--cfg" in arguments else arguments
        assert command.main(["validate", "--static", *checked]) == 0, checked
    assert "error" not in capsys.readouterr().err


def test_help_lists_own_choices_wherever_the_folder_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("# My own.\nname: mine\nlayers: [Flatten]\n")
    for arguments in (["--help", "--config-dir", str(tmp_path)], ["--config-dir", str(tmp_path), "-h", "seed=x"]):
        assert command.main(["train", *arguments]) == 0
        assert re.search(r"^  mine +My own\.$", capsys.readouterr().out, flags=re.MULTILINE)


@pytest.mark.parametrize("name", [name for name in command.COMMANDS if name != "train"])
def test_every_command_has_a_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([name, "--help"])
    assert ended.value.code == 0
    out, err = capsys.readouterr()
    assert (out.startswith(f"usage: seqexp {name}"), err) == (True, "")


def test_cfg_job_prints_what_hydra_composes(seqexp: Run, tmp_path: Path) -> None:
    done = seqexp("train", "--cfg", "job", "model=mlp", "seed=5", "--name", "a, 'b'", "--tag", "k=v", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    printed = yaml.safe_load(done.stdout)
    overrides = ["model=mlp", "seed=5", "tracking.run_name=\"a, 'b'\"", "+tracking.tags.k=v"]
    expected = hydra_values(overrides)
    assert (printed["seed"], printed["tracking"]["run_name"]) == (5, "a, 'b'")
    assert printed["model"]["layers"][1] == {"Dense": {"units": "${model.units}", "activation": "${model.activation}"}}
    assert printed["dataset"] == expected["dataset"]
    # Hydra knows nothing of what a task makes of `auto`.
    assert printed["training"] == expected["training"] | {"loss": "auto", "monitor": "auto"}
    assert printed["tracking"]["tags"] == expected["tracking"]["tags"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cfg", "hydra"], ["hydra:", "  sweeper:", "  launcher:"]),
        (["--cfg", "all", "seed=5"], ["hydra:", "seed: 5"]),
        (["--info", "config", "seed=5"], ["seed: 5"]),
        (["--info", "defaults-tree"], ["model: gru"]),
        (["seed=5", "--info"], ["Hydra", "seed: 5"]),
        (["--info", "searchpath"], [str(conf_dir())]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_hydras_information_is_printed_and_nothing_written(
    seqexp: Run, tmp_path: Path, arguments: list[str], words: list[str]
) -> None:
    done = seqexp("train", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for word in words:
        assert word in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_cfg_sees_the_own_folder(seqexp: Run, tmp_path: Path) -> None:
    own = tmp_path / "own, conf"
    (own / "model").mkdir(parents=True)
    (own / "model" / "mine.yaml").write_text("name: mine\nlayers: [Flatten]\n")
    done = seqexp("train", "--cfg", "job", "--config-dir", str(own), "model=mine", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    printed = yaml.safe_load(done.stdout)["model"]
    assert {key: printed[key] for key in printed if key != "embedding"} == {"name": "mine", "layers": ["Flatten"]}


def test_cfg_refuses_wrong_input_as_train_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["train", "--cfg", "job", "model.unitz=3", "seed=-1"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split()[1] for line in err.splitlines()] == ["model.unitz", "seed"]

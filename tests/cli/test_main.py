"""The command itself: sub-commands, flags, exit codes, and what a person reads when something is wrong."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from seqexp.cli import main as command
from seqexp.cli.overrides import flags_as_overrides
from seqexp.config.errors import Fault, InputError
from tests.config.oracle import hydra_values, one
from tests.conftest import Run


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Return the messages of a command that must be refused."""
    assert command.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert all(line.startswith("error: ") for line in err.splitlines())
    return [line.removeprefix("error: ") for line in err.splitlines()]


def test_version(seqexp_process: Run, tmp_path: Path) -> None:
    done = seqexp_process("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"seqexp {version('seqexp')}\n", "")


def test_the_installed_command_is_the_same(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("seqexp")
    done = subprocess.run([script, "trian"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Did you mean 'train'?" in done.stderr


def test_no_command_prints_the_help_and_is_wrong_input(seqexp: Run, tmp_path: Path) -> None:
    done = seqexp(cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout.startswith("usage: seqexp")
    assert all(f"  {name} " in done.stdout for name in command.COMMANDS)


@pytest.mark.parametrize(("wrong", "nearest"), [("trian", "train"), ("valdiate", "validate"), ("compar", "compare")])
def test_an_unknown_command_is_told_with_the_nearest(
    capsys: pytest.CaptureFixture[str], wrong: str, nearest: str
) -> None:
    (message,) = told(capsys, wrong)
    assert message.startswith(f"COMMAND must be one of {', '.join(command.COMMANDS)}. Received: {wrong!r}.")
    assert f"Did you mean {nearest!r}?" in message


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--nope"], ["--nope is not an argument of seqexp."]),
        (["--nope", "train"], ["--nope is not an argument of seqexp."]),
        (["--versoin"], ["--versoin", "Did you mean '--version'?"]),
        (["train", "---name", "a"], ["---name is not an argument of seqexp train.", "Did you mean '--name'?"]),
        (["train", "--tagg=a=b"], ["--tagg=a=b", "Did you mean '--tag'?"]),
        (["train", "seed=1", "--multi-run", "model=gru"], ["--multi-run", "Did you mean '--multirun'?"]),
        (["validate", "--stati"], ["--stati", "Did you mean '--static'?", "See seqexp validate --help."]),
        (["validate", "--config", "x"], ["--config", "Did you mean '--config-dir'?"]),
        (["train", "-x"], ["-x is not an argument of seqexp train."]),
        (["train", "--name"], ["--name", "expected one argument"]),
        (["train", "--config-dir"], ["--config-dir", "expected one argument"]),
        (["train", "--cfg", "jobb"], ["--cfg must be one of job, hydra, all.", "'jobb'", "Did you mean 'job'?"]),
        (["train", "--info", "confg"], ["--info must be one of", "'confg'", "Did you mean 'config'?"]),
        (["train", "--cfg", "job", "-m"], ["--cfg and --info show one job", "-m"]),
        (["ls"], ["what"]),
        (["ls", "modles"], ["what must be one of models, datasets,", "'modles'", "Did you mean 'models'?"]),
        (["ls", "models", "extra"], ["extra is not an argument of seqexp ls."]),
        (["ls", "models", "--config-dir", "nowhere"], ["--config-dir must be an existing folder", "'nowhere'"]),
        (["train", "--help", "--config-dir", "nowhere"], ["--config-dir must be an existing folder", "'nowhere'"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_wrong_argument_is_told(capsys: pytest.CaptureFixture[str], arguments: list[str], parts: list[str]) -> None:
    (message,) = told(capsys, *arguments)
    for part in parts:
        assert part in message


def test_all_wrong_flags_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(told(capsys, "train", "--nope", "seed=1", "--nor-this")) == 2


@pytest.mark.parametrize("tag", ["novalue", "=v", "1a=v", "a b=v", "a.b=c", ""])
def test_a_tag_is_k_v(capsys: pytest.CaptureFixture[str], tag: str) -> None:
    messages = told(capsys, "validate", "--static", "--tag", "good=1", "--tag", tag, "seed=-1", "--tag", "no")
    assert messages[0].startswith("--tag must be K=V")
    assert messages[0].endswith(f"Received: {tag!r}.")
    assert [message.split()[0] for message in messages] == ["--tag", "--tag", "seed"]


LITERAL = ["plain", "a, b=c", "it's \"so\"", "back\\slash\\", "${x} \\${y} \\\\${z}", "two\nlines\n", "\\\n",
           "{a:1}", "[1,2]", "1", "null", "true", " spaces ", "é☀", "glob(*)", "x" * 5000, "a#b", "%s {}"]  # fmt: skip


@pytest.mark.parametrize("text", ["a, 'b'=${x}\\", "two\nlines \\${y}\n"])
def test_name_and_note_arrive_literally_also_by_hydra(text: str) -> None:
    overrides = flags_as_overrides(argparse.Namespace(name=text, note=text, tag=[]))
    tracking = one(*overrides).tracking
    assert (tracking.run_name, tracking.note) == (text, text)
    assert hydra_values(overrides)["tracking"] == tracking.model_dump()


def test_tags_arrive_literally_also_by_hydra() -> None:
    tags = [f"t-{index}={text}" for index, text in enumerate(LITERAL)]
    overrides = flags_as_overrides(argparse.Namespace(name=None, note=None, tag=[*tags, "n=1", "n=2", "k=v=w"]))
    found = one(*overrides).tracking.tags
    assert found == {f"t-{index}": text for index, text in enumerate(LITERAL)} | {"n": "2", "k": "v=w"}
    assert hydra_values(overrides)["tracking"]["tags"] == found


def test_a_tag_may_replace_one_of_a_preset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text("# @package _global_\ntracking:\n  tags:\n    who: me\n")
    arguments = ["validate", "--static", "--config-dir", str(tmp_path), "experiment=mine", "--tag", "who=you"]
    assert command.main(arguments) == 0
    assert capsys.readouterr().err == ""


def test_flags_may_stand_between_overrides(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["validate", "model=mlp", "--static", "seed=1,2", "-m", "training=quick"]) == 0
    assert capsys.readouterr().out == "valid: a sweep of 2 jobs over seed: mlp on jena\n"


def test_debug_shows_the_traceback_and_keeps_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--debug", "validate", "seed=x"], ["validate", "seed=x", "--debug"]):
        assert command.main(arguments) == 2
        err = capsys.readouterr().err
        assert "Traceback (most recent call last)" in err
        assert err.splitlines()[-1].startswith("error: seed must be an integer")


class Terminated(BaseException):
    """As the recorder's: main knows it by its name, for it may not import the recorder."""


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (InputError(Fault("a", "one"), Fault("b", "two")), 2, "error: one\nerror: two\n"),
        (RuntimeError("no memory"), 1, "failed: no memory\n"),
        (ValueError(), 1, "failed: ValueError\n        --debug shows the traceback.\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (Terminated(), 143, "terminated\n"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_command_raises_becomes_a_line_and_a_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], raised: BaseException, code: int, line: str
) -> None:
    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr("seqexp.cli.ls.choices", fail)
    assert command.main(["ls", "models"]) == code
    assert capsys.readouterr() == ("", line)


def test_notes_on_an_error_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    error = RuntimeError("first")
    error.add_note("second")
    monkeypatch.setattr("seqexp.cli.ls.choices", lambda *_: (_ for _ in ()).throw(error))
    assert command.main(["ls", "models"]) == 1
    assert capsys.readouterr().err == "failed: first\n        second\n"

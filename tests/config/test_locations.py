"""Groups and their choices are read from the folders; the first comment line is the summary."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from seqexp.config.locations import GROUPS, choices, conf_dir, expanded, summary_of
from tests.config.oracle import hydra_values


def test_groups_are_those_of_the_defaults_list() -> None:
    content = yaml.safe_load((conf_dir() / "config.yaml").read_text(encoding="utf-8"))
    groups = {key for entry in content["defaults"] if isinstance(entry, dict) for key in entry if " " not in key}
    assert set(GROUPS) == groups


@pytest.mark.parametrize("group", GROUPS)
def test_every_choice_is_a_file_with_a_summary(group: str) -> None:
    found = choices(group)
    assert set(found) == {path.stem for path in (conf_dir() / group).glob("*.yaml")}
    for choice in found.values():
        assert f"# {choice.summary}" in choice.path.read_text(encoding="utf-8").splitlines()
        assert choice.summary
        assert "@package" not in choice.summary


def test_every_model_bears_its_files_name() -> None:
    for name in choices("model"):
        assert hydra_values([f"model={name}"])["model"]["name"] == name


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("# One.\n# Two.\nname: x\n", "One."),
        ("# @package _global_\n# A study.\n", "A study."),
        ("\n\n#   Spaced  \nname: x\n", "Spaced"),
        ("name: x\n# Too late.\n", ""),
        ("", ""),
    ],
)
def test_summary(tmp_path: Path, text: str, summary: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    assert summary_of(tmp_path / "x.yaml") == summary


def test_home_of_a_user_who_does_not_exist_is_a_name_as_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert expanded("~/a") == Path("/home/me/a")
    assert expanded("~no-such-user/a") == Path("~no-such-user/a")


def test_own_choices_come_after_and_never_hide_ours(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    for name in ("gru", "zebra", "ant"):
        (tmp_path / "model" / f"{name}.yaml").write_text("# Mine.\n")
    found = choices("model", tmp_path)
    assert list(found) == [*choices("model"), "ant", "zebra"]
    assert found["gru"] == choices("model")["gru"]
    assert found["zebra"].summary == "Mine."


def test_a_file_that_is_no_text_can_be_listed(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "bytes.yaml").write_bytes(b"# \xff\xfe\n")
    assert "bytes" in choices("model", tmp_path)

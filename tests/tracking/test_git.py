"""The commit and its state, of real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seqexp.tracking.environment import GitState, git_state


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=Me", "-c", "user.email=me@example.org", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "train.yaml").write_text("seed: 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def test_a_clean_commit(repository: Path) -> None:
    assert git_state(repository) == GitState(git(repository, "rev-parse", "HEAD"), False)
    (repository / "mlflow.db").touch()  # new files, such as the store itself, do not make it dirty
    assert git_state(repository).dirty is False


def test_a_changed_file_seen_from_a_folder_below(repository: Path) -> None:
    (repository / "train.yaml").write_text("seed: 2\n")
    below = repository / "below"
    below.mkdir()
    assert git_state(below) == GitState(git(repository, "rev-parse", "HEAD"), True)


def test_no_commit_no_repository_no_folder_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = GitState(None, None)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert git_state(tmp_path) == nothing
    assert git_state(tmp_path / "absent") == nothing
    git(tmp_path, "init", "--quiet")
    assert git_state(tmp_path) == nothing
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(tmp_path) == nothing


def test_the_environment_of_a_hook_does_not_name_the_repository(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    assert git_state(other) == GitState(None, None)

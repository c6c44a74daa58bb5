"""Pipes, devices, sockets and folders wherever a file is read: refused at once, none is waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.fuzz.harness import attempt, complaint


@pytest.fixture
def special(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """One of each kind, beside the folder in which the command runs."""
    monkeypatch.chdir(tmp_path)
    found = {kind: tmp_path / f"{kind}.csv" for kind in ("pipe", "folder", "socket", "link", "zero")}
    os.mkfifo(found["pipe"])
    found["folder"].mkdir()
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket.csv")
    found["link"].symlink_to("link.csv")
    found["zero"].symlink_to("/dev/zero")
    (tmp_path / "work").mkdir()
    return found


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "link", "zero"])
def test_what_is_no_file_is_refused_at_once(
    kind: str,
    special: dict[str, Path],
    series_overrides: list[str],
    text_overrides: list[str],
    tmp_path: Path,
    environment: dict[str, str],
) -> None:
    path, work = special[kind], tmp_path / "work"
    plugin = path.with_suffix(".py")
    path.rename(plugin) if kind != "link" else plugin.symlink_to(plugin.name)
    lines = [["validate", *series_overrides, "--plugin", str(plugin)]]
    if kind != "link":
        plugin.rename(path)
    lines += [
        ["data", "check", "csv", f"dataset.path={path}", "dataset.target=a"],
        ["data", "describe", "text", f"dataset.path={path}"],
        ["validate", *text_overrides, "model=gru", f"model.embedding.source={path}"],
        *([["ls", "models", "--config-dir", str(path)]] if kind != "folder" else []),
    ]
    for line in lines:
        done = attempt(line, work, environment, seconds=10)
        assert complaint(done, work, set(), ends=(2,)) is None, line


@pytest.mark.parametrize("kind", ["pipe", "socket", "link", "zero"])
def test_a_folder_of_texts_holds_files(
    kind: str, special: dict[str, Path], tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = tmp_path / "texts"
    for label in ("good", "bad"):
        (folder / label).mkdir(parents=True)
        for number in range(20):
            (folder / label / f"{number}.txt").write_text(f"a {label} text, the {number}th")
    odd = folder / "good" / "odd.txt"
    special[kind].rename(odd)
    done = attempt(["data", "describe", "text", f"dataset.path={folder}"], tmp_path / "work", environment, seconds=10)
    assert complaint(done, tmp_path / "work", set(), ends=(2,)) is None
    assert str(odd) in done.stderr

"""A file that a command writes is whole, or is what it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seqexp.reporting.whole_file import whole_file


def _fill_half(path: Path) -> None:
    with whole_file(path) as draft:
        draft.write_text("hal")
        raise OSError("the disk is full")


def test_what_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    for before in (None, "yesterday's"):
        if before is not None:
            path.write_text(before)
        with pytest.raises(OSError, match="full"):
            _fill_half(path)
        assert [each.read_text() for each in tmp_path.iterdir()] == ([] if before is None else [before])


def test_what_succeeds_takes_the_place_and_the_mode_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "curves.png"
    path.write_text("yesterday's")
    path.chmod(0o600)
    link = tmp_path / "latest.png"
    link.symlink_to(path)
    with whole_file(link) as draft:
        assert draft.suffix == ".png"
        draft.write_text("today's")
    assert link.is_symlink()
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("today's", 0o600)
    assert len(list(tmp_path.iterdir())) == 2


def test_nothing_is_put_where_nothing_was_written(tmp_path: Path) -> None:
    with whole_file(tmp_path / "curves.png"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_written_to_itself() -> None:
    with whole_file(Path(os.devnull)) as draft:
        assert draft == Path(os.devnull)

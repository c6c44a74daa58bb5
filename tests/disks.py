"""File systems of a test's own: small ones that are soon full, and ones that are read-only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """The folder as a disk of so many kilobytes; the test is skipped where nobody may mount one."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path, left: int = 0) -> None:
    """Fill a disk with a file but for so many bytes."""
    with (disk / "filler").open("wb") as file:
        file.write(b"x" * max(0, shutil.disk_usage(disk).free - left))


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder on a file system that is read-only, or of which this user may write nothing."""
    if os.geteuid() != 0:
        folder.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(0o755)
        return
    bind, remount = ["mount", "--bind", folder, folder], ["mount", "-o", "remount,ro,bind", folder]
    if subprocess.run(bind, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        subprocess.run(remount, check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)

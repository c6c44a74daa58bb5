"""Where the configuration lives, and which files each group offers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import seqexp
from seqexp.config.errors import raise_any, refused, shown
from seqexp.config.limits.yaml_files import folder_faults

GROUPS = ("dataset", "model", "training", "tracking", "experiment")


@dataclass(frozen=True)
class GroupFile:
    """One YAML file of a group, such as the one that `model=gru` picks."""

    path: Path
    summary: str  # its first comment line, for people


def conf_dir() -> Path:
    """Return the folder with config.yaml: inside the installed package, or the checkout's own."""
    package = Path(seqexp.__file__).parent
    installed, checkout = package / "conf", package.parents[1] / "conf"
    return installed if installed.is_dir() else checkout


def check_config_dir(config_dir: str | None) -> Path | None:
    """Return the user's own configuration folder as an absolute path.

    Raises:
        InputError: If it isn't a folder, or holds YAML files that can't be read or have no end.
    """
    if config_dir is None:
        return None
    folder = absolute(config_dir)
    if not is_folder(folder):
        what = "must be an existing folder with groups such as model/"
        raise refused("--config-dir", f"{what}. Received: {shown(config_dir)}")
    raise_any([*folder_faults(folder, (*GROUPS, "hydra"))])
    return folder


def absolute(given: str) -> Path:
    """Return the absolute path of what a user names, links followed; where that can't be told, as it was given."""
    try:
        return expanded(given).resolve()
    except (RuntimeError, OSError, ValueError):  # a link to itself, a null character
        return Path(given)


def expanded(given: str) -> Path:
    """Return the path that a user names, with ~ replaced; the ~ of a user who doesn't exist stays, as in a shell."""
    return Path(os.path.expanduser(given))  # noqa: PTH111 (Path's own raises where there is no such user)


def is_folder(path: Path) -> bool:
    """Return whether there is a folder, where `Path.is_dir` raises for too long a name."""
    return os.path.isdir(path)  # noqa: PTH112 (it never raises)


def choices(group: str, config_dir: Path | None = None) -> dict[str, GroupFile]:
    """Return the choices of a group such as "model" by name, seqexp's own first, then the user's."""
    folders = [conf_dir(), *([config_dir] if config_dir else [])]
    found: dict[str, GroupFile] = {}
    for folder in folders:
        for path in sorted((folder / group).glob("*.yaml")):
            found.setdefault(path.stem, GroupFile(path, summary_of(path)))
    return found


def summary_of(path: Path) -> str:
    """Return the first comment line of a YAML file, without Hydra's package directive."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("#") and "@package" not in line:
            return line.lstrip("# ").rstrip()
        if line and not line.startswith("#"):
            break
    return ""

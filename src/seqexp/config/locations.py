"""Where the configuration lives, and which files each group offers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import seqexp
from seqexp.config.errors import refused

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
        InputError: If it isn't a folder.
    """
    if config_dir is None:
        return None
    folder = Path(config_dir).expanduser().resolve()
    if not folder.is_dir():
        what = "must be an existing folder with groups such as model/"
        raise refused("--config-dir", f"{what}. Received: {config_dir!r}")
    return folder


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

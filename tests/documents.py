"""What pages of documentation show: their files and their commands."""

from __future__ import annotations

import re
from pathlib import Path

# ```python and ```yaml blocks whose first line is a comment with a path are files of the reader's; Hydra wants its own
# directive before any other line.
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"(?:# @package _global_\n)?# ([\w./]+\.(?:py|yaml))\n")


def blocks(page: str) -> list[tuple[str, str]]:
    """Return (language, text) of every fenced block."""
    return _BLOCK.findall(page)


def files(page: str) -> dict[str, str]:
    """Return the files that a page shows, by their paths."""
    titled = [(_TITLE.match(text), text) for language, text in blocks(page) if language in ("python", "yaml")]
    return {title[1]: text for title, text in titled if title}


def write_files(page: str, folder: Path) -> None:
    """Write the files that a page shows into a folder."""
    for name, text in files(page).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def commands(page: str) -> list[str]:
    """Return the commands of all console blocks, without their comments."""
    lines = [line for language, text in blocks(page) if language == "console" for line in text.splitlines()]
    assert all(line.startswith("$ ") for line in lines)
    return list(dict.fromkeys(re.sub(r"\s+# .*", "", line[2:]) for line in lines))


def shown_after(page: str, command: str) -> str:
    """Return the output that a page shows after a command."""
    match = re.search(re.escape(f"$ {command}\n```\n\n```text\n") + "(.*?)```", page, re.DOTALL)
    assert match is not None, command
    return match[1]

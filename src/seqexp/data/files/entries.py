"""Entries of the data folder's caches: a folder each, that is there in whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seqexp.config.digests import digest_of

_META = "meta.json"


def begin_entry(folder: Path) -> Path:
    """Return the empty folder in which an entry is written. The caller holds the lock: its name is its own.

    Raises:
        OSError: It cannot be made.
    """
    temporary = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    return temporary


def finish_entry(temporary: Path, folder: Path, meta: Mapping[str, Any]) -> None:
    """Give an entry its name, with what is to be known about it.

    Args:
        temporary: What `begin_entry` returned.
        folder: The entry; one that is there already gives way.
        meta: JSON values.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    content = {**meta, "check": digest_of(meta)}
    (temporary / _META).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    if folder.is_dir():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)
    temporary.rename(folder)


def give_up_entry(folder: Path) -> None:
    """Remove what of an entry was written, if it did not get its name."""
    shutil.rmtree(folder.with_name(f"{folder.name}.tmp"), ignore_errors=True)


def read_meta(folder: Path, version: int) -> dict[str, Any]:
    """Return what `finish_entry` was given.

    Raises:
        OSError: The file is missing or cannot be read.
        ValueError: It is not what was written, or was written by another version: its `format` is another.
    """
    meta = json.loads((folder / _META).read_text(encoding="utf-8"))
    try:
        if meta["format"] != version:
            raise ValueError(f"format {meta['format']}, not {version}")
        if meta.pop("check") != digest_of(meta):
            raise ValueError(f"{_META} does not match its digest")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"unreadable: {error}") from error
    return dict(meta)

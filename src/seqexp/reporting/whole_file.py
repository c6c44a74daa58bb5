"""Files of a person's own that a command writes: whole, or as they were."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give the path of a draft, which takes the place of `path` when the block ends, if it was written.

    Where the block fails, as on a full disk, what was at `path` stays, and no draft does. A link goes on leading where
    it leads, and what is no regular file, such as /dev/stdout, is written to at once.

    Raises:
        OSError: The file is there and can't be written, or the draft can't take its place.
    """
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        yield place
        return
    if place.exists() and not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    # Another process may be writing the same file: each has a draft of its own, and the last one's is what stays.
    draft = place.with_name(f".{place.stem[:100]}.{os.getpid()}.draft{place.suffix}")
    try:
        yield draft
        if draft.exists():
            if place.exists():
                shutil.copymode(place, draft)
            draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)

"""A large array of inputs: in memory, or in a file that vanishes with the process."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqexp.data.files.cache import data_dir


def new_matrix(rows: int, columns: int, *, mapped: bool) -> NDArray[np.float32]:
    """Return a (rows, columns) float32 array to be filled.

    Args:
        rows: Its rows.
        columns: Its columns.
        mapped: Whether it lives in a file of the data folder. The file has no name (where the system allows
            that): it goes when the array does, whatever happens to the process.

    Raises:
        OSError: The file can't be written: the disk is full, say.
    """
    if not mapped:
        return np.empty((rows, columns), dtype=np.float32)
    folder = data_dir()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, prefix="inputs-") as file:
        _reserve(file.fileno(), folder, rows * columns * 4)
        return np.memmap(file, dtype=np.float32, mode="w+", shape=(rows, columns))


def _reserve(descriptor: int, folder: Path, size: int) -> None:
    """Take the space at once: a full disk is then an error here, not a dead process later."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(descriptor, 0, size)
        except OSError as error:
            raise OSError(error.errno, f"{error.strerror}: {size / 1e9:,.3f} GB are needed", str(folder)) from error

"""Read an npz file of word ranks. Lists of different lengths are pickled in it; a pickle may ask for any function."""

from __future__ import annotations

import io
import pickle
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import nearest, refused
from seqexp.data.files.byte_files import damaged, unreadable

# How numpy itself makes an array again; numpy 1 knew it by another module's name.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("builtins", "list"): list,
    ("__builtin__", "list"): list,
}
# What a pickle that isn't one makes the unpickler raise.
_UNREADABLE = (
    pickle.UnpicklingError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    MemoryError,
)


class _RefusedError(Exception):
    """The pickle asks for something else than arrays and lists."""


class _ArrayUnpickler(pickle.Unpickler):
    """Makes arrays and lists, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what an array is made with.

        Raises:
            _RefusedError: Anything else is asked for.
        """
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _RefusedError(f"{module}.{name}") from None


def read_npz(path: Path, names: Sequence[str], subject: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of these names.

    Args:
        path: The file.
        names: Those it must hold; others are left alone.
        subject: What the file is to the user, for messages.

    Raises:
        InputError: The file can't be read, is damaged, holds no array of that name, or asks for anything but arrays
            and lists of numbers.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            held = [name.removesuffix(".npy") for name in archive.namelist()]
            missing = [name for name in names if name not in held]
            if missing:
                lacking = ", ".join(f"{name}{nearest(name, held)}" for name in missing)
                raise refused(
                    subject, f"must be an npz file that holds {', '.join(names)}. Received: {path}, without {lacking}"
                )
            content = {name: archive.read(f"{name}.npy") for name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise damaged(path, subject, "npz", error) from error
    except OSError as error:
        raise unreadable(path, subject, error) from error
    return {name: _array(data, name, path, subject) for name, data in content.items()}


def _array(data: bytes, name: str, path: Path, subject: str) -> NDArray[Any]:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
        shape, _, kind = read_header(stream)
        if not kind.hasobject:
            stream.seek(0)
            found: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
            return found
        found = _ArrayUnpickler(stream).load()
    except _RefusedError as error:
        raise refused(subject, f"must hold lists of numbers alone. Received: {path}, whose {name} asks for "
                         f"{error}: not a file of reviews") from None  # fmt: skip
    except _UNREADABLE as error:
        raise damaged(path, subject, "npz", error) from error
    if not isinstance(found, np.ndarray) or found.shape != shape:
        raise damaged(path, subject, "npz", ValueError(f"{name} is not the array that its header announces"))
    return found

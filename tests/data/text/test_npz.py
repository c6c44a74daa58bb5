from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqexp.data.files.byte_files import InputFile
from seqexp.data.text.ranked_reviews import read_npz
from tests.faults import is_about, only_fault_of

NOT_OF_REVIEWS = (
    "dataset.path must hold lists of numbers alone. "
    "Received: {path}, whose {name} asks for {function}: not a file of reviews"
)


class Bomb:
    """What a file from a stranger may hold."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> Any:
        return self.reduced


def ragged(*lists: Any) -> Any:
    found = np.empty(len(lists), dtype=object)
    found[:] = list(lists)
    return found


def npz(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def assert_refused(path: Path, name: str, *facts: str) -> None:
    """Assert that the fault is about the file, which it names, and that it gives the facts."""
    fault = only_fault_of(read_npz, InputFile(path, "dataset.path"), [name])
    assert is_about(fault, "dataset.path", str(path), *facts), fault


def test_lists_of_different_lengths_and_plain_numbers(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", x=ragged([3, 1], [], [2]), y=np.array([0, 1, 0]), other=ragged([Bomb(os.getpid)]))
    found = read_npz(InputFile(path, "dataset.path"), ["x", "y"])
    assert found["x"].tolist() == [[3, 1], [], [2]]
    assert found["y"].tolist() == [0, 1, 0]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_older_ones_have_pickled(protocol: int, tmp_path: Path) -> None:
    stream = io.BytesIO()
    array = ragged([3, 1], [2])
    header = {"descr": "|O", "fortran_order": False, "shape": (2,)}
    np.lib.format.write_array_header_1_0(stream, header)
    text = pickle.dumps(array, protocol=protocol)
    if protocol == 3:  # numpy 1 called its module by another name
        text = text.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    stream.write(text)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", stream.getvalue())
    if protocol == 2:  # written by Python 3, it asks for a codec: the official file doesn't
        assert_refused(tmp_path / "a.npz", "x", "_codecs.encode")
    else:
        assert read_npz(InputFile(tmp_path / "a.npz", "dataset.path"), ["x"])["x"].tolist() == [[3, 1], [2]]


def test_a_file_that_asks_for_a_function_is_refused_and_nothing_is_called(tmp_path: Path) -> None:
    victim = tmp_path / "made"
    path = npz(tmp_path / "a.npz", x=ragged([1], Bomb(os.mkdir, str(victim))))
    assert only_fault_of(read_npz, InputFile(path, "dataset.path"), ["x"]).text == NOT_OF_REVIEWS.format(
        path=path, name="x", function="posix.mkdir"
    )
    assert not victim.exists()
    for function in (eval, getattr, pickle.loads, np.load):
        path = npz(tmp_path / "b.npz", x=ragged(Bomb(function, "1")))
        assert_refused(path, "x", "whose x asks for ", function.__name__)


def test_other_files_are_refused_in_words(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", x_tran=np.arange(3))
    assert_refused(path, "x_train", "without x_train", "mean 'x_tran'?")
    (tmp_path / "no.npz").write_bytes(b"nothing")
    assert_refused(tmp_path / "no.npz", "x", "whole", "npz")
    assert_refused(tmp_path / "absent.npz", "x", "(No such file")
    whole = npz(tmp_path / "b.npz", x=ragged(*[[number] for number in range(900)])).read_bytes()
    middle = len(whole) // 2
    (tmp_path / "b.npz").write_bytes(whole[:middle] + b"????" + whole[middle + 4 :])
    assert_refused(tmp_path / "b.npz", "x", "whole", "npz")


@pytest.mark.parametrize(
    "content",
    [b"", b"text", np.lib.format.magic(1, 0), b"header", b"another", b"list"],
    ids=["empty", "text", "magic alone", "a broken pickle", "another shape", "a list"],
)
def test_arrays_that_are_none(content: bytes, tmp_path: Path) -> None:
    stream = io.BytesIO()
    header = {"descr": "|O", "fortran_order": False, "shape": (2,)}
    np.lib.format.write_array_header_1_0(stream, header)
    tails = {
        b"header": b"\x80\x04\x95nonsense",
        b"another": pickle.dumps(ragged([1])),
        b"list": pickle.dumps([[1], [2]]),
    }
    data = stream.getvalue() + tails[content] if content in tails else content
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", data)
    assert_refused(tmp_path / "a.npz", "x", "whole", "npz")

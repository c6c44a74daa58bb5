from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.data.files.byte_files import InputFile, file_digest, open_bytes

CONTENT = b"time,x\n" + b"2020-01-01,1.5\n" * 3000


def content(path: Path, member: str | None = None) -> bytes:
    with open_bytes(InputFile(path, "dataset.path"), member) as stream:
        parts = []
        while part := stream.read(1000):
            parts.append(part)
    assert all(len(part) == 1000 for part in parts[:-1])
    return b"".join(parts)


def write_zip(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, f"content of {name}")
    return path


def refused(path: Path, member: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        content(path, member)
    assert str(caught.value).startswith("dataset.path must be a ")
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_plain_and_gzip(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CONTENT)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CONTENT[:100]) + gzip.compress(CONTENT[100:]))
    (tmp_path / "unnamed").write_bytes(gzip.compress(CONTENT))
    for name in ("a.csv", "a.csv.gz", "unnamed"):
        assert content(tmp_path / name) == CONTENT


@pytest.mark.parametrize(
    ("names", "member", "expected"),
    [
        (("mine.csv",), None, "mine.csv"),
        (("__MACOSX/._mine.csv", "folder/", "folder/mine.CSV", "README"), None, "folder/mine.CSV"),
        (("LD2011_2014.txt", "__MACOSX/._LD2011_2014.txt"), None, "LD2011_2014.txt"),
        (("readme.txt", "mine.csv"), None, "mine.csv"),
        (("a.csv", "folder/official.csv"), "official.csv", "folder/official.csv"),
    ],
)
def test_zip_is_opened_whatever_its_name(
    names: tuple[str, ...], member: str | None, expected: str, tmp_path: Path
) -> None:
    path = write_zip(tmp_path / "data.bin", *names)
    assert content(path, member).decode() == f"content of {expected}"


@pytest.mark.parametrize(
    ("names", "member", "message"),
    [
        (("a.csv", "b.csv"), None, "one csv file. Received: {path}, which holds a.csv, b.csv."),
        (("a.png",), None, "one csv file. Received: {path}, which holds a.png."),
        ((), None, "one csv file. Received: {path}, which holds nothing."),
        (("a.csv", "b.csv"), "c.csv", "holds c.csv, or one csv file. Received: {path}, which holds a.csv, b.csv."),
        (("xl/workbook.xml", "a.xml"), None, "It looks like an Excel workbook: save the sheet as csv."),
    ],
)
def test_zip_without_the_csv(names: tuple[str, ...], member: str | None, message: str, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "f.bin", *names)
    if not names:  # an empty archive has another beginning
        path.write_bytes(write_zip(tmp_path / "g.zip", "folder/").read_bytes())
    assert message.format(path=path) in refused(path, member)


@pytest.mark.parametrize(("name", "kind"), [("f.zip", "zip"), ("f.csv.gz", "gzip")])
def test_not_what_it_is_called(name: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("<!DOCTYPE html>")
    assert f"must be a {kind} file. Received: {tmp_path / name}, which begins with b'<!DO'" in refused(tmp_path / name)


@pytest.mark.parametrize("kind", ["zip", "gzip"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "checksum"])
def test_damage(kind: str, damage: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("a.csv", os.urandom(50_000))
    else:
        path.write_bytes(gzip.compress(os.urandom(50_000)))
    damaged = bytearray(path.read_bytes())
    if damage == "cut":
        del damaged[30_000:]
    elif damage == "flipped":
        damaged[25_000] ^= 1
    else:
        damaged[-6 if kind == "gzip" else 25_000] ^= 1
    path.write_bytes(damaged)
    assert f"must be a whole, readable {kind} file" in refused(path)


def test_encrypted_zip(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "f.zip", "a.csv")
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag of encryption, in the member's header and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "is encrypted" in refused(path)


def test_absent_and_folder(tmp_path: Path) -> None:
    assert "must be a file that can be read (No such file or directory)" in refused(tmp_path / "none.csv")
    assert "must be a file that can be read (Is a directory)" in refused(tmp_path)


def test_file_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")  # the example of FIPS 180
    assert (
        file_digest(InputFile(tmp_path / "f", "dataset.path"))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )

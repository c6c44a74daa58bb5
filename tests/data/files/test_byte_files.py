from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from seqexp.data.files.byte_files import InputFile, file_digest, open_bytes
from tests.faults import is_about, only_fault_of

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


def assert_refused(path: Path, *facts: str, member: str | None = None) -> None:
    """Assert that the fault is about the file, which it names, and that it gives the facts."""
    fault = only_fault_of(content, path, member)
    assert is_about(fault, "dataset.path", str(path), *facts), fault


def zstd(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


PACK = {"gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress, "zstd": zstd}
SUFFIX = {"gzip": "gz", "xz": "xz", "bzip2": "bz2", "zstd": "zst"}


def test_a_plain_file_begins_as_it_likes(tmp_path: Path) -> None:
    for start in (b"", b"BZh9,x\n", b"PA"):  # the second begins as bzip2 does, and goes on otherwise
        (tmp_path / "a.csv").write_bytes(start + CONTENT)
        assert content(tmp_path / "a.csv") == start + CONTENT


@pytest.mark.parametrize("kind", PACK)
def test_a_compressed_file_is_opened_whatever_its_name(kind: str, tmp_path: Path) -> None:
    pack = PACK[kind]
    for name in (f"a.csv.{SUFFIX[kind]}", "unnamed", "a.csv", "a.gz"):
        (tmp_path / name).write_bytes(pack(CONTENT))
        assert content(tmp_path / name) == CONTENT
    (tmp_path / "twice").write_bytes(pack(CONTENT[:100]) + pack(CONTENT[100:]))
    assert content(tmp_path / "twice") == CONTENT


@pytest.mark.parametrize(
    ("start", "members", "facts"),
    [
        (b"", ("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"), ("Excel", ".xlsx")),
        (b"", ("xl/workbook.bin",), ("Excel", ".xlsb")),
        (b"", ("mimetype", "content.xml", "META-INF/manifest.xml"), ("OpenDocument", ".ods")),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), (), ("Excel", ".xls", "password")),
    ],
)
def test_an_office_programs_file_is_refused_with_the_way_out(
    start: bytes, members: tuple[str, ...], facts: tuple[str, ...], tmp_path: Path
) -> None:
    for name, csv in (("table.xlsx", "table.csv"), ("table.csv", "table-sheet.csv")):
        path = tmp_path / name
        path.write_bytes(start) if start else write_zip(path, *members)
        assert_refused(path, *facts, "Save As", f"pandas.read_excel('{name}')", f"dataset.path={csv}")


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
    ("names", "member", "facts"),
    [
        (("a.csv", "b.csv"), None, ("zip", "a.csv, b.csv")),
        (("a.png",), None, ("zip", "a.png")),
        ((), None, ("zip", "nothing")),
        (("a.csv", "b.csv"), "c.csv", ("zip", "c.csv", "a.csv, b.csv")),
    ],
)
def test_zip_without_the_csv(
    names: tuple[str, ...], member: str | None, facts: tuple[str, ...], tmp_path: Path
) -> None:
    path = write_zip(tmp_path / "f.bin", *names)
    if not names:  # an empty archive has another beginning
        path.write_bytes(write_zip(tmp_path / "g.zip", "folder/").read_bytes())
    assert_refused(path, *facts, member=member)


@pytest.mark.parametrize(("name", "kind"), [("f.zip", "zip"), *((f"f.csv.{SUFFIX[kind]}", kind) for kind in PACK)])
def test_not_what_it_is_called(name: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("<!DOCTYPE html>")
    assert_refused(tmp_path / name, kind, "b'<!DO'")


# What writes zstd here adds no checksum.
@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        ("zstd", "cut"),
        *((kind, how) for kind in ("zip", "gzip", "xz", "bzip2") for how in ("cut", "flipped", "checksum")),
    ],
)
def test_damage(kind: str, damage: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("a.csv", os.urandom(50_000))
    else:
        path.write_bytes(PACK[kind](os.urandom(50_000)))
    damaged = bytearray(path.read_bytes())
    if damage == "cut":
        del damaged[30_000:]
    elif damage == "flipped":
        damaged[25_000] ^= 1
    else:
        damaged[25_000 if kind == "zip" else -6] ^= 1
    path.write_bytes(damaged)
    assert_refused(path, kind, "whole")


def test_encrypted_zip(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "f.zip", "a.csv")
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag of encryption, in the member's header and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert_refused(path, "encrypted")


def test_absent_and_folder(tmp_path: Path) -> None:
    assert_refused(tmp_path / "none.csv", "(No such file or directory)")
    assert_refused(tmp_path, "(Is a directory)")


def test_file_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")  # the example of FIPS 180
    assert (
        file_digest(InputFile(tmp_path / "f", "dataset.path"))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )

"""Files as bytes (plain or compressed; nothing is unpacked as a whole), their digest, and bytes as text."""

from __future__ import annotations

import codecs
import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from seqexp.config.errors import InputError, raise_any, refused
from seqexp.config.limits.encodings import encoding_faults
from seqexp.data.files.packed import DAMAGE, MAGIC_BYTES, PACKINGS, PARQUET, ZIP, office_file, packing_of

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 1 << 20  # bytes that are read at once
TEXT_FILES = (".csv", ".txt", ".tsv", ".dat")
# What a text may begin with to say its encoding.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class InputFile:
    """A file or a folder of the user's, and what messages call it: "dataset.path", say, or "the official file"."""

    path: Path
    subject: str

    def below(self, name: str) -> InputFile:
        """Return a file of this folder, given its name from here on."""
        return InputFile(self.path / name, self.subject)

    def refused(self, what: str) -> InputError:
        """Return the error for a file that is not what it must be; `what` follows its subject."""
        return refused(self.subject, what)

    def damaged(self, kind: str, error: Exception) -> InputError:
        """Return the error for a file whose bytes are not what its format demands."""
        return self.refused(f"must be a whole, readable {kind} file. Received: {self.path} ({error})")

    @contextmanager
    def reading(self, kind: str = "", *damage: type[Exception]) -> Iterator[None]:
        """Turn what the block raises for a file that is damaged or can't be read into an InputError.

        `damage` is what it raises for bytes that are not what the format demands, `kind` the format, such as "zip".

        Raises:
            InputError: The block raised one of these, or an OSError.
        """
        try:
            yield
        except damage as error:
            raise self.damaged(kind, error) from error
        except OSError as error:
            # Some libraries raise one for bytes that are not of their format; the system's have a number.
            raise (self.unreadable(error) if error.errno or not kind else self.damaged(kind, error)) from error

    def unreadable(self, error: OSError) -> InputError:
        """Return the error for a file that the system does not give."""
        return self.refused(f"must be a file that can be read ({error.strerror or error}). Received: {self.path}")


@dataclass(frozen=True)
class ByteStream:
    """A stream of a file's bytes that says in the user's terms why it cannot be read on."""

    stream: IO[bytes] | BufferedIOBase | pa.CompressedInputStream
    file: InputFile
    kind: str  # "zip", "gzip", "xz" …, or "" for a plain file

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer than `size` only at the end.

        Raises:
            InputError: The file is damaged or cannot be read.
        """
        parts = []
        with self.file.reading(self.kind, zipfile.BadZipFile, *DAMAGE):
            while size > 0 and (part := self.stream.read(size)):
                parts.append(part)
                size -= len(part)
        return b"".join(parts)


def first_bytes(file: InputFile) -> bytes:
    """Return the first bytes of a file, which tell its kind.

    Raises:
        InputError: It cannot be read.
    """
    with file.reading(), file.path.open("rb") as stream:
        return stream.read(MAGIC_BYTES)


def file_digest(file: InputFile) -> str:
    """Return the SHA-256 (hex) of a file's bytes.

    Raises:
        InputError: It cannot be read.
    """
    with file.reading(), file.path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def content_digest(file: InputFile, member: str | None = None) -> str:
    """Return the SHA-256 (hex) of a file's bytes, or of those of the one text file in a compressed file.

    Raises:
        InputError: As of `open_bytes`.
    """
    digest = hashlib.sha256()
    with open_bytes(file, member) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def is_parquet(file: InputFile) -> bool:
    """Return whether a file begins as Parquet files do.

    Raises:
        InputError: It cannot be read.
    """
    return first_bytes(file).startswith(PARQUET)


@contextmanager
def open_bytes(file: InputFile, member: str | None = None) -> Iterator[ByteStream]:
    """Open a file, or the one text file in a compressed file; the content decides, not the name.

    `member` is the file in a zip that is meant if there are several.

    Raises:
        InputError: It cannot be read; it is called zip, gz, xz … and is none; it is damaged or encrypted, a zip file
            that does not hold one text file, or an office program's file.
    """
    start = first_bytes(file)
    packing, is_zip = packing_of(start), start.startswith(ZIP)
    _refuse_office_file(file, start, ())
    named = {".zip": "zip", **{known.suffix: known.kind for known in PACKINGS}}.get(file.path.suffix.lower())
    if named and not is_zip and packing is None:
        raise file.refused(f"must be a {named} file. Received: {file.path}, which begins with {start[:4]!r}")
    with file.path.open("rb") as raw:
        if is_zip:
            with _member(raw, file, member) as stream:
                yield ByteStream(stream, file, "zip")
        elif packing is not None:
            with packing.unpack(raw) as unpacked:
                yield ByteStream(unpacked, file, packing.kind)
        else:
            yield ByteStream(raw, file, "")


def _refuse_office_file(file: InputFile, start: bytes, members: Sequence[str]) -> None:
    if found := office_file(start, members, file.path.name):
        raise file.refused(f"must be a text file such as csv, or Parquet. Received: {file.path}, {found}")


@contextmanager
def _member(raw: IO[bytes], file: InputFile, member: str | None) -> Iterator[IO[bytes]]:
    """Open the text file in a zip file; zipfile verifies its checksum when its end is read."""
    try:
        archive = zipfile.ZipFile(raw)
        _refuse_office_file(file, ZIP, archive.namelist())
        stream = archive.open(_choose(archive.namelist(), file, member))
    except (zipfile.BadZipFile, RuntimeError) as error:  # RuntimeError: encrypted
        raise file.damaged("zip", error) from error
    with archive, stream:
        yield stream


def _choose(names: list[str], file: InputFile, member: str | None) -> str:
    """Return the name of the text file that is meant."""
    # macOS adds a "._" file of its own beside each member.
    files = [name for name in names if not name.endswith("/") and not PurePosixPath(name).name.startswith("._")]
    tables = [name for name in files if name.lower().endswith(TEXT_FILES)]
    found = [name for name in tables if name.lower().endswith(".csv")] or tables
    named = [name for name in found if PurePosixPath(name).name == member]
    if len(named or found) == 1:
        return (named or found)[0]
    content = ", ".join(files[:10]) + (f" and {len(files) - 10} more" if len(files) > 10 else "")
    what = f"must be a zip file that holds {f'{member}, or ' if member else ''}one csv file"
    raise file.refused(f"{what}. Received: {file.path}, which holds {content or 'nothing'}.")


def decode_text(data: bytes, encoding: str | None, file: InputFile) -> tuple[str, str]:
    """Return all bytes of a file as text, and the name of the encoding they were read with.

    Where the user gives none, it is found out: a byte order mark, utf-8, else cp1252, else latin-1.

    Raises:
        InputError: There is no such encoding, a byte is not in it (the message says where), or this is no text.
    """
    for mark, name in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], name, file, first=len(mark)), name
    if encoding is not None:
        raise_any(encoding_faults(encoding))
        return _strictly(data, codecs.lookup(encoding).name, file), encoding
    if b"\0" in data:
        hint = "(A text in UTF-16 without a mark needs dataset.format.encoding=utf-16-le)"
        raise file.refused(f"must be text. Received: {file.path}, which holds bytes that are not text. {hint}")
    for name in ("utf-8", "cp1252"):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


def _strictly(data: bytes, name: str, file: InputFile, first: int = 0) -> str:
    """Return bytes as text; InputError where one is not of the encoding. `first` bytes stand before them."""
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"must be text in {name} (another encoding: dataset.format.encoding)"
        received = f"byte 0x{data[error.start]:02x} at {first + error.start:,}, in line {line:,} of {file.path}"
        raise file.refused(f"{what}. Received: {received}") from error
    except (LookupError, ValueError) as error:  # a codec that makes no text, such as hex
        raise refused("dataset.format.encoding", f"must be one of text. Received: {name!r} ({error}).") from error

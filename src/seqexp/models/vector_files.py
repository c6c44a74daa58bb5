"""Files of word vectors: GloVe text, word2vec text and word2vec binary, each plain or gzipped.

The rows are read one by one and only those of wanted words are kept, so that the memory used is that of the vocabulary,
not of the file. Gensim's reader, the usual one, holds the whole file in memory, takes a row of one number for a full
one, and stops at the words with spaces in GloVe's largest file; so this one is our own.

Formats: a row of text is a word and its numbers, with single spaces between. Word2vec's begin with a header line,
"words dimensions"; in its binary form a row is the word, a space, and so many little-endian float32
(https://code.google.com/archive/p/word2vec, distance.c; https://nlp.stanford.edu/projects/glove).
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from seqexp.config.errors import refused, shown
from seqexp.data.arrays import Floats32

Stream = io.BufferedReader | gzip.GzipFile
VectorFormat = Literal["GloVe text", "word2vec text", "word2vec binary"]

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_HEADER = re.compile(rb"([0-9]+)[ \t]+([0-9]+)\s*")
_LONGEST_LINE = 1 << 20  # bytes; 3,000 dimensions take 60,000
_LONGEST_WORD = 1 << 14
_CHUNK = 1 << 20
# Bytes that no text holds: all controls but tab, line ends and escape.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class _DamagedError(Exception):
    """The file is not what its format demands; the message says where."""


@dataclass(frozen=True)
class VectorFile:
    """What was read from a file: of each wanted word that it has a vector (dimensions,), the first where it has two."""

    vectors: dict[str, Floats32]
    dimensions: int
    rows: int  # of all words in the file
    kind: VectorFormat


def read_vector_file(path: Path, wanted: Collection[str], subject: str) -> VectorFile:
    """Read the vectors of the wanted words; the content decides on the format, not the name.

    Of every row it is checked that it has the right size; that they are numbers, of the wanted words alone, which are
    spelled as in the file. The subject is what the file is to the user, for messages.

    Raises:
        InputError: It cannot be read, is no such file, or is damaged.
    """
    keys = {word.encode("utf-8", "surrogatepass"): word for word in wanted}
    try:
        with path.open("rb") as raw:
            start = raw.read(4)
            raw.seek(0)
            if start == _ZIP:
                raise _DamagedError("a zip file: unpack it, and name the file of vectors in it")
            if start.startswith(_GZIP):
                with gzip.open(raw) as unpacked:
                    return _read(unpacked, keys)
            return _read(raw, keys)
    except _DamagedError as error:
        why = str(error)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        why = f"a damaged gzip file: {error}"
    except OSError as error:
        why = f"it can't be read: {error.strerror or error}"
    raise refused(
        subject,
        f"must be a whole file of word vectors: GloVe text, word2vec text or word2vec binary, plain or "
        f"gzipped. Received: {str(path)!r} ({why}).",
    )


def _read(stream: Stream, keys: dict[bytes, str]) -> VectorFile:
    first = _line(stream)
    if not first:
        raise _DamagedError("it is empty")
    header = _HEADER.fullmatch(first)
    if not header:
        dimensions = len(first.split(b" ")) - 1
        if dimensions < 1 or _CONTROLS.search(first) or _numbers(first, dimensions) is None:
            raise _DamagedError(f"line 1 is neither a word and its numbers, nor 'words dimensions': {_shown(first)}")
        return _read_text(_then(first, stream), None, dimensions, keys)
    rows, dimensions = int(header[1]), int(header[2])
    if not rows or not dimensions:
        raise _DamagedError(f"its header says {rows} words of {dimensions} dimensions")
    second = _line(stream)
    if _numbers(second, dimensions) is None and _looks_binary(second + stream.peek(1)):
        return _read_binary(second, stream, rows, dimensions, keys)
    return _read_text(_then(second, stream), rows, dimensions, keys)


def _read_text(lines: Iterator[bytes], rows: int | None, dimensions: int, keys: dict[bytes, str]) -> VectorFile:
    """Read rows of text; `rows` is what the header says, None without one."""
    vectors: dict[str, Floats32] = {}
    number, found, offset = 0, 0, 1 if rows is None else 2
    for number, line in enumerate(lines, start=offset):
        if not line:
            continue
        found += 1
        if rows is not None and found > rows:
            raise _DamagedError(f"line {number} is more than the {rows:,} words of its header")
        word, spaces = line.partition(b" ")[0], line.count(b" ")
        if spaces == dimensions and word not in keys:
            continue
        row = _numbers(line, dimensions)
        if row is None:
            raise _DamagedError(f"line {number} is not a word and {dimensions} numbers: {_shown(line)}")
        if row[0] in keys:
            vectors.setdefault(keys[row[0]], _checked(row[1], f"line {number}"))
    if rows is not None and found < rows:
        raise _DamagedError(f"it ends after {found:,} of the {rows:,} words of its header")
    return VectorFile(vectors, dimensions, found, "GloVe text" if rows is None else "word2vec text")


def _read_binary(begun: bytes, stream: Stream, rows: int, dimensions: int, keys: dict[bytes, str]) -> VectorFile:
    vectors: dict[str, Floats32] = {}
    size = 4 * dimensions
    buffer, at = begun, 0
    for number in range(1, rows + 1):
        space = buffer.find(b" ", at)
        while space < 0 or len(buffer) < space + 1 + size:
            more = stream.read(_CHUNK)
            if not more or (space < 0 and len(buffer) - at > _LONGEST_WORD):
                raise _DamagedError(f"it ends within word {number:,} of the {rows:,} of its header")
            buffer, at = buffer[at:] + more, 0
            space = buffer.find(b" ")
        word = buffer[at:space].lstrip(b"\n")  # most writers end a row with one
        if word in keys:
            values = np.frombuffer(buffer, dtype="<f4", count=dimensions, offset=space + 1).astype(np.float32)
            vectors.setdefault(keys[word], _checked(values, f"word {number:,}"))
        at = space + 1 + size
    if (buffer[at:] + stream.read(_CHUNK)).strip():
        raise _DamagedError(f"it holds more than the {rows:,} words of {dimensions} dimensions of its header")
    return VectorFile(vectors, dimensions, rows, "word2vec binary")


def _line(stream: Stream) -> bytes:
    """Return the next line, its end included; empty at the end of the file."""
    return stream.readline(_LONGEST_LINE)


def _then(first: bytes, stream: Stream) -> Iterator[bytes]:
    """Yield a line that was read already, and all others, without their ends."""
    line = first
    while line:
        yield line.rstrip(b" \r\n")  # fastText ends a row with a space
        line = _line(stream)


def _numbers(line: bytes, dimensions: int) -> tuple[bytes, Floats32] | None:
    """Return a row's word and numbers, or None if it is no such row.

    A word may hold spaces, such as ". . ." in GloVe's largest file; one that ends with a number is a row too long.
    """
    word, *fields = line.rstrip(b" \r\n").rsplit(b" ", dimensions)
    if len(fields) != dimensions or (b" " in word and _is_number(word.rpartition(b" ")[2])):
        return None
    if not all(map(_is_number, fields)):
        return None
    with np.errstate(over="ignore"):  # what float32 can't hold is reported as not finite
        return word, np.array([float(field) for field in fields], dtype=np.float32)


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _checked(values: Floats32, where: str) -> Floats32:
    if not np.isfinite(values).all():
        raise _DamagedError(f"{where} holds what is not a finite number: {values[~np.isfinite(values)][0]}")
    return values


def _looks_binary(content: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)  # which doesn't mind an end within a character
    except UnicodeDecodeError:
        return True
    return _CONTROLS.search(content) is not None


def _shown(line: bytes) -> str:
    """Return the beginning of a line, as a message shows it."""
    text = line.rstrip().decode("utf-8", "replace")
    return shown(text if len(text) <= 60 else text[:60] + "…")

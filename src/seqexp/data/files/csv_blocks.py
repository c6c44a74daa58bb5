"""Cut a csv file into blocks of whole lines, in UTF-8, that know where they stand."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seqexp.config.errors import InputError
from seqexp.data.files.byte_files import open_bytes
from seqexp.data.files.csv_format import CsvFormat


@dataclass(frozen=True)
class Block:
    """Whole lines of a csv file, in UTF-8, with line feeds.

    Attributes:
        first: The number of the first line in the file.
        data: The lines.
    """

    first: int
    data: bytes

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number and content of each line that the parser takes for a row."""
        for number, line in enumerate(self.data.split(b"\n"), self.first):
            if line not in (b"", b"\r"):
                yield number, line.rstrip(b"\r")

    def rows(self) -> int:
        """Return how many lines the parser takes for rows."""
        ended = self.data.endswith(b"\n")
        if b"\n\n" in self.data or b"\n\r" in self.data or self.data.startswith((b"\n", b"\r")):
            return sum(1 for _ in self.lines())
        return self.data.count(b"\n") + (not ended)

    def row(self, index: int) -> tuple[int, bytes]:
        """Return the number and content of the line that the parser takes for the row `index`."""
        return next(line for row, line in enumerate(self.lines()) if row == index)


def blocks(path: Path, subject: str, member: str | None, written: CsvFormat, size: int) -> Iterator[Block]:
    """Yield the lines below the header in blocks of about `size` bytes.

    Raises:
        InputError: The file is damaged, a line is longer than a block, or bytes are not of the encoding.
    """
    decoder = codecs.getincrementaldecoder(written.encoding)() if written.encoding != "utf-8" else None
    rest, line, header = b"", 1, written.header
    with open_bytes(path, subject, member) as stream:
        stream.read(written.bom)
        while True:
            raw = stream.read(size)
            data = raw
            if decoder is not None:
                try:
                    data = decoder.decode(raw, final=not raw).encode()
                except UnicodeDecodeError as error:
                    ends = error.object[: error.start].count(b"\r" if written.carriage else b"\n")
                    raise undecodable(line + ends, written.encoding, path, subject) from error
            data = rest + (data.replace(b"\r", b"\n") if written.carriage else data)
            cut = data.rfind(b"\n") + 1 if raw else len(data)
            if not cut and raw:
                raise InputError(
                    f"{subject} must hold lines of at most {size:,} bytes. Received: line {line} of {path}"
                )
            rest, data = data[cut:], data[:cut]
            first = line
            line += data.count(b"\n")
            while header and data:
                data = data.partition(b"\n")[2]
                header, first = header - 1, first + 1
            if data:
                yield Block(first, _single_spaces(data) if written.delimiter == " " else data)
            if not raw:
                return


def _single_spaces(data: bytes) -> bytes:
    return re.sub(rb"(?m)^ | (?=\r?$)", b"", re.sub(rb" +", b" ", data))


def undecodable(number: int, encoding: str, path: Path, subject: str) -> InputError:
    """Return the error for bytes that are not of the encoding."""
    return InputError(
        f"{subject} must hold text in {encoding} (another one: dataset.format.encoding). "
        f"Received: other bytes in line {number} of {path}"
    )

"""The lines of a csv file in blocks, without those above and below its rows."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from seqexp.config.errors import InputError
from seqexp.data.files.byte_files import InputFile, open_bytes
from seqexp.data.files.delimited.csv_format import CsvFormat
from seqexp.data.files.delimited.row_shape import split_cells

_MOST_BELOW = 20  # lines below the rows that are found out


@dataclass(frozen=True)
class CsvBlock:
    """Whole lines of a csv file, in UTF-8, with line feeds."""

    first: int  # the number of the first line in the file
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

    def position(self, index: int) -> str:
        """Return where the row `index` stands in the file, for messages."""
        return f"line {self.row(index)[0]}"


def csv_blocks(file: InputFile, member: str | None, written: CsvFormat, size: int) -> Iterator[CsvBlock]:
    """Yield the lines from the first row on in blocks of about `size` bytes.

    Raises:
        InputError: The file is damaged, a line is longer than a block, or bytes are not of the encoding.
    """
    decoder = codecs.getincrementaldecoder(written.encoding)() if written.encoding != "utf-8" else None
    rest, line, above = b"", 1, written.above
    with open_bytes(file, member) as stream:
        stream.read(written.bom)
        while True:
            raw = stream.read(size)
            data = raw
            if decoder is not None:
                try:
                    data = decoder.decode(raw, final=not raw).encode()
                except UnicodeDecodeError as error:
                    ends = error.object[: error.start].count(b"\r" if written.carriage else b"\n")
                    raise undecodable(line + ends, written.encoding, file) from error
            data = rest + (data.replace(b"\r", b"\n") if written.carriage else data)
            cut = data.rfind(b"\n") + 1 if raw else len(data)
            if not cut and raw:
                raise file.refused(f"must hold lines of at most {size:,} bytes. Received: line {line} of {file.path}")
            rest, data = data[cut:], data[:cut]
            first = line
            line += data.count(b"\n")
            while above and data:
                data = data.partition(b"\n")[2]
                above, first = above - 1, first + 1
            if data:
                yield CsvBlock(first, _single_spaces(data) if written.delimiter == " " else data)
            if not raw:
                return


def _single_spaces(data: bytes) -> bytes:
    return re.sub(rb"(?m)^ | (?=\r?$)", b"", re.sub(rb" +", b" ", data))


def undecodable(number: int, encoding: str, file: InputFile) -> InputError:
    """Return the error for bytes that are not of the encoding."""
    what = f"must hold text in {encoding} (another one: dataset.format.encoding)"
    return file.refused(f"{what}. Received: other bytes in line {number} of {file.path}")


class LinesBelow:
    """Leaves out what stands below the rows of a csv file: a summary, an end, lines that hold nothing.

    Args:
        given: How many lines the user says there are, empty ones not counted; None: that is found out.
        written: What rows look like.
    """

    def __init__(self, given: int | None, written: CsvFormat) -> None:
        self._given, self._written = given, written
        self._found: list[str] = []

    @property
    def notes(self) -> list[str]:
        """What was left out of all blocks, for a person, where the user doesn't say it."""
        if self._given is not None or not self._found:
            return []
        count, first = len(self._found), self._found[0]
        lines = "1 line" if count == 1 else f"{count} lines"
        shown = repr(first if len(first) <= 40 else f"{first[:39]}…")
        return [f"{lines} below the rows left out: {shown} (dataset.format.footer={count})"]

    def without(self, blocks: Iterator[CsvBlock]) -> Iterator[CsvBlock]:
        """Yield the blocks of a whole file without the lines below its rows."""
        self._found = []
        last: CsvBlock | None = None
        most = _MOST_BELOW if self._given is None else self._given
        for block in blocks:
            # What stands below the rows may reach back from a block to the one before.
            if last is not None and block.data.count(b"\n") <= most:
                last = replace(last, data=last.data + block.data)
                continue
            if last is not None:
                yield last
            last = block
        if last is not None:
            yield replace(last, data=self._cut(last.data))

    def _cut(self, data: bytes) -> bytes:
        """Return the data without its last lines if they are no rows."""
        end, most = len(data), _MOST_BELOW if self._given is None else self._given
        found: list[str] = []
        while len(found) < most and end:
            begin = data.rfind(b"\n", 0, end - 1) + 1
            line = data[begin:end].decode("utf-8", errors="replace").strip("\r\n")
            if line.strip():
                if self._given is None and not self._is_below(line):
                    break
                found.append(line)
            end = begin
        filled = [line for line in found if line.strip(f'{self._written.delimiter} "\t')]
        self._found = [*reversed(filled)]
        return data[:end] if filled else data

    def _is_below(self, line: str) -> bool:
        cells = split_cells([line], self._written.delimiter)[0]
        shape = self._written.shape
        # An open quote was opened in a line above.
        return not line.count('"') % 2 and not shape.is_row(cells) and shape.is_below(cells)

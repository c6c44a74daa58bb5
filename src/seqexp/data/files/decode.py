"""Bytes as text: the encoding is what the user says, what a mark says, utf-8, or a Western one."""

from __future__ import annotations

import codecs

from seqexp.config.errors import refused, shown

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decoded(data: bytes, encoding: str | None, place: str, subject: str) -> tuple[str, str]:
    """Return the text and the name of the encoding it was read with.

    Args:
        data: All bytes.
        encoding: What the user says; None to find it out: a mark in front, utf-8, else cp1252, else latin-1.
        place: The file, for messages.
        subject: What it is to the user, for messages.

    Raises:
        InputError: There is no such encoding, a byte is not in it (the message says where), or this is no text.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], name, place, subject, first=len(mark)), name
    if encoding is not None:
        try:
            name = codecs.lookup(encoding).name
        except LookupError as error:
            known = "an encoding that Python knows, such as utf-8, cp1252, latin-1, utf-16"
            raise refused("dataset.format.encoding", f"must be {known}. Received: {shown(encoding)}.") from error
        return _strictly(data, name, place, subject), encoding
    if b"\0" in data:
        raise refused(
            subject,
            f"must be text. Received: {place}, which holds bytes that are no text. "
            f"(A text in UTF-16 without a mark needs dataset.format.encoding=utf-16-le)",
        )
    for name in ("utf-8", "cp1252"):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


def _strictly(data: bytes, name: str, place: str, subject: str, first: int = 0) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refused(
            subject,
            f"must be text in {name} (another encoding: dataset.format.encoding). Received: byte "
            f"0x{data[error.start]:02x} at {first + error.start:,}, in line {line:,} of {place}",
        ) from error
    except (LookupError, ValueError) as error:  # a codec that makes no text, such as hex
        raise refused("dataset.format.encoding", f"must be one of text. Received: {name!r} ({error}).") from error

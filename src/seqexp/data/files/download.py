"""Download one file: with progress, time limits and retries, whole or not at all, one process at a time.

Built on requests rather than pooch: the content must be checked before the file gets its name, an HTTP 404
must not be retried, progress goes to a callable, and other processes must wait; pooch offers none of these.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.config.errors import refused
from seqexp.data.files.cache import Progress, locked

if TYPE_CHECKING:
    from requests import Response

# identity: the bytes arrive as they are stored, so their number can be checked.
HEADERS = {"User-Agent": "seqexp", "Accept-Encoding": "identity"}
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
CHUNK_BYTES = 1 << 16
MEGABYTE = 1e6
SECONDS_BETWEEN_LINES = 2.0


class _AttemptError(Exception):
    """One attempt failed, for a reason in words for a person; where `again`, another one may succeed."""

    def __init__(self, why: str, again: bool) -> None:
        super().__init__(why)
        self.again = again


def fetch(
    url: str,
    target: Path,
    verify: Callable[[Path], None],
    progress: Progress,
    *,
    key: str = "dataset.url",
    attempts: int = 4,
    timeout: float = 20.0,
    backoff: float = 0.5,
) -> None:
    """Download `url` to `target`, unless the file is there or another process puts it there meanwhile.

    Args:
        url: Where the file is.
        target: The file's final name, which only a complete and verified download gets.
        verify: Raises InputError if the downloaded file is not what it should be.
        progress: Receives lines for a person.
        key: The configuration's key that gives the address, for messages.
        attempts: How often to try in all.
        timeout: Seconds without a connection, or without a byte, that end an attempt.
        backoff: Seconds before the second attempt; doubled before each further one.

    Raises:
        InputError: The file cannot be downloaded, is not what it should be, or cannot be written.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        with locked(target.with_name(f"{target.name}.lock"), progress):
            if target.exists():
                return
            try:
                _attempt_all(url, part, progress, key=key, attempts=attempts, timeout=timeout, backoff=backoff)
                verify(part)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        what = f"must name a folder that can be written ({error.strerror or error})"
        raise refused("SEQEXP_DATA_DIR", f"{what}. Received: {str(target.parent)!r}") from error


def ask(url: str, timeout: float) -> str | None:
    """Return why `url` cannot be downloaded, or None if its server offers it. Takes none of its content.

    Args:
        url: Where the file is.
        timeout: Seconds to wait for a connection, and again for the first byte. Name resolution comes on top.
    """
    import requests

    # A ranged GET, not a HEAD: some servers and signed addresses answer only the method of the real download.
    headers = HEADERS | {"Range": "bytes=0-0"}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
            return _refusal(response)
    except (OSError, ValueError) as error:
        return _why(error)


def _attempt_all(
    url: str, part: Path, progress: Progress, *, key: str, attempts: int, timeout: float, backoff: float
) -> None:
    """Download to `part`, trying again after what may pass.

    Raises:
        InputError: The last attempt failed, or one failed for good.
        OSError: The file cannot be written.
    """
    for attempt in range(1, attempts + 1):
        try:
            _attempt(url, part, progress, timeout)
        except _AttemptError as failure:
            if attempt == attempts or not failure.again:
                raise refused(key, f"gives no file: {failure}. Received: {url!r}") from failure
            wait = backoff * 2 ** (attempt - 1)
            progress(f"attempt {attempt} of {attempts} failed: {failure}. Next one in {wait:g} s")
            time.sleep(wait)
        else:
            return


def _attempt(url: str, part: Path, progress: Progress, timeout: float) -> None:
    """Download to `part` once.

    Raises:
        _AttemptError: No answer, a refusal, or a body that breaks off.
        OSError: The file cannot be written.
    """
    import requests

    try:
        with requests.get(url, headers=HEADERS, stream=True, timeout=timeout) as response:
            refusal = _refusal(response)
            if refusal:
                raise _AttemptError(refusal, again=response.status_code in TRANSIENT)
            _save(response, part, progress)
    except requests.RequestException as error:
        # Those that are also a ValueError say that the URL itself is wrong.
        raise _AttemptError(_why(error), again=not isinstance(error, ValueError)) from error


def _save(response: Response, part: Path, progress: Progress) -> None:
    """Write the body to `part`, and on to the disk.

    Raises:
        _AttemptError: Fewer or more bytes came than announced.
        requests.RequestException: The connection broke off or stalled.
        OSError: The file cannot be written.
    """
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdecimal() and "Content-Encoding" not in response.headers else None
    of_total = f" of {total / MEGABYTE:.1f}" if total else ""
    progress(f"downloading {response.url}{f' ({total / MEGABYTE:.1f} MB)' if total else ''}")
    received, last_line = 0, time.monotonic()
    with part.open("wb") as stream:
        for chunk in response.iter_content(CHUNK_BYTES):
            stream.write(chunk)
            received += len(chunk)
            if time.monotonic() - last_line > SECONDS_BETWEEN_LINES:
                last_line = time.monotonic()
                progress(f"downloaded {received / MEGABYTE:.1f}{of_total} MB")
        stream.flush()
        os.fsync(stream.fileno())
    # urllib3 before 2.0 takes a body that breaks off for a complete one.
    if total is not None and received != total:
        raise _AttemptError(f"{received} of {total} bytes came", again=True)
    progress(f"downloaded {received / MEGABYTE:.1f} MB")


def _refusal(response: Response) -> str | None:
    """Return why this answer is not the file, or None if it may be."""
    if not 200 <= response.status_code < 300:
        return f"HTTP {response.status_code} {response.reason}".rstrip()
    # Log-in pages of hotels and companies answer every request with 200.
    if response.headers.get("Content-Type", "").startswith("text/html"):
        return "the server answers with a web page, not with a data file"
    return None


def _why(error: Exception) -> str:
    """Return the cause of a failed request without the names of classes and objects in front of it."""
    import requests

    if isinstance(error, requests.ConnectTimeout | requests.ReadTimeout):
        return "no answer in time"
    # requests wraps urllib3's MaxRetryError, whose `reason` is the cause.
    cause = getattr(error.args[0], "reason", None) if error.args else None
    text = str(cause or error)
    if "timed out" in text.lower():
        return "no answer in time"
    # The system's own words, such as "Connection refused": the address stands beside them anyway.
    known = re.search(r"\[Errno -?\d+\] ([^()\[\]]+)", text)
    return known[1].strip() if known else text.split("): ", 1)[-1]

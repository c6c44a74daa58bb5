from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seqexp.config.errors import Fault, InputError
from seqexp.data.files.download import ask, fetch
from tests.data.helpers import Server, body, silence, status

CONTENT = bytes(range(256)) * 1024


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def anything(part: Path) -> None:
    pass


def only_lock(folder: Path) -> bool:
    return [path.name for path in folder.iterdir()] == ["f.zip.lock"]


def test_downloads_and_tells(tmp_path: Path) -> None:
    lines: list[str] = []
    with Server(body(CONTENT)) as server:
        fetch(server.url, tmp_path / "sub" / "f.zip", anything, lines.append)
    assert (tmp_path / "sub" / "f.zip").read_bytes() == CONTENT
    assert lines == [f"downloading {server.url} (0.3 MB)", "downloaded 0.3 MB"]


def test_slow_download_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqexp.data.files.download.SECONDS_BETWEEN_LINES", 0.1)
    lines: list[str] = []
    with Server(body(CONTENT, pause=0.3)) as server:
        fetch(server.url, tmp_path / "f.zip", anything, lines.append)
    assert "of 0.3 MB" in lines[1]


def test_file_that_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "f.zip").write_bytes(b"mine")
    with Server(body(CONTENT)) as server:
        fetch(server.url, tmp_path / "f.zip", anything, print)
        assert server.requests == []
    assert (tmp_path / "f.zip").read_bytes() == b"mine"


@pytest.mark.parametrize("obstacle", [status(503), status(429), body(CONTENT[:999], announce=len(CONTENT)), silence])
def test_passing_obstacles_are_overcome(obstacle: object, tmp_path: Path) -> None:
    assert callable(obstacle)
    lines: list[str] = []
    with Server(obstacle, obstacle, body(CONTENT)) as server:
        fetch(server.url, tmp_path / "f.zip", anything, lines.append, timeout=0.3, backoff=0.01)
        assert len(server.requests) == 3
    assert (tmp_path / "f.zip").read_bytes() == CONTENT
    assert [line.split(" failed")[0] for line in lines if "failed" in line] == ["attempt 1 of 4", "attempt 2 of 4"]


@pytest.mark.parametrize(
    ("obstacle", "requests", "why"),
    [
        (status(503), 3, "HTTP 503"),
        (status(404), 1, "HTTP 404 Not Found"),
        (body(b"<html>log in</html>", kind="text/html; charset=utf-8"), 1, "web page"),
        (silence, 3, "no answer in time"),
        (body(CONTENT, pause=30), 3, "no answer in time"),
        (body(CONTENT[:999], announce=len(CONTENT)), 3, "999 bytes read|999 of 262144"),
    ],
)
def test_lasting_obstacles_leave_nothing(obstacle: object, requests: int, why: str, tmp_path: Path) -> None:
    assert callable(obstacle)
    with Server(obstacle) as server:
        with pytest.raises(InputError, match=why) as caught:
            fetch(server.url, tmp_path / "f.zip", anything, print, attempts=3, timeout=0.2, backoff=0.01)
        assert len(server.requests) == requests
        assert f"Received: '{server.url}'" in str(caught.value)
    assert only_lock(tmp_path)


def test_waits_longer_before_each_attempt(tmp_path: Path) -> None:
    lines: list[str] = []
    with Server(status(500)) as server, pytest.raises(InputError):
        fetch(server.url, tmp_path / "f.zip", anything, lines.append, attempts=4, backoff=0.05)
    assert [line.rsplit("in ", 1)[1] for line in lines] == ["0.05 s", "0.1 s", "0.2 s"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:9/f.zip", "refused"),
        ("http://host.invalid/f.zip", "not known|failure in name resolution"),
        ("http://[/f.zip", "not a valid host"),
        ("http://.../f.zip", "[Ii]nvalid|[Ll]abel"),
        ("jena.zip", "Invalid URL 'jena.zip'"),
        ("ftp://127.0.0.1/f.zip", "No connection adapters"),
    ],
)
def test_addresses_that_lead_nowhere(url: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=why):
        fetch(url, tmp_path / "f.zip", anything, print, attempts=2, backoff=0.01)
    assert only_lock(tmp_path)
    answer = ask(url, 2.0)
    assert answer is not None
    assert re.search(why, answer)


def test_unverified_file_gets_no_name(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def refuse(part: Path) -> None:
        seen.append(part.read_bytes())
        assert not (tmp_path / "f.zip").exists()
        raise InputError(Fault("dataset.url", "not what it should be"))

    with Server(body(CONTENT)) as server, pytest.raises(InputError, match="not what it should be"):
        fetch(server.url, tmp_path / "f.zip", refuse, print)
    assert seen == [CONTENT]
    assert only_lock(tmp_path)


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with Server(body(CONTENT)) as server, pytest.raises(InputError, match="SEQEXP_DATA_DIR"):
        fetch(server.url, tmp_path / "file" / "f.zip", anything, print)


FETCH = """
import sys
from pathlib import Path
from seqexp.data.files.download import fetch
fetch(sys.argv[1], Path(sys.argv[2]), lambda part: None, lambda line: print(line, flush=True))
"""


def start_fetch(url: str, target: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FETCH, url, str(target)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_fetch_once(tmp_path: Path) -> None:
    with Server(body(CONTENT, pause=1.5)) as server:
        both = [start_fetch(server.url, tmp_path / "f.zip") for _ in range(2)]
        outputs = [process.communicate(timeout=30)[0] for process in both]
        assert [process.returncode for process in both] == [0, 0]
        assert len(server.requests) == 1
    assert (tmp_path / "f.zip").read_bytes() == CONTENT
    assert sum("waiting for another process" in output for output in outputs) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_killed_download_leaves_no_file_and_frees_the_lock(blow: signal.Signals, tmp_path: Path) -> None:
    target = tmp_path / "f.zip"
    with Server(body(CONTENT, pause=30), body(CONTENT)) as server:
        first = start_fetch(server.url, target)
        wait_until((tmp_path / "f.zip.part").exists)
        first.send_signal(blow)
        first.communicate(timeout=10)
        assert first.returncode != 0
        assert not target.exists()
        fetch(server.url, target, anything, print)
    assert target.read_bytes() == CONTENT
    assert not (tmp_path / "f.zip.part").exists()


def wait_until(condition: object, seconds: float = 20.0) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_ask_takes_no_content() -> None:
    with Server(body(CONTENT)) as server:
        assert ask(server.url, 2.0) is None
        assert server.requests[0]["Range"] == "bytes=0-0"


@pytest.mark.parametrize(
    ("obstacle", "why"),
    [(status(404), "HTTP 404"), (body(b"<html>", kind="text/html"), "web page"), (silence, "no answer in time")],
)
def test_ask_says_why_not(obstacle: object, why: str) -> None:
    assert callable(obstacle)
    with Server(obstacle) as server:
        answer = ask(server.url, 0.3)
    assert answer is not None
    assert why in answer

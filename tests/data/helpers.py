"""What the tests of acquisition share: a dataset's configuration, a small csv file, a real HTTP server."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from seqexp.config.errors import InputError
from seqexp.config.schema import SeriesConfig
from tests.factories import dataset_config

HEADER = (
    '"Date Time","p (mbar)","T (degC)","Tpot (K)","Tdew (degC)","rh (%)","VPmax (mbar)","VPact (mbar)",'
    '"VPdef (mbar)","sh (g/kg)","H2OC (mmol/mol)","rho (g/m**3)","wv (m/s)","max. wv (m/s)","wd (deg)"'
)
ROWS = [
    "01.01.2009 00:10:00,996.52,-8.02,265.4,-8.9,93.3,3.33,3.11,0.22,1.94,3.12,1307.75,1.03,1.75,152.3",
    "01.01.2009 00:20:00,996.57,-8.41,265.01,-9.28,93.4,3.23,3.02,0.21,1.89,3.03,1309.8,-9999.0,1.5,136.1",
    "31.12.2009 23:50:00,996.53,-8.51,264.91,-9.31,93.9,3.21,3.01,0.2,1.88,3.02,1310.24,0.19,0.63,171.6",
]


def numbers(text: str) -> list[str]:
    """Return the numbers, shares and time stamps of a message, in their order."""
    return re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d+(?:[.,]\d+)*%?", text)


def received(error: InputError) -> list[tuple[str, str]]:
    """Return the key of each fault and what its text echoes, from "Received: " on."""
    return [(fault.key, fault.text.partition("Received: ")[2]) for fault in error.faults]


def dataset(**changes: Any) -> SeriesConfig:
    """Return Jena's configuration, source auto; port 9 of this machine answers nobody."""
    url = "http://127.0.0.1:9/jena_climate_2009_2016.csv.zip"
    return dataset_config(**({"source": "auto", "url": url} | changes))


def write_csv(path: Path, header: str = HEADER, rows: Sequence[str] = ROWS, end: str = "\n") -> Path:
    path.write_bytes(end.join([header, *rows, ""]).encode())
    return path


Answer = Callable[[BaseHTTPRequestHandler, threading.Event], None]


def body(content: bytes, kind: str = "application/zip", announce: int | None = None, pause: float = 0.0) -> Answer:
    """Answer with `content` in two halves with a pause between them, announced as `announce` bytes."""

    def answer(handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(content) if announce is None else announce))
        handler.end_headers()
        half = len(content) // 2
        handler.wfile.write(content[:half])
        handler.wfile.flush()
        closing.wait(pause)
        handler.wfile.write(content[half:])

    return answer


def status(code: int) -> Answer:
    def answer(handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        handler.send_error(code)

    return answer


def silence(handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
    """Accept the request and never answer it."""
    closing.wait(60)


class Server:
    """A real HTTP server on this machine. The answers are given in turn, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.requests: list[dict[str, str]] = []
        closing = self._closing = threading.Event()
        requests = self.requests
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with lock:
                    answer = answers[min(len(requests), len(answers) - 1)]
                    requests.append(dict(self.headers))
                with contextlib.suppress(OSError):  # the client went away
                    answer(self, closing)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/jena_climate_2009_2016.csv.zip"

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

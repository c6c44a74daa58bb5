"""A real MLflow server that can go away and come back, and a proxy in front of it that misbehaves."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from seqexp.tracking.store.opening import open_store
from tests.background import PATIENCE, free_port

Mode = Literal["pass", "fail", "slow", "lose"]


class Server:
    """A server of its own folder on a free port; it keeps its runs in SQLite, or in the database of a URI."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        if database is None:
            open_store("sqlite:///server.db", folder)
        self._folder, self._database = folder, database or f"sqlite:///{folder}/server.db"
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        environment = os.environ | {
            "_MLFLOW_SERVER_FILE_STORE": self._database,
            "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
            "_MLFLOW_SERVER_ARTIFACT_DESTINATION": (self._folder / "kept").as_uri(),
            "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        }
        command = [sys.executable, "-m", "uvicorn", "mlflow.server.fastapi_app:app"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), "--log-level", "error"],
            env=environment,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise TimeoutError(self.uri)

    def freeze(self, *, frozen: bool) -> None:
        """Have it take connections and answer nothing, or go on."""
        self.process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def stop(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait(10)


class Proxy(ThreadingHTTPServer):
    """Passes requests on to a server, in one of several ways.

    Attributes:
        mode: "pass": faithfully; "fail": every answer is HTTP 500; "slow": every answer takes `seconds` longer; "lose":
            the server carries each request out, and the first answer to each never comes.
    """

    daemon_threads = True

    def __init__(self, server: Server) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.uri, self.behind = f"http://127.0.0.1:{self.server_port}", urlsplit(server.uri)
        self.mode: Mode = "pass"
        self.seconds = 5.0
        self.lost: set[tuple[str, str, bytes]] = set()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        proxy = self.server
        if proxy.mode == "fail":
            self.send_error(500)
            return
        if proxy.mode == "slow":
            time.sleep(proxy.seconds)
        connection = http.client.HTTPConnection(proxy.behind.netloc, timeout=60)
        headers = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "connection")}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        request = (self.command, self.path, body)
        if proxy.mode == "lose" and request not in proxy.lost:
            proxy.lost.add(request)
            self.connection.close()
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on

    def log_message(self, *_: object) -> None:
        pass

"""`seqexp ui`: the MLflow UI on the store of this folder."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, NoReturn

from seqexp.config.errors import Fault, InputError, refused, shown
from seqexp.runs.processes import ENDING, HANGUP, end_group, start_group
from seqexp.tracking.endings import Terminated

if TYPE_CHECKING:
    from seqexp.tracking.store.store import Store

DEFAULT_PORT = 5000
# Without this MLflow opens on its pages for language models; it applies to the first page only.
_TRAINING = "workflowType=machine_learning"

_PORTS_TRIED = 100
_START_SECONDS = 180.0
_STOP_SECONDS = 10.0
_INTERRUPTED, _TERMINATED = 130, 143
_STOPPING = (*ENDING, *HANGUP)

HELP = "open the MLflow UI on the recorded runs"
DESCRIPTION = "Serve the MLflow UI on the recorded runs until Ctrl-C."
EPILOG = """\
examples:
  seqexp ui                                   this folder's store at http://127.0.0.1:5000
  seqexp ui --port 8080
  seqexp ui --uri sqlite:///old/mlflow.db
  seqexp ui --host 0.0.0.0                    reachable from other machines: there is no password
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--uri", metavar="URI", help="the MLflow store; default: MLFLOW_TRACKING_URI, else ./mlflow.db")
    parser.add_argument(
        "--port", type=int, metavar="PORT", help=f"default: {DEFAULT_PORT}, or the next port that is free"
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="HOST", help="default: 127.0.0.1")


def main(args: argparse.Namespace) -> int:
    """Serve the UI until Ctrl-C.

    Returns:
        130 after Ctrl-C, 143 after SIGTERM, 1 if the server failed; 0 if the store is a server, which has a UI.

    Raises:
        InputError: There is no store, or the port or host cannot be used.
    """
    from seqexp.tracking.store.opening import find_store
    from seqexp.tracking.store.uris import is_server

    port = _usable_port(args.host, args.port)
    store = find_store(args.uri, Path.cwd())
    if is_server(store.uri):
        print(f"The store is a server, with the UI at {store.shown}")
        return 0
    url = f"http://{_url_host(args.host)}:{port}"
    with _stop_signals():
        try:
            return _serve(store, args.host, port, url)
        except KeyboardInterrupt:
            return _INTERRUPTED
        except Terminated:
            return _TERMINATED


def page_of(store: Store) -> str:
    """Return the page of the runs of the experiment that was used last; of all experiments where there is no run."""
    experiments = list(store.experiments().values())
    with store.reporting("find the newest run"):
        newest = store.client.search_runs(experiments, max_results=1, order_by=["attributes.start_time DESC"])
    return f"#/experiments/{newest[0].info.experiment_id}/runs?{_TRAINING}" if newest else f"#/experiments?{_TRAINING}"


def _serve(store: Store, host: str, port: int, url: str) -> int:
    from seqexp.tracking.store.store import before_writing

    print(f"Starting the MLflow UI on {store.shown} ...", flush=True)
    with _server(store, host, port) as server:
        messages = _Messages(server)
        if not _wait_until_ready(server, url):
            print(messages.collected(), end="", file=sys.stderr)
            print(f"error: the MLflow UI did not start at {url}; its messages stand above", file=sys.stderr)
            return 1
        with before_writing():
            page = page_of(store)
        print(f"The UI is at {url}/{page}   (Ctrl-C ends it)", flush=True)
        messages.pass_on()
        server.wait()
    print(f"error: the MLflow UI ended by itself, with exit code {server.returncode}", file=sys.stderr)
    return 1


@contextlib.contextmanager
def _server(store: Store, host: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run MLflow's server as a child process; at the end of the block it and all its children have ended."""
    command = [sys.executable, "-m", "mlflow", "ui", "--host", host, "--port", str(port)]
    command += ["--workers", "1", "--uvicorn-opts", "--log-level warning"]
    if store.artifact_root:
        command += ["--default-artifact-root", store.artifact_root]
        command += ["--artifacts-destination", store.artifact_root]
    environment = {"PYTHONWARNINGS": "ignore", **os.environ}
    environment["MLFLOW_BACKEND_STORE_URI"] = store.uri  # it may hold a password, and everyone can list arguments
    environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"  # several processes more, of no use here
    server = start_group(command, environment)  # a Ctrl-C of the terminal reaches only this process, which ends it
    try:
        yield server
    finally:
        _end(server)


class _Messages:
    """Collects the server's output while it starts, and passes it on to stderr afterwards."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._kept: list[str] = []
        self._passing = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(server.stdout,), daemon=True)
        self._reader.start()

    def pass_on(self) -> None:
        """Pass the output on from now on."""
        self._passing.set()

    def collected(self) -> str:
        """Return what was collected."""
        self._reader.join(timeout=1)
        return "".join(self._kept)

    def _read(self, source: IO[str]) -> None:
        for line in source:
            if self._passing.is_set():
                print(line, end="", file=sys.stderr, flush=True)
            else:
                self._kept.append(line)


def _wait_until_ready(server: subprocess.Popen[str], url: str) -> bool:
    """Return whether the server answers before it ends or takes too long."""
    import urllib.request

    # A proxy that the environment names is not for this machine's own addresses.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with opener.open(f"{url}/health", timeout=2):
                return True
        except OSError:  # not listening yet
            time.sleep(0.1)
    return False


def _end(server: subprocess.Popen[str]) -> None:
    """End the server and every process that it started, however often the user presses Ctrl-C."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)
    end_group(server, _STOP_SECONDS)


@contextlib.contextmanager
def _stop_signals() -> Iterator[None]:
    """Make SIGTERM and SIGHUP, the end of the terminal, raise `Terminated` during the block."""
    before = {number: signal.getsignal(number) for number in _STOPPING}
    for number in _STOPPING:
        if number != signal.SIGINT:
            signal.signal(number, _raise_terminated)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise_terminated(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 (a handler's form)
    raise Terminated


def _usable_port(host: str, given: int | None) -> int:
    """Return the port that the user gave, else the first free one from 5000.

    Raises:
        InputError: The given port, the host, or every port that was tried cannot be used.
    """
    if given is not None and not 1 <= given <= 65535:
        raise refused("--port", f"must be between 1 and 65535. Received: {given}")
    candidates = [given] if given is not None else range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED)
    for port in candidates:
        if _is_free(host, port):
            return port
    if given is not None:
        raise refused("--port", f"{given} is in use on {host}; leave --port out to take the next free one")
    taken = f"all from {candidates[0]} to {candidates[-1]} are in use"
    raise InputError(Fault("--port", f"--port: {taken}; give another one"))


def _is_free(host: str, port: int) -> bool:
    """Return whether a server can listen there.

    Raises:
        InputError: The host is none of this machine's, or the port is reserved.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # on Windows it would let two servers have one port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (socket.gaierror, UnicodeError) as error:
        why = error.strerror if isinstance(error, socket.gaierror) else "too long a name, or an empty part of one"
        raise refused("--host", f"{shown(host)} is not an address of this machine ({why})") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise refused("--host", f"{host} --port {port} cannot be used ({error.strerror})") from error
    return True


def _url_host(host: str) -> str:
    """Return the host as a URL on this machine names it."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host

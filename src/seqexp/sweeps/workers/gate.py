"""Where the processes that a launcher has placed on other machines connect back to the sweep."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Any

import seqexp
from seqexp.config.errors import Fault, InputError

LOOPBACK = ("localhost", "127.0.0.1")
_KEY_BYTES = 32
# A machine that has vanished says nothing. Its silence is noticed by the kernel, which asks whether it is still there:
# after so many seconds, then every so many seconds, so many times.
_KEEPALIVE = {"TCP_KEEPIDLE": 20, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 4}
_CLOSING = 5.0  # seconds
_UNANSWERED = 40_000  # milliseconds after which what was sent, and not received, counts as lost


@dataclass(frozen=True)
class Summons:
    """What a placed process is told: where to connect to, and what makes it welcome there.

    Attributes:
        host: Where the sweep's own process listens.
        port: The port there.
        key: The secret that both must know, as hex digits.
        ticket: Which place the process is for.
    """

    host: str
    port: int
    key: str
    ticket: str

    def as_line(self) -> str:
        """Return it as a line of text."""
        return f"{json.dumps(vars(self))}\n"

    @classmethod
    def of_line(cls, line: str) -> Summons:
        """Return what `as_line` wrote."""
        return cls(**json.loads(line))


@dataclass(frozen=True)
class Arrival:
    """A placed process that has connected.

    Attributes:
        connection: To it.
        node: The name of its machine.
        machine: What tells its machine from others.
        seqexp: The version of seqexp that it has.
        python: Its Python's.
    """

    connection: Connection
    node: str
    machine: str
    seqexp: str
    python: str


class Gate:
    """Listens for placed processes until it is closed.

    Whoever connects must know the gate's key, which is made anew for each sweep, and hold a ticket: what they send is
    read as pickles. It is not encrypted.

    Args:
        host: The name or address of this machine by which the others reach it. A loopback address is reached from
            this machine alone; with any other the gate listens on all of its addresses.
        ports: The first and the last port that may be used; None: any free one.

    Raises:
        InputError: No such port is free.
    """

    def __init__(self, host: str, ports: tuple[int, int] | None = None) -> None:
        self._host = host
        self._key = secrets.token_bytes(_KEY_BYTES)
        self._expected: dict[str, Future[Arrival]] = {}
        self._listener = _listen("127.0.0.1" if host in LOOPBACK else "0.0.0.0", ports)
        self._is_open = True
        self._thread = threading.Thread(target=self._admit_all, name="seqexp gate", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Admit nobody any more; who has been admitted stays."""
        self._is_open = False
        # Closing a socket doesn't wake who waits at it: a visitor does.
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=_CLOSING).close()
        self._thread.join(_CLOSING)
        self._listener.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        address: Any = self._listener.address
        return int(address[1])

    def summon(self) -> tuple[Summons, Future[Arrival]]:
        """Return what a process must be told that is to be placed now, and its arrival."""
        ticket, arrival = secrets.token_hex(8), Future[Arrival]()
        self._expected[ticket] = arrival
        return Summons(self._host, self.port, self._key.hex(), ticket), arrival

    def withdraw(self, summons: Summons) -> None:
        """Admit the process no more: it comes too late."""
        self._expected.pop(summons.ticket, None)

    def _admit_all(self) -> None:
        while self._is_open:
            try:
                connection = self._listener.accept()
            except OSError:
                continue
            # Each in a thread of its own: a stranger who says nothing must not keep the others waiting.
            threading.Thread(target=self._admit, args=(connection,), daemon=True).start()

    def _admit(self, connection: Connection) -> None:
        try:
            deliver_challenge(connection, self._key)
            answer_challenge(connection, self._key)
            told = json.loads(connection.recv_bytes())
            arrival = self._expected.pop(told.pop("ticket"), None)
            if arrival is not None:
                notice_silence(connection)
                arrival.set_result(Arrival(connection, **told))
                return
        except (AuthenticationError, OSError, EOFError, ValueError):
            pass  # a stranger
        connection.close()


def _listen(address: str, ports: tuple[int, int] | None) -> Listener:
    first, last = ports or (0, 0)
    for port in range(first, last + 1):
        try:
            return Listener((address, port), backlog=128)
        except OSError as error:
            reason = error.strerror
    raise InputError(
        Fault(
            "hydra.launcher.ports",
            f"hydra.launcher.ports: no port from {first} to {last} is free at {address} ({reason}).",
        )
    )


def answer(summons: Summons) -> Connection:
    """Connect to the gate, from the placed process.

    Raises:
        OSError: Nobody is there.
        AuthenticationError: Somebody else is.
    """
    connection = Client((summons.host, summons.port), authkey=bytes.fromhex(summons.key))
    notice_silence(connection)
    told = {
        "ticket": summons.ticket,
        "node": socket.gethostname(),
        "machine": this_machine(),
        "seqexp": seqexp.__version__,
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    connection.send_bytes(json.dumps(told).encode())
    return connection


def this_machine() -> str:
    """Return what tells this machine from all others, containers from their host included."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{socket.gethostname()} {boot.read_text().strip() if boot.is_file() else ''}".strip()


def notice_silence(connection: Connection) -> None:
    """Have the kernel break the connection when the other machine is no longer there."""
    with _socket_of(connection) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNANSWERED)


@contextmanager
def _socket_of(connection: Connection) -> Iterator[socket.socket]:
    with socket.socket(fileno=os.dup(connection.fileno())) as sock:
        yield sock

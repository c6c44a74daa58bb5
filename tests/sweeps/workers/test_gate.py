"""Who may connect to a sweep, and who may not."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import replace
from multiprocessing import AuthenticationError

import pytest

import seqexp
from seqexp.config.errors import InputError
from seqexp.sweeps.workers.gate import Gate, Summons, answer, this_machine


@contextmanager
def open_gate(host: str, ports: tuple[int, int] | None = None) -> Iterator[Gate]:
    with closing(Gate(host, ports)) as gate:
        yield gate


@pytest.fixture
def gate() -> Iterator[Gate]:
    with open_gate("127.0.0.1") as gate:
        yield gate


def test_who_is_summoned_is_admitted_and_both_can_speak(gate: Gate) -> None:
    summons, arrival = gate.summon()
    connection = answer(Summons.of_line(summons.as_line()))
    arrived = arrival.result(timeout=10)
    arrived.connection.send({"what": 1})
    connection.send(("an", "answer"))
    assert connection.recv() == {"what": 1}
    assert arrived.connection.recv() == ("an", "answer")
    assert (arrived.node, arrived.seqexp) == (socket.gethostname(), seqexp.__version__)
    assert arrived.machine == this_machine()
    for end in (connection, arrived.connection):
        with socket.socket(fileno=end.fileno()) as sock:
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            # 20 s of silence, then four questions 5 s apart: gone after 40 s
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 20
            sock.detach()


def test_a_wrong_key_is_refused(gate: Gate) -> None:
    summons, arrival = gate.summon()
    with pytest.raises((AuthenticationError, EOFError, ConnectionError)):
        answer(replace(summons, key="00" * 32)).recv()
    assert not arrival.done()


@pytest.mark.parametrize("late", [True, False], ids=["withdrawn", "never given"])
def test_without_a_ticket_nobody_is_admitted(gate: Gate, late: bool) -> None:
    summons, arrival = gate.summon()
    if late:
        gate.withdraw(summons)
    else:
        summons = replace(summons, ticket="0" * 16)
    with pytest.raises((EOFError, ConnectionError)):
        answer(summons).recv()
    assert not arrival.done()


def test_a_ticket_serves_once(gate: Gate) -> None:
    summons, arrival = gate.summon()
    first = answer(summons)
    assert arrival.result(timeout=10).connection.writable
    with pytest.raises((EOFError, ConnectionError)):
        answer(summons).recv()
    first.close()


def test_a_silent_stranger_keeps_nobody_waiting(gate: Gate) -> None:
    with socket.create_connection(("127.0.0.1", gate.port)) as stranger:
        stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with socket.create_connection(("127.0.0.1", gate.port)):
            summons, arrival = gate.summon()
            answer(summons).close()
            assert arrival.result(timeout=10).node == socket.gethostname()


def test_a_closed_gate_admits_nobody_and_leaves_no_thread() -> None:
    with open_gate("localhost") as gate:
        summons, arrival = gate.summon()
    assert isinstance(arrival, Future)
    with pytest.raises(ConnectionRefusedError):
        answer(summons)
    end = time.monotonic() + 10
    while any(thread.name == "seqexp gate" for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_ports_are_kept_to() -> None:
    with open_gate("127.0.0.1") as other:
        taken = other.port
        with pytest.raises(InputError, match=rf"no port from {taken} to {taken} is free at 127\.0\.0\.1"):
            Gate("127.0.0.1", (taken, taken))
        with open_gate("127.0.0.1", (taken, taken + 20)) as gate:
            assert taken < gate.port <= taken + 20


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address of this machine on Linux")
def test_a_loopback_address_is_reached_from_this_machine_alone() -> None:
    other = "127.0.0.2"
    with open_gate("127.0.0.1") as gate, pytest.raises(ConnectionRefusedError):
        socket.create_connection((other, gate.port), timeout=5)
    with open_gate(socket.gethostname()) as gate:
        socket.create_connection((other, gate.port), timeout=5).close()

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.client import Client, PeerError


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client("tests.benchmarks.trivial_peer:TrivialPeer", 2) as client:
        yield client


def test_calls_go_to_one_peer_that_stays(client: Client) -> None:
    assert client.call("add", left=2, right=3) == {"sum": 5, "calls": 1, "threads": 2}
    assert client.call("add", left=-1, right=1) == {"sum": 0, "calls": 2, "threads": 2}


def test_the_commands_are_not_what_a_library_reads(client: Client) -> None:
    assert client.call("read") == ""


def test_what_a_peer_raises_is_told_and_it_lives_on(client: Client) -> None:
    with pytest.raises(PeerError, match="ValueError: not today"):
        client.call("fail")
    assert client.call("add", left=1, right=1)["sum"] == 2


def test_a_waiting_peer_uses_no_time(client: Client) -> None:
    before = client.worked
    client.call("add", left=1, right=1)
    assert client.worked - before < 0.05


def test_a_process_that_dies_leaves_its_last_words() -> None:
    with Client("tests.benchmarks.trivial_peer:TrivialPeer", 1) as client:
        with pytest.raises(PeerError, match=r"died with status 3\.\n.*last words"):
            client.call("die")
        with pytest.raises(PeerError, match="died with status 3"):
            client.call("add", left=1, right=1)


def test_a_class_that_is_not_there_is_told() -> None:
    with (
        Client("tests.benchmarks.trivial_peer:Nobody", 1) as client,
        pytest.raises(PeerError, match="no attribute 'Nobody'"),
    ):
        client.call("add", left=1, right=1)

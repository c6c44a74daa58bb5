from __future__ import annotations

import os
import signal
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from seqexp.runs.interrupts import sigterm_ends_run
from seqexp.runs.processes import time_limit
from seqexp.tracking.endings import Terminated


class Thing:
    """What can be referred to weakly."""


@contextmanager
def handlers_as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    assert signal.getsignal(signal.SIGTERM) is before


def strike(number: signal.Signals) -> None:
    """Send this process a signal."""
    os.kill(os.getpid(), number)
    time.sleep(0.01)  # the handler runs


def test_sigterm_ends_the_block() -> None:
    with handlers_as_before(), pytest.raises(Terminated), sigterm_ends_run():
        strike(signal.SIGTERM)


def test_a_second_sigterm_is_ignored() -> None:
    with handlers_as_before(), sigterm_ends_run():
        with pytest.raises(Terminated):
            strike(signal.SIGTERM)
        strike(signal.SIGTERM)


@pytest.mark.parametrize(("number", "raised"), [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)])
def test_an_interrupt_that_python_swallows_comes_again(number: signal.Signals, raised: type[BaseException]) -> None:
    def waits() -> None:
        thing = Thing()
        swallowing = weakref.ref(thing, lambda _: strike(number))
        del thing  # calls back, where what is raised is ignored
        assert swallowing() is None
        time.sleep(5)

    begin = time.monotonic()
    with handlers_as_before(), pytest.raises(raised), sigterm_ends_run():
        waits()
    assert time.monotonic() - begin < 4


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_other_exceptions_are_reported_as_ever() -> None:
    def fails(_: object) -> None:
        raise ValueError("not ours")

    with sigterm_ends_run():
        thing = Thing()
        swallowing = weakref.ref(thing, fails)
        del thing
        assert swallowing() is None


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such timer")
def test_the_end_of_a_limit_that_python_swallows_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    begin = time.monotonic()
    with sigterm_ends_run(), time_limit(30):
        thing = Thing()
        swallowing = weakref.ref(thing, lambda _: strike(signal.SIGALRM))
        del thing
        assert swallowing() is None
        time.sleep(5)
    assert time.monotonic() - begin < 4
    assert capsys.readouterr().err == ""

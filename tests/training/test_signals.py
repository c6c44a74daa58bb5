"""An interrupt waits for what belongs together, and is then heard."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from seqexp.training.signals import signals_deferred


def test_an_interrupt_comes_after_the_block() -> None:
    done = []

    def interrupted() -> None:
        with signals_deferred():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("what came after the signal")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done == ["what came after the signal"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_handler_that_was_there_hears_it_once() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        with signals_deferred():
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)
            assert heard == []
        assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with signals_deferred():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_error_of_the_block_goes_first() -> None:
    with pytest.raises(ValueError, match="of the block"), signals_deferred():
        raise ValueError("of the block")


def test_other_threads_do_nothing() -> None:
    entered = []

    def run() -> None:
        with signals_deferred():
            entered.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert entered == [signal.default_int_handler]

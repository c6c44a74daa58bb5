"""Signals and processes where POSIX has them, and the nearest to that where it has not, as on Windows."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

ENDING = (signal.SIGINT, signal.SIGTERM)  # what ends a command in order
# The terminal is closed, or a scheduler warns of an end to come.
WARNING = tuple(getattr(signal, name) for name in ("SIGHUP", "SIGUSR1", "SIGUSR2") if hasattr(signal, name))
HANGUP = tuple(getattr(signal, name) for name in ("SIGHUP",) if hasattr(signal, name))

_NEW_GROUP = 0x200  # CREATE_NEW_PROCESS_GROUP, which Python names on Windows alone


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Within the block signals wait, and so they do in a process started in it, until it lets them in.

    Where signals can't be blocked, nothing is done.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def leave_signals_to_main_thread() -> None:
    """Have signals handled by the main thread alone, and not by this one."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)


def let_signals_in() -> None:
    """Receive signals that the process which started this one may have blocked."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def begin_session() -> None:
    """Lead a session of its own, so that who ends the group of the process that started this one spares it."""
    if hasattr(os, "setsid"):
        os.setsid()


def signal_self(number: int) -> None:
    """Send a signal to this process; its handler runs in the main thread, whichever thread calls this."""
    if os.name == "posix":
        os.kill(os.getpid(), number)
    else:
        signal.raise_signal(number)  # os.kill ends a process of Windows at once, without its handler


def die() -> None:
    """End this process at once, whatever it does."""
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(1)


class TooLate(BaseException):
    """The seconds of a `time_limit` are over; no library takes it for an error of its own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Leave the block after so many seconds, as soon as Python is at work; what follows it goes on.

    There is no limit where a system has no such timer, nor outside the main thread, which alone handles signals.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def too_late(*_: object) -> None:
        raise TooLate

    before = signal.signal(signal.SIGALRM, too_late)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except TooLate:
        return
    finally:
        signal.signal(signal.SIGALRM, before)


def end_limit_again(seconds: float) -> None:
    """Have a `time_limit` whose end was lost end after so many seconds; one whose block was left stays over."""
    if hasattr(signal, "setitimer") and signal.getsignal(signal.SIGALRM) not in (signal.SIG_DFL, signal.SIG_IGN):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def start_group(command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    """Start a process that leads a group of its own, which a terminal's Ctrl-C does not reach; its output is piped."""
    is_posix = os.name == "posix"
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0 if is_posix else None,
        creationflags=0 if is_posix else _NEW_GROUP,
    )


def end_group(leader: subprocess.Popen[str], patience: float) -> None:
    """End a process that `start_group` has started, and all that it has started, which has so many seconds for it."""
    if not hasattr(os, "killpg"):
        # Windows ends processes in no order: all at once.
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(leader.pid)], capture_output=True, check=False)
        leader.wait()
        return
    with suppress(ProcessLookupError):  # the group is empty already
        os.killpg(leader.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        leader.wait(patience)
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()

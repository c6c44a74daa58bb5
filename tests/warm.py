"""The command in this process, which has imported everything already, as if it were a process of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO
from unittest import mock

from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

from seqexp.cli.main import main


def run(arguments: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command line of `seqexp`, and return its exit code and what it printed.

    Folder, environment, warning filters, standard streams and Hydra's global state are the command's own while it runs,
    and those of the test again afterwards. What only a process has is not there: a terminal, signals, TensorFlow's
    number of threads, and what compiled code writes to stderr.

    Args:
        arguments: What follows `seqexp`.
        cwd: The folder in which it runs.
        environment: All environment variables that it sees.
    """
    out, errors = _stream(), _stream()
    with (
        chdir(cwd),
        mock.patch.dict(os.environ, environment, clear=True),
        redirect_stdout(out),
        redirect_stderr(errors),
        _warnings_as_in_a_process(),
        _hydra_of_its_own(),
    ):
        code = _exit_code(arguments)
    return subprocess.CompletedProcess(list(arguments), code, _text(out), _text(errors))


def _exit_code(arguments: Sequence[str]) -> int:
    """Return the exit code with which Python would end."""
    try:
        return main(arguments)
    except SystemExit as end:  # of a --help, and of Hydra
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    written = stream.buffer
    assert isinstance(written, io.BytesIO)
    return written.getvalue().decode()


@contextmanager
def _warnings_as_in_a_process() -> Iterator[None]:
    """Let warnings be shown on stderr, by Python's own filters, in place of pytest's."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        (file or sys.stderr).write(warnings.formatwarning(message, category, filename, lineno, line))

    with warnings.catch_warnings():
        warnings.resetwarnings()
        hidden = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
        for category in hidden:
            warnings.simplefilter("ignore", category)
        with mock.patch.object(warnings, "showwarning", show):
            yield


@contextmanager
def _hydra_of_its_own() -> Iterator[None]:
    """Let Hydra be as it is at the beginning of a process, now and afterwards."""
    GlobalHydra.instance().clear()
    try:
        yield
    finally:
        GlobalHydra.instance().clear()
        HydraConfig.instance().cfg = None

"""A real Ray cluster for tests: its node processes run on this machine, and may die as machines do."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.background import free_port, until

# A cluster on this machine alone, without passwords, that sends nothing home.
RAY = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}


def kill_with_all_below(process: psutil.Process) -> None:
    """As a machine dies: all at once."""
    tree = [process, *process.children(recursive=True)]
    for each in tree:
        each.suspend()
    for each in tree:
        each.kill()


@contextmanager
def ray_cluster(
    environment: Mapping[str, str], nodes: int, host: str = "127.0.0.1", within: Sequence[str] = ()
) -> Iterator[tuple[str, list[int]]]:
    """A cluster's head, which runs nothing, and node processes with one CPU each: its address, and their ids.

    Args:
        environment: Variables of all processes.
        nodes: How many node processes there are.
        host: The head's address.
        within: What the node processes' commands begin with.
    """
    ray = shutil.which("ray", path=str(Path(sys.executable).parent))
    assert ray is not None
    address = f"{host}:{free_port()}"
    started: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="ray-") as folder, (Path(folder) / "log").open("w+") as log:

        def start(*arguments: str, within: Sequence[str] = ()) -> None:
            command = [*within, ray, "start", "--block", *arguments]
            started.append(subprocess.Popen(command, env={**environment, **RAY}, stdout=log, stderr=log, cwd=folder))

        def alive() -> int:
            status = [ray, "status", "--address", address]
            done = subprocess.run(status, env={**environment, **RAY}, capture_output=True, text=True, check=False)
            return done.stdout.partition("Pending:")[0].count("\n 1 node_")

        try:
            start(
                "--head",
                f"--node-ip-address={host}",
                f"--port={address.partition(':')[2]}",
                "--num-cpus=0",
                f"--temp-dir={folder}",
            )
            until(lambda: alive() == 1)
            for number in range(nodes):  # one after the other: two at once may keep each other from being in time
                start(f"--address={address}", "--num-cpus=1", within=within)
                until(lambda due=number + 2: alive() == due)  # type: ignore[misc]
            yield address, [process.pid for process in started[1:]]
        finally:
            for process in reversed(started):
                if process.poll() is None:
                    kill_with_all_below(psutil.Process(process.pid))
                process.wait(timeout=30)

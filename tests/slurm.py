"""A real Slurm cluster of one node for tests: its daemons run here, with all they keep in a temporary folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.background import free_port

_DAEMONS = ("munged", "slurmctld", "slurmd")
_PATIENCE = 30.0  # seconds


@contextmanager
def running_slurm() -> Iterator[dict[str, str]]:
    """A cluster for the block: the variables with which Slurm's commands reach it.

    The test is skipped where Slurm is not installed, or who runs it may not start its daemons.
    """
    path = f"{os.environ['PATH']}:/usr/sbin"
    programs = {name: shutil.which(name, path=path) for name in _DAEMONS}
    if os.geteuid() != 0 or not all(programs.values()):
        pytest.skip("Slurm's daemons need root (Debian: apt-get install slurmctld slurmd slurm-client munge)")
    with tempfile.TemporaryDirectory(prefix="seqexp-slurm-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "key").write_bytes(os.urandom(128))
        (folder / "key").chmod(0o600)
        (folder / "slurm.conf").write_text(_configuration(folder))
        environment = {"SLURM_CONF": str(folder / "slurm.conf")}
        munge = [f"--socket={folder}/munge", f"--key-file={folder}/key", f"--pid-file={folder}/munge.pid"]
        munge += [f"--log-file={folder}/munge.log", f"--seed-file={folder}/seed"]
        daemons = [
            [
                programs["munged"],
                "-F",
                "--force",
                *munge,
                f"--log-file={folder}/munge.log",
                f"--seed-file={folder}/seed",
            ],
            [programs["slurmctld"], "-D", "-f", folder / "slurm.conf"],
            [programs["slurmd"], "-D", "-f", folder / "slurm.conf"],
        ]
        started: list[subprocess.Popen[bytes]] = []
        with (folder / "log").open("w") as log:
            try:
                for command in daemons:
                    started.append(subprocess.Popen([str(word) for word in command], stdout=log, stderr=log))
                    time.sleep(0.5)
                _wait(environment, folder / "log")
                yield environment
            finally:
                for daemon in reversed(started):
                    daemon.terminate()
                    daemon.wait(_PATIENCE)


def _configuration(folder: Path) -> str:
    host = socket.gethostname().partition(".")[0]
    first, second = free_port(), free_port()
    return f"""\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={first}
SlurmdPort={second}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0
NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} RealMemory=8000 State=UNKNOWN
PartitionName=work Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def _wait(environment: dict[str, str], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    command = ["sinfo", "--noheader", "--format=%T"]
    while True:
        state = subprocess.run(
            command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        ).stdout
        if state.strip() == "idle":
            return
        assert time.monotonic() < end, f"{state}\n{log.read_text()}"
        time.sleep(0.2)

"""Workers that are jobs of a Slurm cluster, submitted by submitit."""

from __future__ import annotations

import contextlib
import math
import pickle
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqexp.config.errors import Fault, InputError
from seqexp.config.launcher import Slurm
from seqexp.sweeps.cluster.ray_cluster import last_line
from seqexp.sweeps.workers.gate import Summons
from seqexp.sweeps.workers.holding import hold
from seqexp.sweeps.workers.local import signals_blocked
from seqexp.sweeps.workers.worker_group import Placed

FOLDER = Path(".seqexp") / "slurm"
_ENDING = 30.0  # seconds for the workers to end
_ASK_AGAIN = 10.0  # seconds


class SlurmCluster:
    """A Slurm cluster that this machine can submit to; see `Cluster`.

    Slurm only places the workers: it sees an array of jobs, one a worker, which last as long as the sweep.

    Args:
        settings: The launcher's keys.
        folder: Where the command is run.

    Raises:
        InputError: There is no cluster, the folder can't be made, or a parameter is none of Slurm's.
    """

    name = "Slurm"

    def __init__(self, settings: Slurm, folder: Path) -> None:
        import submitit

        self._settings, self._jobs, self._queue = settings, list[Any](), _Queue()
        where = folder / (settings.folder or FOLDER)
        try:
            # The submissions hold the key to the sweep: they are for nobody else.
            where.mkdir(parents=True, exist_ok=True, mode=0o700)
            where.chmod(0o700)
        except OSError as error:
            raise InputError(
                Fault("hydra.launcher.folder", f"hydra.launcher.folder: {where} can't be made: {error.strerror}.")
            ) from None
        try:
            self._executor = submitit.AutoExecutor(where, cluster=settings.cluster)
        except RuntimeError:
            raise InputError(
                Fault(
                    "hydra/launcher",
                    "hydra/launcher=slurm: this machine has no srun, so it is none of a Slurm cluster. "
                    "hydra.launcher.cluster=local tries the settings without one.",
                )
            ) from None
        self._executor.update_parameters(**parameters_of(settings))

    @property
    def host(self) -> str:
        """The name by which the cluster's machines reach this one."""
        return self._settings.host or ("127.0.0.1" if self._settings.cluster == "local" else socket.gethostname())

    def size(self, jobs: int) -> int:
        """Return how many workers there are to be.

        Args:
            jobs: How many jobs there are at the most.
        """
        return min(self._settings.workers, jobs)

    def place(self, summonses: Sequence[Summons]) -> list[Placed]:
        """Submit a job for each, as one array.

        Raises:
            InputError: Slurm refuses them.
        """
        from submitit.core.utils import FailedJobError, FailedSubmissionError

        try:
            # Of this machine's processes, if they are the workers, a terminal's Ctrl-C is for the sweep's own alone.
            with signals_blocked():
                jobs = self._executor.map_array(hold, [summons.as_line() for summons in summonses])
        except (FailedJobError, FailedSubmissionError, subprocess.CalledProcessError, OSError) as error:
            raise InputError(
                Fault("hydra/launcher", f"hydra/launcher=slurm: sbatch refuses the workers: {last_line(str(error))}")
            ) from None
        self._jobs += jobs
        for job in jobs:
            self._queue.add(job.job_id)
        return [_Job(self, job) for job in jobs]

    def close(self) -> None:
        """Give the workers time to end, cancel what is left."""
        end = time.monotonic() + _ENDING
        while time.monotonic() < end and not all(self.has_ended(job) for job in self._jobs):
            time.sleep(0.1)
        for job in self._jobs:
            self.cancel(job)

    def has_ended(self, job: Any) -> bool:
        """Return whether a job has left a result, or is known no more: killed, it leaves none."""
        if job.paths.result_pickle.exists():
            return True
        return bool(job.done()) if self._settings.cluster == "local" else not self._queue.holds(job.job_id)

    def cancel(self, job: Any) -> None:
        """Cancel a job that has not ended."""
        if not self.has_ended(job):
            with contextlib.suppress(subprocess.CalledProcessError, OSError):
                job.cancel(check=False)


class _Queue:
    """The user's jobs in Slurm's queue, asked for now and then. What submitit asks, sacct, needs Slurm's accounting."""

    def __init__(self) -> None:
        self._jobs: set[str] = set()
        self._asked = -math.inf
        self._asking = threading.Lock()

    def holds(self, job_id: str) -> bool:
        """Return whether a job waits or runs, or has done so a few seconds ago."""
        with self._asking:
            if time.monotonic() - self._asked > _ASK_AGAIN:
                asked = ["squeue", "--me", "--array", "--noheader", "--format=%i"]
                done = subprocess.run(asked, capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    return True  # Slurm doesn't answer now: nothing is known
                self._jobs, self._asked = set(done.stdout.split()), time.monotonic()
            return job_id in self._jobs

    def add(self, job_id: str) -> None:
        """Take note of a job that was submitted just now."""
        with self._asking:
            self._jobs.add(job_id)


class _Job:
    def __init__(self, cluster: SlurmCluster, job: Any) -> None:
        self._cluster, self._job = cluster, job

    def fault(self) -> str | None:
        if not self._cluster.has_ended(self._job):
            return None
        outcome, told = _result(self._job)
        if outcome == "error":
            return last_line(told)
        return f"it ended before it could connect; see {self._job.paths.stderr}"

    def cancel(self) -> None:
        self._cluster.cancel(self._job)


def _result(job: Any) -> tuple[str, str]:
    """Return "success" or "error", with the traceback; nothing where it left none."""
    try:
        outcome, told = pickle.loads(job.paths.result_pickle.read_bytes())
    except OSError:
        return "", ""
    return str(outcome), str(told)


def parameters_of(settings: Slurm) -> dict[str, Any]:
    """Return the launcher's keys as submitit's parameters.

    Raises:
        InputError: `parameters` names what `sbatch` is told already.
    """
    own = {
        "time": "minutes",
        "mem": "memory",
        "cpus-per-task": "threads",
        "gpus-per-node": "gpus",
        **{name: name for name in ("partition", "account", "qos", "constraint")},
    }
    twice = [name for name in settings.parameters if name.replace("_", "-") in own]
    if twice:
        raise InputError(
            *(
                Fault(
                    f"hydra.launcher.parameters.{name}",
                    f"hydra.launcher.parameters.{name}: set hydra.launcher.{own[name.replace('_', '-')]}",
                )
                for name in twice
            )
        )
    shared = {
        "name": "seqexp",
        "timeout_min": settings.minutes,
        "mem_gb": settings.memory,
        "cpus_per_task": settings.threads,
        "gpus_per_node": settings.gpus or None,
    }
    if settings.cluster == "local":
        return {**shared, "local_setup": settings.setup or None}
    return {
        **shared,
        "slurm_setup": settings.setup or None,
        "slurm_partition": settings.partition,
        "slurm_account": settings.account,
        "slurm_qos": settings.qos,
        "slurm_constraint": settings.constraint,
        "slurm_additional_parameters": settings.parameters or None,
    }

"""A Slurm cluster: jobs are submitted through submitit, and Slurm is asked which are still there."""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import stat
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from seqexp.config.errors import Fault, InputError, raise_any
from seqexp.config.launcher import Slurm
from seqexp.runs.processes import signals_blocked
from seqexp.sweeps.cluster.setup import Setup
from seqexp.sweeps.workers.failures import last_line

FOLDER = Path(".seqexp") / "slurm"
_PRIVATE = "seqexp-submissions"  # of one user, below the folder, which several may share
_ENDING = 30.0  # seconds for the workers to end
_ASK_AGAIN = 10.0  # seconds


class SlurmCluster:
    """A Slurm cluster that this machine can submit to, for a command that is run in a folder.

    Raises:
        InputError: There is no cluster, the folder can't be made, or a parameter is none of Slurm's.

    Attributes:
        folder: Where the submissions are kept.
    """

    def __init__(self, settings: Slurm, folder: Path) -> None:
        import submitit

        self._settings = settings
        # Slurm's queue of this user's jobs, and when it was looked at.
        self._queued, self._asked = set[str](), -math.inf
        where = self.folder = _private_folder(folder / (settings.folder or FOLDER))
        try:
            self._executor = submitit.AutoExecutor(where, cluster=settings.cluster)
        except RuntimeError:
            text = (
                "hydra/launcher=slurm: this machine has no srun, so it does not belong to a Slurm cluster. "
                "hydra.launcher.cluster=local tries the settings without one."
            )
            raise InputError(Fault("hydra/launcher", text)) from None
        self._executor.update_parameters(**parameters_of(settings))

    def submit(self, function: Callable[[Setup, Path], None], setup: Setup, folder: Path, workers: int) -> list[Any]:
        """Submit so many workers as one array, and return their jobs as submitit has them.

        Each calls the function with the setup and the folder; these travel in submitit's own files.

        Raises:
            InputError: Slurm refuses them.
        """
        from submitit.core.utils import FailedJobError, FailedSubmissionError

        try:
            # Of this machine's processes, if they are the workers, a terminal's Ctrl-C is for the sweep's own alone.
            with signals_blocked():
                jobs: list[Any] = self._executor.map_array(function, [setup] * workers, [folder] * workers)
        except (FailedJobError, FailedSubmissionError, subprocess.CalledProcessError, OSError) as error:
            text = f"hydra/launcher=slurm: sbatch refuses the workers: {last_line(str(error))}"
            raise InputError(Fault("hydra/launcher", text)) from None
        self._queued.update(job.job_id for job in jobs)
        return jobs

    def end(self, ending: Sequence[Any], jobs: Sequence[Any]) -> None:
        """Cancel jobs, after those of them that are about to end have had time to."""
        self._wait(ending)
        for job in jobs:
            if not self.has_ended(job):
                with contextlib.suppress(subprocess.CalledProcessError, OSError):
                    job.cancel(check=False)
        if self._settings.cluster == "local":
            self._wait(jobs)  # none of this machine's processes outlives the sweep
        for job in jobs:
            # It holds the sweep's environment, with its secrets; a worker that Slurm still has may be about to read it.
            if self.has_ended(job):
                with contextlib.suppress(OSError):
                    job.paths.submitted_pickle.unlink(missing_ok=True)

    def _wait(self, jobs: Sequence[Any]) -> None:
        end = time.monotonic() + _ENDING
        while time.monotonic() < end and not all(self.has_ended(job) for job in jobs):
            time.sleep(0.1)

    def has_ended(self, job: Any) -> bool:
        """Return whether a job has left a result, or is known no more: killed, it leaves none."""
        if self._settings.cluster == "local":
            return bool(job.done())
        return job.paths.result_pickle.exists() or not self._is_queued(job.job_id)

    def _is_queued(self, job_id: str) -> bool:
        """Return whether a job waits or runs, or did seconds ago; submitit's sacct needs Slurm's accounting."""
        if time.monotonic() - self._asked > _ASK_AGAIN:
            self._asked = time.monotonic()
            command = ["squeue", "--me", "--array", "--noheader", "--format=%i"]
            with contextlib.suppress(subprocess.SubprocessError):  # all are believed there
                done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_ASK_AGAIN)
                self._queued = set(done.stdout.split())
        return job_id in self._queued

    def fault_of(self, job: Any) -> str:
        """Return why a job has ended that should have begun to work."""
        try:
            outcome, text = pickle.loads(job.paths.result_pickle.read_bytes())
        except OSError:
            outcome, text = "", ""
        return last_line(str(text)) if outcome == "error" else f"it ended at once; see {job.paths.stderr}"


def _private_folder(inside: Path) -> Path:
    """Make a folder that only this user can read, in one whose permissions are its owner's matter.

    The submissions hold the sweep's environment, with its passwords.

    Raises:
        InputError: It can't be made, or what is there is somebody else's.
    """
    where = inside / f"{_PRIVATE}-{os.getuid()}"
    try:
        inside.mkdir(parents=True, exist_ok=True)
        where.mkdir(exist_ok=True, mode=0o700)
        found = where.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            # Where others may write, they may have made it first.
            text = f"hydra.launcher.folder: {where} must be a folder of your own. It is another user's, or a link."
            raise InputError(Fault("hydra.launcher.folder", text))
        where.chmod(0o700)
    except OSError as error:
        text = f"hydra.launcher.folder: {where} can't be made: {error.strerror}."
        raise InputError(Fault("hydra.launcher.folder", text)) from None
    return where


def parameters_of(settings: Slurm) -> dict[str, Any]:
    """Return the launcher's keys as submitit's parameters.

    Raises:
        InputError: `parameters` names what `sbatch` is given already.
    """
    same = ("partition", "account", "qos", "constraint")
    own = {"time": "minutes", "mem": "memory", "cpus-per-task": "threads", "gpus-per-node": "gpus"}
    own |= {name: name for name in same}
    keys = {f"hydra.launcher.parameters.{name}": own.get(name.replace("_", "-")) for name in settings.parameters}
    raise_any([Fault(key, f"{key}: set hydra.launcher.{other}") for key, other in keys.items() if other])
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
        **{f"slurm_{name}": getattr(settings, name) for name in same},
        "slurm_additional_parameters": settings.parameters or None,
    }

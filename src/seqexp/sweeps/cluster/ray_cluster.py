"""Workers on the machines of a Ray cluster."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Sequence
from typing import Any

from seqexp.config.errors import Fault, InputError
from seqexp.config.launcher import Ray
from seqexp.sweeps.workers.gate import Summons
from seqexp.sweeps.workers.holding import hold
from seqexp.sweeps.workers.worker_group import Placed
from seqexp.tracking.uris import first_line, short_reason

_PATIENCE = 5.0  # seconds
_ENDING = 30.0  # seconds for the workers to end before Ray is left


class RayCluster:
    """A Ray cluster to which this process is connected; see `Cluster`.

    Ray only places the workers, spread over the machines: it sees one task a worker, which lasts as long as the sweep.

    Args:
        settings: The launcher's keys.

    Raises:
        InputError: There is no such cluster.
    """

    name = "Ray"

    def __init__(self, settings: Ray) -> None:
        import ray

        self._settings, self._tasks = settings, list[Any]()
        _check_answers(settings.address)
        logging.getLogger("ray").setLevel(logging.ERROR)  # it warns of its own defaults before it takes `logging_level`
        try:
            ray.init(
                address=settings.address or "local",
                runtime_env=settings.runtime_env,
                include_dashboard=None if settings.address else False,
                log_to_driver=False,
                logging_level="ERROR",
            )
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise InputError(
                Fault(
                    "hydra.launcher.address",
                    f"hydra.launcher.address={settings.address or 'null'}: "
                    f"no Ray can be used there ({first_line(error)}).",
                )
            ) from None
        self._hold = ray.remote(hold)

    @property
    def host(self) -> str:
        """The address by which the cluster's machines reach this one."""
        import ray

        return self._settings.host or (
            "127.0.0.1" if self._settings.address is None else ray.util.get_node_ip_address()
        )

    def size(self, jobs: int) -> int:
        """Return how many workers there are to be.

        Args:
            jobs: How many jobs there are at the most.
        """
        import ray

        room = int(ray.cluster_resources().get("CPU", 1)) // self._settings.threads
        return max(1, min(self._settings.workers or room, jobs))

    def place(self, summonses: Sequence[Summons]) -> list[Placed]:
        """Have a worker started for each, as soon as there is room."""
        options = {
            "num_cpus": self._settings.threads,
            "num_gpus": self._settings.gpus,
            "max_retries": 0,  # the sweep asks again itself, with another summons
            "scheduling_strategy": "SPREAD",
            "name": "seqexp worker",
        }
        tasks = [self._hold.options(**options).remote(summons.as_line()) for summons in summonses]
        self._tasks += tasks
        return [_Task(task) for task in tasks]

    def close(self) -> None:
        """Give the workers time to end, and leave the cluster; one of the sweep's own ends with it."""
        import ray

        if self._tasks:
            ray.wait(self._tasks, num_returns=len(self._tasks), timeout=_ENDING)
        ray.shutdown()


def _check_answers(address: str | None) -> None:
    """Check within seconds that something is there: Ray itself would try for minutes.

    Raises:
        InputError: Nothing is.
    """
    host, colon, port = (address or "").removeprefix("ray://").rpartition(":")
    if not colon or not port.isdecimal():
        return  # a name such as auto
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise InputError(
            Fault(
                "hydra.launcher.address",
                f"hydra.launcher.address={address}: no Ray cluster answers there ({short_reason(error)}). Start one "
                f"(ray start --head --port={port}), or leave the address out for a local one.",
            )
        ) from None


class _Task:
    def __init__(self, task: Any) -> None:
        self._task = task

    def fault(self) -> str | None:
        import ray
        from ray.exceptions import RayError

        if not ray.wait([self._task], timeout=0)[0]:
            return None
        try:
            ray.get(self._task)
        except RayError as error:
            return last_line(str(error))
        return "it ended before it could connect"

    def cancel(self) -> None:
        import ray

        with contextlib.suppress(ValueError):  # it has ended
            ray.cancel(self._task)


def last_line(text: str) -> str:
    """Return the last line of a text, where a traceback says what it was."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "no reason was given"

"""The launchers that place a sweep's jobs on other machines: the keys of Ray and of Slurm."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator

from seqexp.config.schema import PORTS, Name, Positive, Section

_LAST_PORT = 65535

Seconds = Annotated[float, Field(gt=0)]
Port = Annotated[int, Field(ge=1, le=_LAST_PORT)]
# The first and the last port of a range.
PortRange = Annotated[str, StringConstraints(pattern=PORTS)]
Count = Annotated[int, Field(ge=0)]


class Remote(Section):
    """What all of them have: how many workers there are, and how they reach the sweep."""

    workers: Positive | None
    threads: Positive = Field(description="CPU threads of each worker: what the cluster sets aside for it")
    gpus: Count = Field(description="GPUs of each worker")
    host: Name | None = Field(
        description="this machine's name or address, as the workers reach it; null: what the cluster knows it by"
    )
    ports: Port | PortRange | None = Field(
        description="the port, or the range of ports, at which the workers reach this machine, such as "
        "'50000-50100'; null: any"
    )
    wait: Seconds | None = Field(
        description="seconds without any worker after which the sweep gives up; null: as long as it takes"
    )

    @property
    def port_range(self) -> tuple[int, int] | None:
        """The first and the last port that may be used."""
        if self.ports is None:
            return None
        first, _, last = str(self.ports).partition("-")
        return int(first), int(last or first)

    @field_validator("ports")
    @classmethod
    def _in_order(cls, ports: int | str | None) -> int | str | None:
        if isinstance(ports, str):
            first, last = map(int, ports.split("-"))
            if not 1 <= first <= last <= _LAST_PORT:
                raise ValueError("the first of the range must not be after the last")
        return ports


class Ray(Remote):
    """The workers of a Ray cluster."""

    kind: Literal["ray"] = Field(description="workers on the machines of a Ray cluster, or of a local one")
    address: Name | None = Field(
        description="of a cluster that runs: auto, HOST:PORT or ray://HOST:PORT; null: a local one for the sweep"
    )
    workers: Positive | None = Field(
        description="jobs at once; null: as many as the cluster has CPUs for, but not more than there are jobs"
    )
    runtime_env: dict[str, Any] | None = Field(description="Ray's own: env_vars, working_dir, pip, …")


class Slurm(Remote):
    """Jobs of a Slurm cluster that serve as workers."""

    kind: Literal["slurm"] = Field(description="workers on the machines of a Slurm cluster")
    cluster: Literal["slurm", "local"] = Field(
        description="slurm; or local: processes of this machine, to try the settings without a cluster"
    )
    workers: Positive = Field(description="jobs at once, but not more than there are jobs in the sweep")
    minutes: Positive = Field(description="time limit of each worker; one that reaches it is asked for again")
    memory: Annotated[float, Field(gt=0)] = Field(description="GB of memory of each worker")
    partition: Name | None = Field(description="Slurm's --partition")
    account: Name | None = Field(description="Slurm's --account")
    qos: Name | None = Field(description="Slurm's --qos")
    constraint: Name | None = Field(description="Slurm's --constraint")
    setup: list[Name] = Field(description="shell commands before each worker, such as 'module load cuda'")
    parameters: dict[str, Any] = Field(description="any other of sbatch's parameters, such as {reservation: big}")
    folder: Name | None = Field(
        description="where the submission files and the workers' output are kept, on storage that the machines "
        "share; null: .seqexp/slurm in the folder where the command runs"
    )

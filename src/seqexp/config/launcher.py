"""The launchers that run a sweep's jobs, and their keys: on this machine, on a Ray cluster, on a Slurm cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import Field, ValidationError

from seqexp.config.errors import Fault, InputError, nearest_key, not_one_of, wrong
from seqexp.config.messages import faults_of
from seqexp.config.overrides import Parsed
from seqexp.config.schema import Flag, Name, Positive, Section

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
# Of workers, and of the threads of one: more are a slip of the pen, and would take the machine down.
Count = Annotated[int, Field(ge=1, le=10_000)]


class Remote(Section):
    """What all of them have: how many workers there are, what each has, and how long they are waited for."""

    workers: Count | None
    threads: Count = Field(description="CPU threads of each worker: what the cluster sets aside for it")
    gpus: Annotated[int, Field(ge=0, le=1000)] = Field(description="GPUs of each worker")
    wait: Seconds | None = Field(
        description="seconds without any worker after which the sweep gives up; null: as long as it takes"
    )


class Ray(Remote):
    """The workers of a Ray cluster."""

    kind: Literal["ray"] = Field(description="workers on the machines of a Ray cluster, or of a local one")
    address: Name | None = Field(
        description="of a cluster that runs: auto, HOST:PORT or ray://HOST:PORT; null: a local one for the sweep"
    )
    workers: Count | None = Field(
        description="jobs at once; null: as many as the cluster has CPUs for, but not more than there are jobs"
    )
    runtime_env: dict[str, Any] | None = Field(description="Ray's own: env_vars, working_dir, pip, …")


class Slurm(Remote):
    """Jobs of a Slurm cluster that serve as workers."""

    kind: Literal["slurm"] = Field(description="workers on the machines of a Slurm cluster")
    cluster: Literal["slurm", "local"] = Field(
        description="slurm; or local: processes of this machine, to try the settings without a cluster"
    )
    workers: Count = Field(description="jobs at once, but not more than there are jobs in the sweep")
    minutes: Positive = Field(description="time limit of each worker; one that reaches it is requested again")
    memory: Annotated[float, Field(gt=0, allow_inf_nan=False)] = Field(description="GB of memory of each worker")
    partition: Flag | None = Field(description="Slurm's --partition")
    account: Flag | None = Field(description="Slurm's --account")
    qos: Flag | None = Field(description="Slurm's --qos")
    constraint: Flag | None = Field(description="Slurm's --constraint")
    setup: list[Name] = Field(description="shell commands before each worker, such as 'module load cuda'")
    parameters: dict[str, Any] = Field(description="any other parameters of sbatch, such as {reservation: big}")
    folder: Name | None = Field(
        description="where the submission files and the workers' output are kept, on storage that the machines "
        "share; null: .seqexp/slurm in the folder where the command runs"
    )


class Serial(Section):
    """One job after the other, on this machine."""

    kind: Literal["serial"] = Field(description="one job after the other, each with all cores")


class Parallel(Section):
    """Several jobs at once, on this machine."""

    kind: Literal["parallel"] = Field(description="several jobs at once on this machine")
    workers: Count | None = Field(description="jobs at once; null: one per core, but not more than there are jobs")
    threads: Count | None = Field(
        description="CPU threads of each job, where training.threads says nothing; null: the cores, shared evenly"
    )


Launcher = Serial | Parallel | Ray | Slurm

KINDS: Mapping[str, type[Launcher]] = {"serial": Serial, "parallel": Parallel, "ray": Ray, "slurm": Slurm}

# Keys that run commands, name a folder to write to, or reach a cluster that would be given the jobs: the person who
# starts the sweep says them, no file of a stranger's.
ON_THE_COMMAND_LINE = ("setup", "parameters", "runtime_env", "folder", "address")


def launchable(
    parsed: Sequence[Parsed], known: Mapping[str, str | None], chosen: str
) -> tuple[list[Parsed], list[Fault]]:
    """Return the overrides without those that pick or set what no launcher has, and the faults of these.

    Args:
        parsed: All overrides.
        known: The names that hydra/launcher may have, and the kind of each; None: that of other files.
        chosen: The launcher where no override picks one.
    """
    kept, faults = list[Parsed](), list[Fault]()
    for item in parsed:
        if item.key != "hydra/launcher":
            kept.append(item)
        elif item.is_sweep:
            faults.append(Fault(item.key, f"{item.text} names several launchers: a sweep has one."))
        else:
            chosen = str(item.override.get_value_element_as_str()).strip("'\"")
            if chosen in known:
                kept.append(item)
            else:
                faults.append(not_one_of(item.key, chosen, list(known)))
    if chosen in known and known[chosen] not in KINDS:  # its keys are known once it is composed
        return kept, faults
    kind = KINDS.get(known.get(chosen) or "")
    section = [item for item in kept if item.key.startswith("hydra.launcher.")]
    strange = [item for item in section if kind is None or not _is_key(item.key.removeprefix("hydra.launcher."), kind)]
    if kind is not None:  # else that there is no such launcher is the fault
        known_keys = [name for name in kind.model_fields if name != "kind"]
        for item in strange:
            hint = nearest_key(item.key, known_keys)
            faults.append(wrong(item.key, f"is not a key of the launcher {chosen!r}.{hint}"))
    return [item for item in kept if item not in strange], faults


def _is_key(key: str, kind: type[Launcher]) -> bool:
    """Return whether a launcher has a key, or a mapping that takes any name, such as `parameters` of Slurm."""
    first, dot, _ = key.partition(".")
    field = kind.model_fields.get(first)
    return field is not None and (
        not dot or any(get_origin(kind) is dict for kind in (field.annotation, *get_args(field.annotation)))
    )


def launcher_of(section: Any, chosen: str) -> Launcher:
    """Return the checked launcher of the composed section hydra.launcher, for which the file `chosen` was picked.

    Raises:
        InputError: With every fault of the section.
    """
    kind = section.get("kind") if isinstance(section, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(not_one_of("hydra/launcher", chosen if kind is None else str(kind), list(KINDS)))
    try:
        return KINDS[kind].model_validate(section)
    except ValidationError as error:
        raise InputError(*faults_of(error, KINDS[kind], "hydra.launcher")) from None

"""What a worker on another machine needs before its first job, and whether it can be used there."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import seqexp
from seqexp.config.errors import Fault, InputError
from seqexp.config.plugins import Plugin
from seqexp.reporting.sweeps.relayed import Terminal
from seqexp.runs.prepare import Sources
from seqexp.sweeps.workers.local import LocalSlot

_SHARED_ENVIRONMENT = ("MLFLOW_", "SEQEXP_", "AWS_")


@dataclass(frozen=True)
class Setup:
    """What every worker of a sweep is given."""

    seqexp: str  # the version of seqexp that the sweep runs with
    machine: str | None  # the sweep's machine where only that one can record in its store, or None
    plugins: Sequence[Plugin]  # the user's own Python
    sources: Sources  # where data comes from, resolved once for all jobs
    look: Terminal | None  # the terminal on which what is printed is shown, or None
    environment: Mapping[str, str]  # variables of the sweep's own process that hold for the workers, too


def setup_of(plugins: Sequence[Plugin], sources: Sources, look: Terminal | None, *, shares_store: bool) -> Setup:
    """Return what the workers of this process's sweep are given; other machines may be able to share its store."""
    machine = None if shares_store else this_machine()
    return Setup(seqexp.__version__, machine, tuple(plugins), sources, look, shared_environment())


def shared_environment() -> dict[str, str]:
    """Return the variables that say where runs and data are kept."""
    return {key: text for key, text in os.environ.items() if key.startswith(_SHARED_ENVIRONMENT)}


def this_machine() -> str:
    """Return what distinguishes this machine from all others; a container differs from its host."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    started = boot.read_text(encoding="ascii") if boot.is_file() else ""
    return f"{socket.gethostname()} {started}".strip()


def open_slot(setup: Setup) -> LocalSlot:
    """Return a slot of this machine for the sweep, ready for its first job.

    Raises:
        InputError: This machine can't be used for the sweep, or a plugin is refused here.
    """
    node = socket.gethostname()
    if setup.seqexp != seqexp.__version__:
        what = f"has seqexp {seqexp.__version__}, not {setup.seqexp} as the sweep's machine has."
        raise InputError(Fault("hydra/launcher", f"{node} {what}"))
    if setup.machine not in (None, this_machine()):
        what = "can't record in a SQLite file of another machine: start an MLflow server, and give"
        raise InputError(Fault("tracking.uri", f"{node} {what} tracking.uri=http://HOST:PORT."))
    os.environ.update(setup.environment)
    slot = LocalSlot("worker", setup.plugins, setup.sources, setup.look, own_session=True)
    try:
        slot.open()
    except (InputError, RuntimeError) as error:
        slot.close()
        faults = error.faults if isinstance(error, InputError) else (Fault("hydra/launcher", str(error)),)
        raise InputError(*(Fault(fault.key, f"{node}: {fault.text}") for fault in faults)) from None
    return slot

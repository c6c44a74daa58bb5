"""How TensorFlow computes: threads, and whether XLA compiles. Part of what a result depends on."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from typing import Any, Literal

from seqexp.config.errors import InputError
from seqexp.models.network import recurrent_layers


@dataclass(frozen=True)
class Compute:
    """The resolved choices.

    Attributes:
        jit_compile: Whether XLA compiles the training step and the evaluation.
        threads: CPU threads of TensorFlow.
        layers: Whose recurrent layers run.
        device: "cpu" or "gpu".
    """

    jit_compile: bool
    threads: int
    layers: str
    device: Literal["cpu", "gpu"]


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads(threads: int | None) -> int:
    """Let TensorFlow use so many CPU threads, and return how many it uses.

    Args:
        threads: The number; None: as many as there are cores.

    Raises:
        InputError: If TensorFlow has begun with another number: it takes one a process.
    """
    import tensorflow as tf

    config = tf.config.threading
    wanted, present = threads or cores(), config.get_intra_op_parallelism_threads()
    if present != wanted:
        try:
            config.set_intra_op_parallelism_threads(wanted)
            config.set_inter_op_parallelism_threads(wanted)
        except RuntimeError:
            begun_with = present or cores()  # 0 means as many as there are cores
            if begun_with != wanted:
                raise InputError(
                    f"training.threads must be the same for all jobs of one process. Received: {wanted}, "
                    f"after {begun_with}."
                ) from None
    return wanted  # TensorFlow's own 0 means all cores, too


def resolve_jit(setting: Literal["auto"] | bool, network: Any, device: Literal["cpu", "gpu"]) -> bool:
    """Return whether to compile with XLA.

    "auto": on a CPU for networks with recurrent layers, for the sake of their evaluation. On windows of
    240 x 14 and two cores it takes 13 % (conv_gru) to 46 % (GRU(32), with dropout or without) off a scored
    window, while their training step stays within 12 % either way, for 2 to 5 s of compiling. Others gain
    nothing: mlp stays as it is, conv1d gets slower (35 to 44 ms a step). On a GPU never: XLA has no cuDNN
    recurrence.
    """
    if setting != "auto":
        return setting
    return device == "cpu" and bool(recurrent_layers(network))


def device() -> Literal["cpu", "gpu"]:
    """Return what TensorFlow computes on."""
    import tensorflow as tf

    return "gpu" if tf.config.list_physical_devices("GPU") else "cpu"


def import_tensorflow() -> str:
    """Import TensorFlow, look for devices, and return what it wrote to stderr instead of showing it.

    Its C++ parts announce there, before any setting of theirs is read, that no GPU was found. If the import
    fails, what was written is shown.
    """
    if "tensorflow" in sys.modules:
        return ""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    shown = os.dup(2)
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            device()
        except BaseException:
            os.dup2(shown, 2)
            captured.seek(0)
            os.write(2, captured.read())
            raise
        finally:
            os.dup2(shown, 2)
            os.close(shown)
        captured.seek(0)
        return captured.read().decode(errors="replace")

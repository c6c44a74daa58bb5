"""How TensorFlow computes: threads, and whether XLA compiles. Part of what a result depends on."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from typing import Any, Literal

from seqexp.config.errors import refused
from seqexp.config.limits.machine import cores
from seqexp.models.keras_settings import own_settings
from seqexp.models.network import recurrent_layers, runs_stock


def set_threads(threads: int | None) -> int:
    """Let TensorFlow use so many CPU threads, None for as many as there are cores, and return how many it uses.

    Raises:
        InputError: If TensorFlow has begun with another number: it takes one per process.
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
                raise refused(
                    "training.threads",
                    f"must be the same for all jobs of one process. Received: {wanted}, after {begun_with}.",
                ) from None
    return wanted  # TensorFlow's own 0 means all cores, too


def resolve_jit(setting: Literal["auto"] | bool, network: Any, device: Literal["cpu", "gpu"]) -> bool:
    """Return whether to compile with XLA.

    "auto": on a CPU where a layer runs faster so. Of the models here, on windows of 240 x 14 and two cores, that is
    TCN (10 ms per step instead of 17), and recurrent layers in Keras's own loop (14 instead of 20). Others gain none:
    mlp and dlinear stay as they are, conv1d (5 to 7 ms), attention (7 to 27) and tsmixer (15 to 336) lose, and XLA
    can't call the compiled recurrent layers, which are twice as fast as its own. On a GPU never: XLA has no cuDNN
    recurrence.
    """
    if setting != "auto":
        return setting
    from seqexp.models.compat_keras import flat_layers

    gains = any(getattr(layer, "gains_by_xla", False) for layer in flat_layers(network))
    return device == "cpu" and (gains or any(runs_stock(layer) for layer in recurrent_layers(network)))


def layers_of(network: Any, jit_compile: bool) -> str:
    """Return whose recurrent layers run: "seqexp" if any is compiled, else "keras"; "none" where there are none."""
    layers = recurrent_layers(network)
    if not layers:
        return "none"
    return "keras" if jit_compile or all(runs_stock(layer) for layer in layers) else "seqexp"


def device() -> Literal["cpu", "gpu"]:
    """Return what TensorFlow computes on."""
    import tensorflow as tf

    return "gpu" if tf.config.list_physical_devices("GPU") else "cpu"


def import_tensorflow() -> str:
    """Import TensorFlow and Keras, look for devices, and return what they wrote to stderr instead of showing it.

    Keras is TensorFlow's and float32's then: see `own_settings`.

    TensorFlow's C++ parts announce there, before any setting of theirs is read, that no GPU was found. If the import
    fails, what was written is shown; if it is interrupted, that explains nothing.
    """
    if "tensorflow" in sys.modules:
        return ""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    shown = os.dup(2)
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            with own_settings():
                device()
                importlib.import_module("keras")
        except Exception:
            os.dup2(shown, 2)
            captured.seek(0)
            os.write(2, captured.read())
            raise
        finally:
            os.dup2(shown, 2)
            os.close(shown)
        captured.seek(0)
        return captured.read().decode(errors="replace")

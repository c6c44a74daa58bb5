"""How TensorFlow computes: threads, XLA, and an import that says nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seqexp.config.limits.machine import cores
from seqexp.models.network import build_network
from seqexp.tasks.target import Problem
from seqexp.training.compute import layers_of, resolve_jit
from tests.factories import experiment

SHAPE = (240, 3)
# A keras.json that Keras itself can't be imported with.
HOSTILE = {"floatx": "bfloat16", "backend": "jax", "epsilon": 1, "image_data_format": "channels_first"}


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own: TensorFlow takes its threads once a process."""
    environment = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)


STOCK = ("model=gru", "model.layers=[{keras/GRU:{units:4}}]")


@pytest.mark.parametrize(
    ("overrides", "faster"),
    [
        (("model=mlp",), False),
        (("model=conv1d",), False),
        (("model=tcn",), True),
        (("model=conv_gru",), False),
        (("model=gru_bidirectional",), False),
        (STOCK, True),
        (("model=gru", "model.layers=[{GRU:{units:4,activation:elu}}]"), True),
    ],
)
def test_auto_compiles_what_is_faster_so_on_a_cpu(overrides: tuple[str, ...], faster: bool) -> None:
    network = build_network(experiment(*overrides).model, Problem(SHAPE), seed=0)
    assert resolve_jit("auto", network, "cpu") is faster
    assert resolve_jit("auto", network, "gpu") is False


def test_whose_recurrent_layers_run() -> None:
    networks = {
        key: build_network(experiment(*key).model, Problem(SHAPE), seed=0)
        for key in (("model=mlp",), ("model=gru",), STOCK)
    }
    assert [layers_of(network, False) for network in networks.values()] == ["none", "seqexp", "keras"]
    assert [layers_of(network, True) for network in networks.values()] == ["none", "keras", "keras"]


@pytest.mark.parametrize("setting", [True, False])
@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_a_given_choice_is_kept(setting: bool, kind: Any) -> None:
    network = build_network(experiment("model=gru").model, Problem(SHAPE), seed=0)
    assert resolve_jit(setting, network, kind) is setting


@pytest.mark.parametrize(("failure", "is_shown"), [("KeyboardInterrupt", False), ("ImportError", True)])
def test_what_the_import_wrote_is_shown_if_it_fails_not_if_it_is_interrupted(failure: str, is_shown: bool) -> None:
    result = python(
        f"""
import os, sys
from seqexp.training.compute import import_tensorflow
class Finder:
    def find_spec(self, name, *_):
        if name == "tensorflow":
            os.write(2, b"of its C++ parts")
            raise {failure}
sys.meta_path.insert(0, Finder())
try:
    import_tensorflow()
except {failure}:
    os.write(2, b" after it")
"""
    )
    assert result.stderr == ("of its C++ parts after it" if is_shown else " after it")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system can't bind a process to cores")
def test_null_means_as_many_threads_as_the_cores_that_the_process_may_use() -> None:
    result = python(
        f"""
import os
os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}})
from seqexp.config.errors import InputError
from seqexp.config.limits.machine import cores
from seqexp.training.compute import set_threads
import tensorflow as tf
tf.constant(1) + 1  # TensorFlow has begun by itself, with as many
print(cores(), set_threads(None), set_threads(1))
try:
    set_threads(4)
except InputError as error:
    print(error)
"""
    )
    counts, refused = result.stdout.splitlines()
    assert counts == "1 1 1", result.stderr
    assert refused.startswith("training.threads ")
    assert "Received: 4, after 1." in refused
    assert cores() == len(os.sched_getaffinity(0))


def test_threads_are_set_once_a_process_and_the_import_is_silent_whatever_keras_is_to_be_elsewhere(
    tmp_path: Path,
) -> None:
    (tmp_path / "keras.json").write_text(json.dumps(HOSTILE))
    result = python(
        """
import sys
from seqexp.config.errors import InputError
from seqexp.config.limits.machine import cores
from seqexp.training.compute import import_tensorflow, set_threads
import_tensorflow()
print(set_threads(3), file=sys.stdout)
import tensorflow as tf
print(tf.config.threading.get_intra_op_parallelism_threads(), tf.config.threading.get_inter_op_parallelism_threads())
tf.constant(1) + 1  # from here on the number is fixed
print(set_threads(3))
try:
    set_threads(2)
except InputError as error:
    print(error)
import keras, os, pathlib
print(keras.backend.backend(), keras.backend.floatx(), keras.config.dtype_policy().name, keras.backend.epsilon(),
      keras.backend.image_data_format(), os.environ["KERAS_HOME"], tf.keras.__version__ == keras.__version__)
pathlib.Path(os.environ["KERAS_HOME"], "file.txt").write_text("kept")
print(keras.utils.get_file("copy.txt", pathlib.Path(os.environ["KERAS_HOME"], "file.txt").as_uri()))
""",
        KERAS_BACKEND="torch",
        KERAS_HOME=str(tmp_path),
        TF_USE_LEGACY_KERAS="1",
    )
    assert result.returncode == 0, result.stderr
    *counts, refused, keras_is = result.stdout.splitlines()[:5]
    cached = result.stdout.splitlines()[-1]
    assert keras_is == f"tensorflow float32 float32 1e-07 channels_last {tmp_path} True"
    assert Path(cached) == tmp_path / "datasets" / "copy.txt"
    assert json.loads((tmp_path / "keras.json").read_text()) == HOSTILE
    assert counts == ["3", "3 3", "3"]
    assert refused.startswith("training.threads ")
    assert "Received: 2, after 3." in refused
    assert result.stderr == ""

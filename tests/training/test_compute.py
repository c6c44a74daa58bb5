"""How TensorFlow computes: threads, XLA, and an import that says nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from seqexp.models.network import build_network
from seqexp.training.compute import cores, resolve_jit
from tests.factories import experiment

SHAPE = (240, 3)


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own: TensorFlow takes its threads once a process."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("model", "recurrent"), [("mlp", False), ("conv1d", False), ("conv_gru", True), ("gru_bidirectional", True)]
)
def test_auto_compiles_recurrent_networks_on_a_cpu(model: str, recurrent: bool) -> None:
    network = build_network(experiment(f"model={model}").model, SHAPE, seed=0)
    assert resolve_jit("auto", network, "cpu") is recurrent
    assert resolve_jit("auto", network, "gpu") is False


@pytest.mark.parametrize("setting", [True, False])
@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_a_given_choice_is_kept(setting: bool, kind: Any) -> None:
    network = build_network(experiment("model=gru").model, SHAPE, seed=0)
    assert resolve_jit(setting, network, kind) is setting


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system can't bind a process to cores")
def test_null_means_as_many_threads_as_the_cores_that_the_process_may_use() -> None:
    result = python(
        f"""
import os
os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}})
from seqexp.config.errors import InputError
from seqexp.training.compute import cores, set_threads
import tensorflow as tf
tf.constant(1) + 1  # TensorFlow has begun by itself, with as many
print(cores(), set_threads(None), set_threads(1))
try:
    set_threads(4)
except InputError as error:
    print(error)
"""
    )
    assert result.stdout.splitlines() == [
        "1 1 1",
        "training.threads must be the same for all jobs of one process. Received: 4, after 1.",
    ], result.stderr
    assert cores() == len(os.sched_getaffinity(0))


def test_threads_are_set_once_a_process_and_the_import_is_silent() -> None:
    result = python(
        """
import sys
from seqexp.config.errors import InputError
from seqexp.training.compute import cores, import_tensorflow, set_threads
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
"""
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "3",
        "3 3",
        "3",
        "training.threads must be the same for all jobs of one process. Received: 2, after 3.",
    ]
    assert result.stderr == ""

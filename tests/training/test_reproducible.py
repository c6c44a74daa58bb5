"""Same seed, same machine, same numbers, bit for bit: in another process, and later in the same one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from seqexp.models.network import build_network
from seqexp.tasks.target import Problem
from seqexp.training.objective import classifying
from seqexp.training.train_step import TrainStep
from tests.paths import REPO
from tests.training.texts import text_experiment
from tests.training.train_in_turn import numbers


def train(folder: Path, *orders: tuple[str, ...]) -> list[dict[str, bytes]]:
    """Train models in these orders, each in a process of its own; return every number as bytes by name."""
    files = [folder / f"{index}.npz" for index in range(len(orders))]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.training.train_in_turn", str(file), *models],
            cwd=REPO,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for file, models in zip(files, orders, strict=True)
    ]
    for process in processes:
        _, said = process.communicate()
        assert process.returncode == 0, said
    found = []
    for file in files:
        with np.load(file) as arrays:
            assert all(np.isfinite(arrays[key]).all() for key in arrays)
            found.append({key: arrays[key].tobytes() for key in arrays})
    return found


def check(folder: Path, *models: str) -> None:
    # The other order, so that what is the first training of one process is a later one in the other.
    one, two = train(folder, models, models[::-1])
    assert {key.split("/")[0] for key in one} == set(models)
    assert set(one) == set(two)
    assert [key for key in one if one[key] != two[key]] == []


@pytest.mark.slow
def test_dropout_compiled_by_xla_and_a_plain_network_give_the_same_numbers(tmp_path: Path) -> None:
    check(tmp_path, "gru_dropout", "mlp")


def steps_of_the_lectures_size() -> bytes:
    """Take steps on batches of 128 texts of 500 ids, most of them a few frequent ones; return weights and norms."""
    generator = np.random.default_rng(0)
    ids = tf.constant((generator.zipf(1.3, (512, 500)) % 10_000).astype(np.int32))
    labels = tf.constant(generator.integers(0, 2, 512).astype(np.float32))
    setup = text_experiment("embedding_mlp", "model.embedding.dim=32")
    model = setup.model.model_copy(update={"layers": ["GlobalAveragePooling1D"]})
    network = build_network(model, Problem((500,), classes=2, vocabulary=10_000), seed=1)

    def make_batch(rows: Any, width: int) -> Any:
        return tf.gather(ids, rows), tf.gather(labels, rows)[:, None]

    objective = classifying(2, from_logits=False)
    trainee = TrainStep(network, setup.training, make_batch, objective, batch_size=128, jit_compile=False)
    steps = trainee.run(np.arange(512).reshape(4, 128), np.ones((4, 128), np.float32))
    return b"".join([*(weight.tobytes() for weight in network.get_weights()), steps.norms.tobytes()])


@pytest.mark.slow
def test_steps_of_a_large_embedding_are_the_same_again() -> None:
    """Keras's own Embedding gives other numbers each time here: threads add its gradient's rows up as they come."""
    assert len({steps_of_the_lectures_size() for _ in range(4)}) == 1


@pytest.mark.slow
def test_texts_give_the_same_numbers(tmp_path: Path) -> None:
    check(tmp_path, "texts:lstm", "texts:conv1d_text", "buckets:embedding_mlp", "texts:dense_bow")


@pytest.mark.slow
def test_every_other_network_of_texts_gives_the_same_numbers(tmp_path: Path) -> None:
    check(tmp_path, "buckets:gru_dropout", "buckets:lstm_bidirectional", "texts:embedding_mlp", "buckets:dense_bow")


@pytest.mark.slow
def test_every_other_network_gives_the_same_numbers(tmp_path: Path) -> None:
    check(tmp_path, "gru", "gru_stacked", "gru_bidirectional", "conv1d", "conv_gru")


def test_another_seed_gives_other_numbers() -> None:
    one, two = (numbers("mlp", seed) for seed in (7, 8))
    assert all((one[name] != two[name]).any() for name in one if name.startswith(("epoch", "test")))

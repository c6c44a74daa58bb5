"""Small texts to train on, and networks for them as the runner builds them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from seqexp.config.schema import Experiment
from seqexp.data.samples import PartRows
from seqexp.data.text.texts import Texts
from seqexp.models.registry import NO_PLUGINS
from seqexp.runs.models import build
from tests.data.text.corpora import CLASSES, TELLING, WORDS, corpus_of, texts_of
from tests.factories import experiment, task_of

# A model's usual size is of no use on texts of eight words.
SMALL_MODELS = {
    "gru": ("model.units=4",),
    "lstm": ("model.units=4",),
    "conv1d_text": ("model.filters=4", "model.kernel_size=2", "model.pool_size=2", "model.embedding.dim=6"),
    "embedding_mlp": ("model.units=4",),
    "dense_bow": ("model.units=4", "dataset.num_words=40"),
    "lstm_bidirectional": ("model.units=4",),
    "gru_dropout": ("model.units=4",),
}


def text_experiment(model: str = "embedding_mlp", *overrides: str) -> Experiment:
    """Return an experiment on small texts; overrides are set last."""
    own = SMALL_MODELS.get(model, ())
    dim = () if model in ("dense_bow", "conv1d_text") else ("model.embedding.dim=6",)
    common = ("training.epochs=2", "training.learning_rate=0.02")
    given = {text.split("=")[0] for text in overrides}
    kept = [text for text in (*own, *dim, *common) if text.split("=")[0] not in given]
    return experiment("dataset=imdb", f"model={model}", *kept, *overrides)


def telling_texts(size: int = 160, classes: int = 2, *, bucket: bool = False, seed: int = 0) -> Texts:
    """Return texts of 1 to 12 words, one of which tells the class: half to train on, a quarter each to score."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, size)
    written = []
    for label in labels:
        words = generator.choice(WORDS, generator.integers(0, 12)).tolist()
        words.insert(int(generator.integers(0, len(words) + 1)), str(generator.choice(TELLING[label])))
        written.append(" ".join(words))
    train, val, test = np.split(np.arange(size, dtype=np.int64), [size // 2, size * 3 // 4])
    texts = texts_of(corpus_of(written, labels, CLASSES[:classes]), PartRows(train, val, test), maxlen=16)
    return dataclasses.replace(texts, bucket=bucket)


def many_words(size: int = 320, *, bucket: bool = False) -> Texts:
    """Return texts of up to 200 words out of 1,000, a few of them frequent: much for an Embedding to add up."""
    generator = np.random.default_rng(5)
    written = [
        " ".join(f"w{word % 1000}" for word in generator.zipf(1.3, length))
        for length in generator.integers(10, 200, size)
    ]
    labels = np.array([len(text) % 2 for text in written], dtype=np.int64)
    train, val, test = np.split(np.arange(size, dtype=np.int64), [size - 128, size - 64])
    texts = texts_of(corpus_of(written, labels), PartRows(train, val, test), maxlen=160)
    return dataclasses.replace(texts, bucket=bucket, batch_size=64)


def network_of(texts: Texts, setup: Experiment) -> Any:
    """Return the network that the runner would build, with its first weights."""
    network, _ = build(setup, task_of(texts, setup).problem, NO_PLUGINS)
    return network

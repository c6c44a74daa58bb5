"""Probabilities of texts: every text's own, in the order that was asked for, in buckets and without."""

from __future__ import annotations

import dataclasses
from typing import Any

import keras
import numpy as np
import pytest

from seqexp.data.text.prepare import make_texts
from seqexp.data.text.texts import Texts
from seqexp.models.layers import OWN_LAYERS
from seqexp.training import predict as module
from seqexp.training.objective import classifying
from seqexp.training.predict import make_predictor
from tests.data.text.helpers import random_corpus, text_config

LAYERS = keras.layers


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many batches although there are few texts."""
    monkeypatch.setattr(module, "EVALUATION_BATCH", 8)
    monkeypatch.setattr(module, "PORTION", 3)


def texts_with(padding: str = "pre", classes: int = 2) -> Texts:
    return make_texts(random_corpus(150, classes), text_config(maxlen=24, num_words=30, padding=padding), 1)


def network_of(kind: str, texts: Texts, *, logits: bool = False) -> Any:
    """Return a network for which padding makes no difference."""
    keras.utils.set_random_seed(2)
    classes = len(texts.classes)
    words = LAYERS.Embedding(texts.tokeniser.size, 5, mask_zero=kind != "bag")
    if kind == "bag":  # the largest of each number, of which none is below the padding's 0
        hidden = [words, LAYERS.GlobalMaxPooling1D()]
    elif kind == "average":
        hidden = [words, LAYERS.GlobalAveragePooling1D()]
    else:
        hidden = [words, OWN_LAYERS[kind](4)]
    activation = None if logits else "sigmoid" if classes == 2 else "softmax"
    last = LAYERS.Dense(1 if classes == 2 else classes, activation=activation)
    network = keras.Sequential([keras.Input((None,), dtype="int32"), *hidden, last])
    if kind == "bag":
        table = np.abs(words.get_weights()[0])
        table[0] = 0
        words.set_weights([table])
    return network


def one_by_one(network: Any, texts: Texts, rows: Any) -> np.ndarray:
    """Return a network's outputs for whole rows, text by text."""
    return np.array([network(texts.inputs[row : row + 1]).numpy()[0] for row in rows.tolist()])


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("kind", ["average", "bag", "GRU", pytest.param("LSTM", marks=pytest.mark.slow)])
def test_buckets_change_no_prediction_where_padding_makes_no_difference(kind: str, padding: str) -> None:
    texts = texts_with(padding)
    network = network_of(kind, texts)
    rows = np.random.default_rng(0).permutation(150)[:101]
    whole = make_predictor(network, texts, jit_compile=False)(rows)
    bucketed = dataclasses.replace(texts, bucket=True)
    narrow = make_predictor(network, bucketed, jit_compile=False)(rows)
    assert len({int(width) for width in bucketed.widths(rows[:100].reshape(-1, 4))}) > 1
    assert narrow.shape == whole.shape == (101, 1)
    assert narrow.dtype == np.float32
    assert whole.std() > 0
    np.testing.assert_allclose(narrow, whole, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(whole, one_by_one(network, texts, rows), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("bucket", [False, True])
@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_logits_become_probabilities(classes: int, logits: bool, bucket: bool) -> None:
    texts = dataclasses.replace(texts_with(classes=classes), bucket=bucket)
    network = network_of("average", texts, logits=logits)
    objective = classifying(classes, from_logits=logits)
    predict = make_predictor(network, texts, jit_compile=False, outputs=objective.outputs)
    rows = texts.rows.val
    outputs = one_by_one(network, texts, rows).astype("f8")
    if logits and classes == 2:
        outputs = 1 / (1 + np.exp(-outputs))
    elif logits:
        outputs = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(predict(rows), outputs, rtol=1e-4, atol=1e-6)
    assert predict(rows[:1]).shape == outputs[:1].shape


def test_predictions_follow_the_weights() -> None:
    texts = dataclasses.replace(texts_with(), bucket=True)
    network = network_of("average", texts)
    predict = make_predictor(network, texts, jit_compile=False)
    before = predict(texts.rows.test)
    network.set_weights([weight + 0.5 for weight in network.get_weights()])
    after = predict(texts.rows.test)
    assert (before != after).all()
    np.testing.assert_allclose(after, one_by_one(network, texts, texts.rows.test), rtol=1e-4, atol=1e-6)

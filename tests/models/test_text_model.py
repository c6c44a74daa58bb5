"""What is saved of a network of texts takes raw strings, wherever it is loaded, and gives the same probabilities."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqexp.data.text.tokeniser import FILTERED, Tokeniser
from seqexp.models.network import build_network, gives_logits
from seqexp.models.saved_models import Encoder, embedding_table, save_text_network
from seqexp.tasks.target import Problem
from seqexp.training.objective import classifying
from tests.training.texts import text_experiment

# Keras 3 saves weights through NumPy's older protocol.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

WORDS = ("the", "film", "was", "good", "bad", "don't", "é", "日本", "straße", "a1", "10", "İ", "Åge", "\u00a0x", "'")
ODD = (" ", "  ", "\r", "\x0b", "\u2028", "\u3000")
PIECES = st.lists(st.sampled_from([*WORDS, "The", "FILM", "É", "unknown", *FILTERED, *ODD]), max_size=12)
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
TEXTS = st.lists(PIECES.map("".join) | PIECES.map(" ".join) | ANY, min_size=1, max_size=5)
SIDES = [(padding, truncating) for padding in ("pre", "post") for truncating in ("pre", "post")]


def rows_of(tokeniser: Tokeniser, texts: list[str]) -> np.ndarray:
    return tokeniser.rows([tokeniser.encode(text) for text in texts])


@pytest.mark.parametrize("tokens", ["words", "characters"])
@pytest.mark.parametrize(("padding", "truncating"), SIDES)
def test_the_graph_makes_the_same_rows(padding: Any, truncating: Any, tokens: Any) -> None:
    known = WORDS if tokens == "words" else tuple(dict.fromkeys("".join(WORDS)))
    tokeniser = Tokeniser(known, 6, padding, truncating, tokens)
    encoder = tf.function(Encoder(tokeniser), input_signature=[tf.TensorSpec((None,), tf.string)])

    @settings(max_examples=60)
    @given(TEXTS)
    def check(texts: list[str]) -> None:
        found = encoder(tf.constant(texts))
        assert found.dtype == tf.int32
        assert found.shape == (len(texts), 6)
        np.testing.assert_array_equal(found, rows_of(tokeniser, texts))

    check()


@pytest.mark.parametrize("maxlen", [1, 2, 30])
def test_empty_and_long_texts_are_rows_as_well(maxlen: int) -> None:
    texts = ["", " ", "...", "the film", "The  FILM was--good!" * 20, "don't", "\t\n", "nothing known here"]
    for padding, truncating in SIDES:
        tokeniser = Tokeniser(WORDS, maxlen, padding, truncating)  # type: ignore[arg-type]
        np.testing.assert_array_equal(Encoder(tokeniser)(tf.constant(texts)), rows_of(tokeniser, texts))
    assert Encoder(Tokeniser(WORDS, maxlen))(tf.constant([], tf.string)).shape == (0, maxlen)


def test_a_vocabulary_without_words_knows_none() -> None:
    tokeniser = Tokeniser((), 4)
    np.testing.assert_array_equal(Encoder(tokeniser)(tf.constant(["a b", ""])), [[0, 1, 2, 2], [0, 0, 0, 1]])


CLASSES = {"gru_dropout": 2, "lstm_bidirectional": 2, "dense_bow": 2, "conv1d_text": 3, "embedding_mlp": 2}
SOME = ["The film was good!", "", "bad, BAD, bad", "unknown words the film don't 日本", "good " * 40]
LOADED = """
import json, sys
sys.modules['seqexp'] = None
import mlflow, numpy as np, tensorflow as tf
texts = json.load(open('texts.json'))
said = {}
for name in json.load(open('names.json')):
    by_mlflow = mlflow.pyfunc.load_model(f'{name}/model').predict(np.array(texts, dtype=str))
    said[f'{name} mlflow'] = next(iter(by_mlflow.values())) if isinstance(by_mlflow, dict) else np.asarray(by_mlflow)
    loaded = tf.saved_model.load(f'{name}/model/tf2model')
    said[f'{name} tf'] = loaded(tf.constant(texts)).numpy()
    said[f'{name} served'] = next(iter(loaded.signatures['serving_default'](text=tf.constant(texts)).values())).numpy()
np.savez('said.npz', **said)
"""


def tokeniser_of() -> Tokeniser:
    return Tokeniser(WORDS, 40, "pre", "pre")


def saved(folder: Path, model: str, classes: int, *, logits: bool = False) -> np.ndarray:
    """Save a network with random weights and return the probabilities that it gives for the rows of `SOME`.

    As the saved model does: of two classes (texts,), the second one's, of more (texts, classes).
    """
    tokeniser = tokeniser_of()
    own = ("dataset.num_words=19",) if model == "dense_bow" else ()
    config = text_experiment(model, *own).model
    if logits:
        config = config.model_copy(update={"head": [{"Dense": {"units": 1}}]})
    problem = Problem((40,), classes=classes, vocabulary=tokeniser.size)
    network = build_network(config, problem, seed=1)
    network.set_weights([
        weight if np.issubdtype(weight.dtype, np.integer) else 0.5 * np.random.default_rng(0).normal(size=weight.shape)
        for weight in network.get_weights()
    ])  # fmt: skip
    assert gives_logits(network) == logits
    outputs = classifying(classes, from_logits=logits).outputs
    folder.mkdir()
    save_text_network(network, folder, tokeniser, outputs)
    probabilities = np.asarray(outputs(network(rows_of(tokeniser, SOME), training=False)))
    return probabilities[:, 0] if classes == 2 else probabilities


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, np.ndarray]]:
    """Networks of several kinds, saved, and the probabilities that they gave before."""
    folder = tmp_path_factory.mktemp("saved")
    expected = {model: saved(folder / model, model, classes) for model, classes in CLASSES.items()}
    expected["logits"] = saved(folder / "logits", "embedding_mlp", 2, logits=True)
    return folder, expected


Everything = tuple[Path, dict[str, np.ndarray]]


@pytest.mark.slow
def test_raw_texts_get_the_same_probabilities_where_seqexp_is_not(everything: Everything) -> None:
    folder, expected = everything
    (folder / "texts.json").write_text(json.dumps(SOME))
    (folder / "names.json").write_text(json.dumps(list(expected)))
    done = subprocess.run(
        [sys.executable, "-I", "-c", LOADED], cwd=folder, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr
    with np.load(folder / "said.npz") as said:
        assert len(said) == 3 * len(expected)
        for name, probabilities in expected.items():
            assert probabilities.std() > 0
            for way in ("mlflow", "tf", "served"):
                found = said[f"{name} {way}"]
                assert found.dtype == np.float32
                np.testing.assert_allclose(found, probabilities, rtol=1e-4, atol=1e-6, err_msg=f"{name} {way}")


@pytest.mark.slow
def test_networks_of_kerass_layers_load_by_keras_alone(everything: Everything) -> None:
    folder, expected = everything
    ids = rows_of(tokeniser_of(), SOME)
    names = [name for name in expected if name not in ("dense_bow", "logits")]
    np.save(folder / "ids.npy", ids)
    code = (
        "import sys; sys.modules['seqexp'] = None; import keras, numpy as np; ids = np.load('ids.npy');"
        f"said = {{name: keras.saving.load_model(f'{{name}}/network/network.keras')(ids) for name in {names}}};"
        "np.savez('outputs.npz', **{name: np.asarray(value) for name, value in said.items()})"
    )
    subprocess.run([sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, timeout=200, check=True)
    with np.load(folder / "outputs.npz") as said:
        for name in names:
            outputs = said[name][:, 0] if CLASSES[name] == 2 else said[name]
            np.testing.assert_allclose(outputs, expected[name], rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_the_vectors_lie_beside_the_network(everything: Everything) -> None:
    folder, _ = everything
    network = keras.saving.load_model(folder / "gru_dropout" / "network" / "network.keras")
    table = np.load(folder / "gru_dropout" / "embedding.npy")
    assert (table.dtype, table.shape) == (np.float32, (19, 6))
    np.testing.assert_array_equal(table, network.layers[1].get_weights()[0])
    assert not (folder / "dense_bow" / "embedding.npy").exists()
    assert sorted(path.name for path in (folder / "dense_bow").iterdir()) == ["model", "network"]


@pytest.mark.slow
def test_the_signature_says_what_goes_in_and_out(everything: Everything) -> None:
    from mlflow.models import Model

    folder, _ = everything
    for name, shape in (("gru_dropout", (-1,)), ("conv1d_text", (-1, 3))):
        signature = Model.load(str(folder / name / "model")).signature
        assert signature is not None
        assert signature.inputs.inputs[0].type.kind == "U"
        assert signature.inputs.inputs[0].shape == (-1,)
        assert signature.outputs.inputs[0].shape == shape


def test_the_first_embedding_is_found_wherever_it_is() -> None:
    inner = keras.Sequential([keras.Input((4,), dtype="int32"), keras.layers.Embedding(9, 2), keras.layers.Flatten()])
    network = keras.Sequential([keras.Input((4,), dtype="int32"), inner, keras.layers.Dense(1)])
    np.testing.assert_array_equal(embedding_table(network), inner.layers[0].get_weights()[0])
    assert embedding_table(keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])) is None

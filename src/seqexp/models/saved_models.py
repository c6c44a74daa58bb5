"""Models as MLflow and Keras load them: networks of series, and models of texts that take raw strings."""

from __future__ import annotations

import logging
import pickle
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import seqexp
from seqexp.data.arrays import Floats32
from seqexp.data.text.prepare import texts_to_classify
from seqexp.data.text.tokeniser import FILTERED, PAD, RESERVED, START, UNKNOWN, Tokeniser

if TYPE_CHECKING:
    from mlflow.models import ModelSignature
    from mlflow.types import TensorSpec
    from numpy.typing import ArrayLike


def save_network(network: Any, folder: Path, shape: tuple[int, int]) -> None:
    """Make an MLflow model folder with the network and its signature.

    The network is a Keras model from (batch, timesteps, columns) to (batch, numbers), normalised values; the shape is
    the (timesteps, columns) of one sample.
    """
    from mlflow import keras as flavour
    from mlflow.types import TensorSpec

    window = TensorSpec(np.dtype(np.float32), (-1, *shape), "window")
    with _mlflow_is_quiet():
        flavour.save_model(
            network,
            str(folder),
            signature=_signature(window, (-1, network.output_shape[-1])),
            pip_requirements=_network_requirements(),
        )


def _signature(inputs: TensorSpec, outputs: tuple[int, ...]) -> ModelSignature:
    """Return what MLflow is to know of a model: its inputs, and the shape of its float32 outputs."""
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    return ModelSignature(inputs=Schema([inputs]), outputs=Schema([TensorSpec(np.dtype(np.float32), outputs)]))


def _text_signature(classes: int) -> ModelSignature:
    """Return the signature of a model from texts to the second of two classes' probability, or to all of more."""
    from mlflow.types import TensorSpec

    return _signature(TensorSpec(np.dtype(str), (-1,)), (-1,) if classes <= 2 else (-1, classes))


def _network_requirements() -> list[str]:
    """Return the packages of a network: MLflow would import all in a new process to find them out (10 s)."""
    import keras
    import tensorflow as tf

    return [f"tensorflow=={tf.__version__}", f"keras=={keras.__version__}"]


@contextmanager
def _mlflow_is_quiet() -> Iterator[None]:
    """Discard what MLflow and others say while a model is saved in the block."""
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def save_text_network(network: Any, folder: Path, tokeniser: Tokeniser, probabilities: Callable[[Any], Any]) -> None:
    """Write `model/`, an MLflow model from texts to probabilities, and `network/`, from ids to the network's outputs.

    `model/` is a TensorFlow SavedModel: it loads with MLflow or TensorFlow alone. `network/` holds Keras's own file
    of the network, `network.keras`. Beside them lie the Embedding's vectors, `embedding.npy`, if there is one.

    The network is a Keras model from (batch, ids) to (batch, outputs); `probabilities` makes (batch, 1) or (batch,
    classes) of its outputs.
    """
    import keras

    (folder / "network").mkdir()
    path = folder / "network" / "network.keras"
    network.save(path)
    table = embedding_table(network)
    if table is not None:
        np.save(folder / "embedding.npy", table)
    # Keras's own layers: seqexp's compiled ones run machine code that no file can hold.
    stock = keras.saving.load_model(path, compile=False)
    _save_from_texts(stock, folder / "model", tokeniser, probabilities)


def load_network(folder: Path, custom_objects: Mapping[str, Any]) -> Any:
    """Return the Keras network that `save_network` or `save_text_network` wrote; the objects are a user's own layers.

    Raises:
        OSError: If there is none in the folder that holds `model/`, and `network/` of a network of texts.
    """
    import keras

    own = folder / "network" / "network.keras"
    path = own if own.exists() else folder / "model" / "data" / "model.keras"
    if not path.exists():
        raise FileNotFoundError(f"no network in {folder}")
    return keras.saving.load_model(path, custom_objects=dict(custom_objects), compile=False)


def embedding_table(network: Any) -> Floats32 | None:
    """Return (ids, dimensions) float32: the vectors of the network's first Embedding; None if it has none."""
    import keras

    from seqexp.models.compat_keras import flat_layers

    for layer in flat_layers(network):
        if isinstance(layer, keras.layers.Embedding):
            return np.asarray(layer.get_weights()[0], dtype=np.float32)
    return None


def _save_from_texts(network: Any, folder: Path, tokeniser: Tokeniser, probabilities: Callable[[Any], Any]) -> None:
    import tensorflow as tf
    from mlflow import tensorflow as flavour

    class FromTexts(tf.Module):  # type: ignore[misc]
        """The tokeniser and the network; calling it gives probabilities."""

        def __init__(self) -> None:
            super().__init__()
            self.network, self.encode = network, Encoder(tokeniser)
            # What Keras and plain Python objects hold is saved only if it is named here, seeds of dropout included.
            self.lookup = self.encode.lookup
            self.variables_saved = [variable.value for variable in network.variables]

        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="text")])  # type: ignore[untyped-decorator]
        def __call__(self, text: Any) -> Any:
            found = probabilities(self.network(self.encode(text), training=False))
            return found[:, 0] if wide == 1 else found

    wide = network.output_shape[-1]
    module = FromTexts()
    with _mlflow_is_quiet():
        flavour.save_model(
            module,
            str(folder),
            signature=_text_signature(wide),
            pip_requirements=_network_requirements(),
            saved_model_kwargs={"signatures": {"serving_default": module.__call__}},
        )


class Encoder:
    """The tokeniser as a graph: from (batch,) texts to (batch, maxlen) ids."""

    def __init__(self, tokeniser: Tokeniser) -> None:
        import tensorflow as tf

        self._tokeniser = tokeniser
        self._characters = f"[{''.join(f'{chr(92)}{c}' if c in '[]^-' + chr(92) else c for c in FILTERED)} ]+"
        words = tf.constant(list(tokeniser.words) or [""])
        ids = tf.range(RESERVED, RESERVED + len(words), dtype=tf.int64)
        self.lookup = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(words, ids), UNKNOWN)

    def __call__(self, text: Any) -> Any:
        """Return (batch, maxlen) int32."""
        import tensorflow as tf

        tokeniser = self._tokeniser
        if tokeniser.tokens == "characters":
            plain = tf.strings.regex_replace(tf.strings.lower(text), self._characters, "")
            words = tf.strings.unicode_split(plain, "UTF-8")
        else:
            plain = tf.strings.regex_replace(tf.strings.lower(text), self._characters, " ")
            words = tf.strings.split(tf.strings.regex_replace(plain, "^ | $", ""), " ")
            words = tf.ragged.boolean_mask(words, words != "")  # an empty text is one empty word
        ids = self.lookup.lookup(words)
        started = tf.concat([tf.fill((ids.nrows(), 1), tf.constant(START, tf.int64)), ids], axis=1)
        size = tokeniser.maxlen
        kept = started[:, -size:] if tokeniser.truncating == "pre" else started[:, :size]
        rows = tf.cast(kept.to_tensor(PAD, shape=(None, size)), tf.int32)
        if tokeniser.padding == "post":
            return rows
        backward = tf.reverse_sequence(rows, kept.row_lengths(), seq_axis=1)  # the ids alone, not the padding
        return tf.reverse(backward, [1])


@dataclass(frozen=True)
class RawTexts:
    """The tokeniser and an estimator that was fitted on its ids; what MLflow hands strings to."""

    estimator: Any
    tokeniser: Tokeniser
    classes: tuple[str, ...]

    def predict(self, strings: ArrayLike) -> Floats32:
        """Return float32: (texts,) probabilities of the second of two classes, or (texts, classes) of more."""
        texts = texts_to_classify([str(text) for text in np.ravel(strings)], self.tokeniser, self.classes)
        found: Floats32 = np.asarray(self.estimator.predict(texts, texts.rows.test), dtype=np.float32)
        return found[:, 1] if len(self.classes) == 2 else found


def _load_pyfunc(path: str) -> RawTexts:
    """Return what `save_text_estimator` wrote; MLflow asks for this function by its name."""
    with Path(path).open("rb") as file:
        loaded = pickle.load(file)
    assert isinstance(loaded, RawTexts)
    return loaded


def save_text_estimator(estimator: Any, folder: Path, tokeniser: Tokeniser, classes: tuple[str, ...]) -> None:
    """Make an MLflow model folder of a fitted estimator, from raw texts to the probabilities of its classes.

    Where it is loaded, seqexp must be installed.
    """
    import sklearn
    from mlflow import pyfunc

    with tempfile.TemporaryDirectory(prefix="seqexp-") as name, _mlflow_is_quiet():
        data = Path(name) / "estimator.pkl"
        data.write_bytes(pickle.dumps(RawTexts(estimator, tokeniser, classes)))
        pyfunc.save_model(
            str(folder),
            loader_module=__name__,
            data_path=str(data),
            signature=_text_signature(len(classes)),
            pip_requirements=[f"seqexp=={seqexp.__version__}", f"scikit-learn=={sklearn.__version__}"],
        )

"""Networks of texts: what they begin and end with, the lecture's parameter counts, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from seqexp.config.errors import Fault
from seqexp.config.locations import choices
from seqexp.config.plugins import read_plugins
from seqexp.config.schema import EmbeddingConfig, ModelConfig
from seqexp.models.estimators.texts import BowLogreg
from seqexp.models.layers.embedding import Embedding
from seqexp.models.network import build_network, gives_logits
from seqexp.models.registry import NO_PLUGINS, Registry, make_registry
from seqexp.tasks.target import Problem
from tests.factories import estimators_for, experiment
from tests.faults import is_about, only_fault_of

LECTURE = Problem((500,), classes=2, vocabulary=10_000)
SMALL = Problem((12,), classes=2, vocabulary=30)
BUCKETS = replace(LECTURE, shape=(None,), shortest=63)
LAST = [{"Flatten": None}]


def embedding_config(**changes: Any) -> EmbeddingConfig:
    values: dict[str, Any] = {
        "source": "learned", "dim": 5, "trainable": True, "missing": "random", "mask_zero": False,
    }  # fmt: skip
    return EmbeddingConfig(**(values | changes))


def configured(*layers: Any, embedding: EmbeddingConfig | None = None, **more: Any) -> ModelConfig:
    given = embedding if embedding is not None or "stem" in more else embedding_config()
    return ModelConfig(name="mine", layers=list(layers), embedding=given, **more)


def of_yaml(model: str, problem: Problem = LECTURE, *overrides: str) -> Any:
    setup = experiment("dataset=imdb", f"model={model}", *overrides)
    return build_network(setup.model, problem, seed=0)


def refused(model: ModelConfig, problem: Problem, registry: Registry = NO_PLUGINS) -> Fault:
    return only_fault_of(build_network, model, problem, seed=0, registry=registry)


@pytest.mark.parametrize(
    ("classes", "outputs", "activation"), [(2, 1, "sigmoid"), (3, 3, "softmax"), (46, 46, "softmax")]
)
def test_a_classifier_ends_in_probabilities(classes: int, outputs: int, activation: str) -> None:
    network = build_network(configured(*LAST), replace(SMALL, classes=classes), seed=0)
    assert network.output_shape == (None, outputs)
    assert network.layers[-1].activation.__name__ == activation
    assert not gives_logits(network)
    said_of = network(np.random.default_rng(0).integers(0, 30, (4, 12))).numpy()
    assert ((said_of > 0) & (said_of < 1)).all()
    if classes > 2:
        np.testing.assert_allclose(said_of.sum(axis=1), 1, rtol=1e-5)


def test_a_forecast_ends_in_one_number_and_begins_with_nothing() -> None:
    network = build_network(configured(*LAST), Problem((6, 3)), seed=0)
    assert [type(layer).__name__ for layer in network.layers] == ["InputLayer", "Flatten", "Dense"]
    assert network.inputs[0].dtype == "float32"


def test_texts_begin_with_the_embedding_of_the_model() -> None:
    model = configured("GlobalAveragePooling1D", embedding=embedding_config(dim=7, mask_zero=True))
    network = build_network(model, SMALL, seed=0)
    first = network.layers[1]
    assert type(first) is Embedding
    assert (first.input_dim, first.output_dim, first.mask_zero, first.trainable) == (30, 7, True, True)
    assert network.inputs[0].dtype == "int32"
    assert network.input_shape == (None, 12)


def test_a_stem_and_a_head_of_the_yaml_win() -> None:
    stem = [{"Embedding": {"input_dim": 99, "output_dim": 3}}]
    head = [{"Dense": {"units": 4, "activation": "relu"}}, {"Dense": {"units": 1}}]
    network = build_network(configured(*LAST, stem=stem, head=head), SMALL, seed=0)
    assert [layer.count_params() for layer in network.layers] == [0, 99 * 3, 0, 12 * 3 * 4 + 4, 5]
    assert gives_logits(network)
    bare = configured({"MultiHot": {"num_tokens": 30}}, stem=[])
    assert build_network(bare, SMALL, seed=0).count_params() == 31


EMB, HEAD = 10_000 * 32, 32 + 1
RNN, LSTM, GRU = 32 * 32 + 32 * 32 + 32, 4 * (32 * 32 + 32 * 32 + 32), 3 * (32 * 32 + 32 * 32 + 2 * 32)
CONV = 5 * 32 * 32 + 32
# By formula, at the lecture's 10,000 ids and rows of 500, each id a vector of 32 numbers.
PARAMETERS = {
    "simple_rnn": 322_113,
    "lstm": 328_353,
    "conv1d_text": 1_315_937,
    "dense_bow": 160_305,
    "gru": EMB + GRU + HEAD,
    "gru_dropout": EMB + GRU + HEAD,
    "gru_reversed": EMB + GRU + HEAD,
    "gru_bidirectional": EMB + 2 * GRU + 64 + 1,
    "gru_stacked": EMB + GRU + 3 * (32 * 64 + 64 * 64 + 2 * 64) + 64 + 1,
    "gru_large_head": EMB + GRU + (32 * 32 + 32) + HEAD,
    "lstm_dropout": EMB + LSTM + HEAD,
    "lstm_reversed": EMB + LSTM + HEAD,
    "lstm_bidirectional": EMB + 2 * LSTM + 64 + 1,
    "lstm_stacked": EMB + 2 * LSTM + HEAD,
    "conv_lstm": EMB + CONV + LSTM + HEAD,
    "conv_gru": EMB + 2 * CONV + GRU + HEAD,
    "conv1d": EMB + 3 * CONV + HEAD,
    "embedding_mlp": EMB + (32 * 16 + 16) + 16 + 1,
    "mlp": EMB + (500 * 32 * 32 + 32) + HEAD,
    "attention": EMB + 33 * 32 + 4 * 32 * 32 + 33 * 64 + 65 * 32 + 2 * 2 * 32 + HEAD,
    "tcn": EMB + 12 * (3 * 32 * 32 + 32) + HEAD,
    "dlinear": EMB + 2 * 32 * (500 + 1) + 32 + 1,
    "tsmixer": EMB + 2 * 2 * 500 * 32 + 500 * 501 + 33 * 64 + 65 * 32 + 501 + 32 + 1,
}
# These need rows of one length.
FIXED = ("mlp", "attention", "tcn", "dlinear", "tsmixer")


# These forecast columns of a series.
OF_SERIES = ("gru_seq2seq", "nlinear", "rlinear", "segrnn", "sparsetsf")


def test_the_table_names_every_network() -> None:
    estimators = {*estimators_for("forecast"), *estimators_for("classify")}
    assert {*PARAMETERS, *OF_SERIES} == set(choices("model", None)) - estimators


@pytest.mark.parametrize("model", OF_SERIES)
def test_what_forecasts_columns_is_refused_for_texts(model: str) -> None:
    setup = experiment("dataset=imdb", f"model={model}")
    fault = only_fault_of(build_network, setup.model, LECTURE, seed=0)
    assert is_about(fault, f"model.layers.0.{next(iter(setup.model.layers[0]))}", "texts have none")


@pytest.mark.parametrize("model", PARAMETERS)
def test_parameters(model: str) -> None:
    assert of_yaml(model).count_params() == PARAMETERS[model]


@pytest.mark.parametrize("model", [model for model in PARAMETERS if model not in FIXED])
def test_networks_read_batches_of_any_length(model: str) -> None:
    network = of_yaml(model, BUCKETS)
    assert network.count_params() == PARAMETERS[model]
    assert network.input_shape == (None, None)
    for length in (63, 64):
        assert network.compute_output_spec(keras.KerasTensor((3, length), "int32")).shape == (3, 1)


@pytest.mark.parametrize("model", FIXED)
def test_networks_of_one_length_refuse_buckets_in_words(model: str) -> None:
    setup = experiment("dataset=imdb", f"model={model}")
    fault = refused(setup.model, BUCKETS)
    assert fault.key.startswith("model.layers.")
    assert "dataset.bucket=true" in fault.text
    assert "\n" not in fault.text


def test_batches_too_short_for_a_convolution_are_refused() -> None:
    setup = experiment("dataset=imdb", "model=conv1d_text")
    fault = refused(setup.model, replace(BUCKETS, shortest=13))
    assert is_about(fault, "dataset.bucket", "dataset.bucket=true", "13 ids")
    assert "\n" not in fault.text
    assert build_network(setup.model, replace(BUCKETS, shortest=41), seed=0).count_params() == 1_315_937


def test_rows_too_short_for_a_convolution_are_refused_by_the_layer() -> None:
    setup = experiment("dataset=imdb", "model=conv1d_text")
    fault = refused(setup.model, replace(LECTURE, shape=(20,)))
    assert is_about(fault, "model.layers.2", "(Conv1D)", "shape (batch, ")


def nested(activation: str | None) -> Any:
    """Return a model within a model."""
    inner = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1, activation=activation)])
    inputs = keras.Input((12,))
    return keras.Model(inputs, inner(inputs))


class Subclassed(keras.Model):  # type: ignore[misc]
    """A model without a graph."""

    def __init__(self, activation: str | None) -> None:
        super().__init__()
        self.last = keras.layers.Dense(1, activation=activation)

    def call(self, inputs: Any) -> Any:
        return self.last(inputs)


def subclassed(activation: str | None) -> Any:
    inputs = keras.Input((12,))
    return keras.Model(inputs, Subclassed(activation)(inputs))


def flat(activation: str | None) -> Any:
    return keras.Sequential([keras.Input((12,)), keras.layers.Dense(1, activation=activation)])


@pytest.mark.parametrize("make", [flat, nested, subclassed])
def test_whether_outputs_are_logits_is_told_by_the_last_layer(make: Any) -> None:
    assert gives_logits(make(None))
    assert gives_logits(make("linear"))
    assert not gives_logits(make("sigmoid"))
    for activation in ("relu", "tanh"):
        assert is_about(only_fault_of(gives_logits, make(activation)), "model.head", f"Received: {activation} in Den")


def test_layers_that_are_activations_tell_as_well() -> None:
    def ending_in(*layers: Any, outputs: int = 3) -> Any:
        return keras.Sequential([keras.Input((12,)), keras.layers.Dense(outputs), *layers])

    assert not gives_logits(ending_in(keras.layers.Softmax()))
    assert not gives_logits(ending_in(keras.layers.Activation("softmax")))
    assert not gives_logits(ending_in(keras.layers.Activation("sigmoid"), outputs=1))
    for layer in (keras.layers.ReLU(), keras.layers.LeakyReLU(), keras.layers.Activation("sigmoid")):
        assert is_about(only_fault_of(gives_logits, ending_in(layer)), "model.head", "(softmax)", "Received: ")


def test_a_head_of_the_yaml_may_end_in_an_activation() -> None:
    for last in ("Softmax", {"Activation": {"activation": "softmax"}}):
        model = configured(*LAST, head=[{"Dense": {"units": 3}}, last])
        assert not gives_logits(build_network(model, replace(SMALL, classes=3), seed=0))


def test_functions_that_are_activations_tell_as_well() -> None:
    def ending_in(function: Any, outputs: int) -> Any:
        inputs = keras.Input((12,))
        return keras.Model(inputs, function(keras.layers.Dense(outputs)(inputs)))

    assert not gives_logits(ending_in(keras.ops.softmax, 3))
    assert not gives_logits(ending_in(keras.activations.softmax, 3))
    assert not gives_logits(ending_in(keras.ops.sigmoid, 1))
    fault = only_fault_of(gives_logits, ending_in(keras.ops.sigmoid, 3))
    assert is_about(fault, "model.head", "(softmax)", "Received: sigmoid")


class Normalised(keras.layers.Layer):
    """Gives probabilities, which its attributes don't say."""

    def call(self, inputs: Any) -> Any:
        return keras.ops.softmax(inputs)


@pytest.mark.parametrize("last", [Normalised, lambda: keras.layers.Dropout(0.5)])
def test_a_last_layer_that_does_not_say_what_it_gives_is_refused(last: Any) -> None:
    """It may give probabilities: taken for logits, they would be trained by a loss that isn't theirs."""
    layers = [keras.Input((12,)), keras.layers.Dense(3), last()]
    fault = only_fault_of(gives_logits, keras.Sequential(layers))
    assert is_about(fault, "model.head", "softmax", "linear", f"Received: {type(layers[-1]).__name__}", "Activation")
    assert gives_logits(keras.Sequential([*layers, keras.layers.Activation("linear")]))
    assert not gives_logits(keras.Sequential([*layers, keras.layers.Softmax()]))


def test_the_number_of_outputs_must_be_that_of_the_classes() -> None:
    head = [{"Dense": {"units": 2, "activation": "softmax"}}]
    fault = refused(configured(*LAST, head=head), SMALL)
    assert is_about(fault, "model.layers", "shape (batch, 1)", "Received: (batch, 2).")
    fault = refused(configured(*LAST, head=head), replace(SMALL, classes=3))
    assert is_about(fault, "model.layers", "shape (batch, 3)", "Received: (batch, 2).")
    sequences = configured({"GRU": {"units": 3, "return_sequences": True}})
    assert is_about(refused(sequences, SMALL), "model.layers", "Received: (batch, 12, 1).")


TABLE = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)


@pytest.mark.parametrize("trainable", [True, False])
def test_pretrained_vectors_are_where_the_embedding_begins(trainable: bool) -> None:
    model = configured(*LAST, embedding=embedding_config(source="glove", dim=99, trainable=trainable))
    network = build_network(model, replace(SMALL, table=TABLE), seed=0)
    embedding = network.layers[1]
    np.testing.assert_array_equal(embedding.get_weights()[0], TABLE)
    assert embedding.output_dim == 6  # the vectors' own, whatever dim says
    assert len(network.trainable_variables) == (3 if trainable else 2)
    network.compile(keras.optimizers.SGD(1.0), "binary_crossentropy")
    ids = np.random.default_rng(1).integers(0, 30, (16, 12))
    network.train_on_batch(ids, np.arange(16)[:, None] % 2)
    now = embedding.get_weights()[0]
    if trainable:
        assert (now != TABLE).any()
    else:
        np.testing.assert_array_equal(now, TABLE)


def test_frozen_random_vectors_are_not_learned() -> None:
    network = build_network(configured(*LAST, embedding=embedding_config(trainable=False)), SMALL, seed=0)
    assert [tuple(variable.shape) for variable in network.trainable_variables] == [(60, 1), (1,)]


def test_the_seed_makes_the_vectors() -> None:
    tables = [build_network(configured(*LAST), SMALL, seed=seed).layers[1].get_weights()[0] for seed in (0, 0, 1)]
    np.testing.assert_array_equal(tables[0], tables[1])
    assert (tables[0] != tables[2]).any()


PLUGIN = """
import keras

def told_all(shape, classes, vocabulary, units=3):
    inputs = keras.Input(shape, dtype="int32")
    hidden = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(vocabulary, units)(inputs))
    outputs = 1 if classes == 2 else classes
    return keras.Model(inputs, keras.layers.Dense(outputs, activation="softmax" if classes > 2 else "sigmoid")(hidden))

def told_shape(shape):
    return keras.Sequential([keras.Input(shape, dtype="int32"), keras.layers.Embedding(30, 2), keras.layers.Flatten(),
                             keras.layers.Dense(1)])

def no_classes(shape, units):
    return told_all(shape, 5, 30, units)
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Registry:
    path = tmp_path / "mine.py"
    path.write_text(PLUGIN)
    return make_registry(read_plugins([str(path)]))


def built_by(name: str, **arguments: Any) -> ModelConfig:
    return ModelConfig(name="mine", builder={name: arguments or None})


@pytest.mark.parametrize("classes", [2, 5])
def test_a_builder_is_told_what_its_signature_names(plugin: Registry, classes: int) -> None:
    problem = replace(SMALL, classes=classes)
    network = build_network(built_by("told_all"), problem, seed=0, registry=plugin)
    assert network.count_params() == 30 * 3 + (3 + 1) * problem.outputs
    own = build_network(built_by("told_all", vocabulary=50, units=2), problem, seed=0, registry=plugin)
    assert own.count_params() == 50 * 2 + (2 + 1) * problem.outputs
    assert gives_logits(build_network(built_by("told_shape"), SMALL, seed=0, registry=plugin))


def test_a_builder_of_other_outputs_is_refused(plugin: Registry) -> None:
    fault = refused(built_by("no_classes", units=2), SMALL, plugin)
    facts = "from (batch, 12) to (batch, 1)", "Received: one to (batch, 5)."
    assert is_about(fault, "model.builder.no_classes", *facts)
    fault = refused(built_by("told_all", width=2), SMALL, plugin)
    assert is_about(fault, "model.builder.told_all.width", "argument of told_all")


def test_estimators_are_of_one_task() -> None:
    registry = Registry()
    assert isinstance(registry.make_estimator({"BowLogreg": None}, "classify"), BowLogreg)
    fault = only_fault_of(registry.make_estimator, {"NBSVM": None}, "forecast")
    assert is_about(fault, "model.estimator.NBSVM", "classifies texts", "Naive")
    fault = only_fault_of(registry.make_estimator, {"Naive": None}, "classify")
    assert is_about(fault, "model.estimator.Naive", "forecasts", "Majority, BowLogreg, ")
    fault = only_fault_of(registry.make_estimator, {"Majorty": None}, "classify")
    assert is_about(fault, "model.estimator", "Received: 'Majorty'", "mean 'Majority'?")


TRAINED = ("lstm_bidirectional", "lstm_reversed", "conv1d_text", "conv_lstm", "dense_bow", "embedding_mlp")


@pytest.mark.parametrize("model", TRAINED)
def test_two_steps_change_every_weight_and_stay_finite(model: str) -> None:
    small = ("model.embedding.dim=4",) if model != "dense_bow" else ("dataset.num_words=30",)
    network = of_yaml(model, replace(SMALL, shape=(60,)), *small)
    network.compile(keras.optimizers.RMSprop(1e-2), "binary_crossentropy")
    ids = np.random.default_rng(0).integers(4, 30, (64, 60))
    before = network.get_weights()
    for _ in range(2):
        assert np.isfinite(network.train_on_batch(ids, np.arange(64)[:, None] % 2))
    for old, new, weight in zip(before, network.get_weights(), network.weights, strict=True):
        assert np.isfinite(new).all(), weight.path
        learned = "seed_generator" not in weight.path
        assert not learned or (old != new).any(), weight.path

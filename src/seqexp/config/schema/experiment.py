"""The keys of an experiment beside those of its dataset."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from seqexp.config.schema.common import Name, Positive, Section, Single
from seqexp.config.schema.folds import MOST_FOLDS
from seqexp.config.schema.series import SeriesConfig
from seqexp.config.schema.text import TextConfig

Hyperparameter = bool | int | float | str | None | list[Any]
DatasetConfig = Annotated[SeriesConfig | TextConfig, Field(discriminator="kind")]


class EmbeddingConfig(Section):
    """The vectors that words become, where the model gives no stem of its own."""

    source: Name = Field(
        description="learned; glove: GloVe 6B of the extra `glove`; or a file of GloVe or word2vec vectors"
    )
    dim: Annotated[int, Field(ge=1, le=100_000)] = Field(
        description="numbers per word; those of pretrained vectors have their own"
    )
    trainable: bool = Field(description="false: the vectors stay as they were at the start")
    missing: Literal["random", "zero"] = Field(description="what words without a pretrained vector get")
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

    epochs: Annotated[int, Field(ge=1, le=1_000_000)] = Field(description="passes of steps_per_epoch batches")
    steps_per_epoch: Positive | None = Field(
        description="batches per epoch; null: as many as hold every training window or text once"
    )
    optimizer: Literal["rmsprop", "adam", "adamw", "nadam", "sgd"] = Field(description="the Keras optimizer")
    learning_rate: Single = Field(description="the optimizer's learning rate")
    schedule: Literal["constant", "cosine", "exponential", "plateau"] = Field(
        "constant",
        description="how the learning rate changes: cosine: falls to 0 at the last step; exponential: by "
        "schedule_factor each epoch; plateau: by schedule_factor where the monitor gets no better",
    )
    warmup: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="share of all steps in which the learning rate rises from 0 first; null: none"
    )
    schedule_factor: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="of exponential and plateau: what the learning rate is multiplied by; null: 0.5"
    )
    schedule_patience: Positive | None = Field(
        None,
        description="epochs before the learning rate falls: of exponential the first ones, null: 1; of plateau those "
        "without a better monitor, null: 3",
    )
    weight_decay: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None,
        description="what each step takes off every weight, as a share of it, times the learning rate; null: "
        "Keras's own, which is 0.004 of adamw and none of the others",
    )
    clipnorm: Single | None = Field(description="largest norm of the gradient of each weight; null: no clipping")
    class_weight: Literal["balanced"] | None = Field(
        None, description="balanced: the classes of texts count alike in what is minimised; null: all texts do"
    )
    loss: Literal["auto", "mae", "mse", "huber", "pinball", "crossentropy"] = Field(
        description="what training minimises; auto: mae for a forecast, pinball for quantiles, crossentropy for classes"
    )
    quantiles: Literal["auto"] | list[Annotated[float, Field(gt=0, lt=1)]] | None = Field(
        None,
        description="levels that a network forecasts of each value, with 0.5 and symmetric around it; auto: "
        "[0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]; null: one value",
    )
    monitor: Name = Field(
        description="what picks the best epoch; auto: val_mae for a forecast, val_accuracy for classes"
    )
    patience: Positive | None = Field(description="epochs without a better monitor before training stops; null: never")
    score_every: Positive | Literal["auto"] = Field(
        description="score one in this many validation and test windows or texts, spread evenly, and never fewer than "
        "5,000 where there are as many; auto: of validation about 20,000 windows at most, of test all"
    )
    jit_compile: Literal["auto"] | bool = Field(description="compile with XLA; auto: where it is faster")
    threads: Positive | None = Field(description="CPU threads of TensorFlow; null: as many as there are cores")

    @property
    def levels(self) -> tuple[float, ...]:
        """The levels of a checked training's quantiles; none where one value is forecast."""
        return tuple(self.quantiles) if isinstance(self.quantiles, list) else ()

    @property
    def share_of_texts(self) -> int:
        """One in how many texts is scored: all, where it is chosen automatically."""
        return 1 if self.score_every == "auto" else self.score_every


# The keys that came later, by what runs without them said: the values that change nothing.
LATER_TRAINING = {name: field.default for name, field in TrainingConfig.model_fields.items() if not field.is_required()}


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
    offline: bool = Field(
        description="true: record on disk alone, and contact no store; `seqexp sync` delivers it later"
    )
    parent: Name | None = Field(description="id of the sweep's parent run; set by sweeps")
    audit: bool = Field(
        True, description="true: check at the end of a training, in a moment, that nothing leaks; see `seqexp audit`"
    )


class SweepConfig(Section):
    """Settings of a sweep as a whole, which are no part of its experiments."""

    seeds: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        description="this many seeds, starting at `seed`, are an axis of the sweep; null: one"
    )
    folds: Annotated[int, Field(ge=2, le=MOST_FOLDS)] | None = Field(
        None, description="this many folds of the data, as dataset.fold has them, are an axis of the sweep; null: none"
    )
    fold_train: Literal["expanding", "sliding"] = Field(
        "expanding",
        description="what each fold of a series trains on: all rows before its validation part, or as many as the "
        "first fold",
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

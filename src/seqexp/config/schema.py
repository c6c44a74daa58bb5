"""The typed, frozen Experiment: every key with its type, its range and what it means.

These classes are the only list of the keys: the check, `seqexp train --help` and the typed values all
read it. Only the keys under `model` are partly open: each model's YAML declares its own hyperparameters.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(min_length=1)]
Positive = Annotated[int, Field(ge=1)]
Hyperparameter = bool | int | float | str | None | list[Any]


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


class DatasetConfig(Section):
    """Where the series comes from, and how windows are cut from it."""

    name: Name = Field(description="the dataset's name")
    source: Literal["auto", "official", "simulated"] = Field(
        description="auto: official if cached or reachable within 3 s, else the simulated stand-in"
    )
    path: Name | None = Field(description="a file of your own (csv or zip) instead of the source")
    url: Name = Field(description="where the official file is downloaded from; a mirror works too")
    target: Name = Field(description="the column to forecast")
    lookback: Positive = Field(description="rows a window looks back")
    step: Positive = Field(description="rows between two timesteps of a window")
    delay: Positive = Field(description="rows from the window's end to the target")
    batch_size: Positive = Field(description="windows a training batch")
    sampling: Literal["random", "epoch"] = Field(
        description="random: training windows drawn with replacement; epoch: each once an epoch, reshuffled"
    )
    boundary: Literal["strict", "lecture"] = Field(
        description="strict: no target leaves its split; lecture: the lecture's own index arithmetic"
    )
    repair: Literal["hold", "off"] = Field(
        description="hold: sentinels and missing values become the column's last valid value; off: raw"
    )
    split: Split = Field(description="rows, or fractions of all rows, of the three parts")


class ModelConfig(Section):
    """What to build: a list of layers, or an estimator that is not a network."""

    name: Name = Field(description="the model's name in tables")
    layers: list[Any] | None = Field(default=None, description="Keras layers by name, each with its arguments")
    estimator: dict[str, dict[str, Any] | None] | None = Field(
        default=None, description="a model that is not a network, by its registered name"
    )
    head: list[Any] | None = Field(
        default=None, description="the output layers; null: they follow from the dataset's task"
    )
    hyperparameters: dict[str, Hyperparameter] = Field(
        default_factory=dict, description="what this model's YAML declares, with the values of this run"
    )


class TrainingConfig(Section):
    """How a network is fitted and how often its scores are taken."""

    epochs: Positive = Field(description="passes of steps_per_epoch batches")
    steps_per_epoch: Positive | None = Field(
        description="batches an epoch; null: as many as there are training windows"
    )
    optimizer: Literal["rmsprop", "adam", "adamw", "nadam", "sgd"] = Field(description="the Keras optimizer")
    learning_rate: float = Field(gt=0, allow_inf_nan=False, description="the optimizer's learning rate")
    clipnorm: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        description="largest norm of the gradient of each weight; null: no clipping"
    )
    loss: Literal["mae", "mse", "huber"] = Field(description="what training minimises")
    monitor: Literal["val_mae", "val_loss"] = Field(description="what picks the best epoch; lower is better")
    patience: Positive | None = Field(description="epochs without a better monitor before training stops; null: never")
    score_every: Positive = Field(description="score every n-th validation and test window")
    jit_compile: Literal["auto"] | bool = Field(description="compile with XLA; auto: where it is faster")
    threads: Positive | None = Field(description="CPU threads of TensorFlow; null: as many as there are cores")


class TrackingConfig(Section):
    """Where the run is recorded, and what the user calls it. Nothing here changes a number."""

    uri: Name | None = Field(description="MLflow store; null: MLFLOW_TRACKING_URI, else ./mlflow.db")
    experiment: Name = Field(description="the MLflow experiment that holds the run")
    run_name: Name | None = Field(description="the run's name; null: what distinguishes it")
    note: str | None = Field(description="free text shown with the run")
    tags: dict[str, str] = Field(description="tags of your own on the run")
    parent: Name | None = Field(description="id of the sweep's parent run; set by sweeps")


class Experiment(Section):
    """All that one run is made of. No untyped configuration passes this point."""

    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = Field(description="seed of weights, dropout and sampling")
    dataset: DatasetConfig
    model: ModelConfig
    training: TrainingConfig
    tracking: TrackingConfig

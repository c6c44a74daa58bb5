"""The typed, frozen Experiment: every key with its type, its range and what it means.

These classes are the only list of the keys: the check, `seqexp train --help` and the typed values all
read it. Only the keys under `model` are partly open: each model's YAML declares its own hyperparameters.
"""

from seqexp.config.schema.common import (
    DURATION,
    FILE_NAME,
    FLAG,
    LARGEST,
    Duration,
    Flag,
    Name,
    NotNegative,
    Number,
    Positive,
    RowsOrTime,
    Section,
)
from seqexp.config.schema.experiment import (
    LATER_TRAINING,
    DatasetConfig,
    EmbeddingConfig,
    Experiment,
    ModelConfig,
    SweepConfig,
    TrackingConfig,
    TrainingConfig,
)
from seqexp.config.schema.folds import FOLD, SLIDING, Fold
from seqexp.config.schema.series import (
    OF_COLUMNS,
    USUAL_LEAD,
    Bounds,
    FileFormat,
    Official,
    Sentinels,
    SeriesConfig,
    Split,
    WhereValues,
)
from seqexp.config.schema.text import OfficialText, TextConfig, TextFormat, TextSplit

__all__ = [
    "DURATION",
    "FILE_NAME",
    "FLAG",
    "FOLD",
    "LARGEST",
    "LATER_TRAINING",
    "OF_COLUMNS",
    "SLIDING",
    "USUAL_LEAD",
    "Bounds",
    "DatasetConfig",
    "Duration",
    "EmbeddingConfig",
    "Experiment",
    "FileFormat",
    "Flag",
    "Fold",
    "ModelConfig",
    "Name",
    "NotNegative",
    "Number",
    "Official",
    "OfficialText",
    "Positive",
    "RowsOrTime",
    "Section",
    "Sentinels",
    "SeriesConfig",
    "Split",
    "SweepConfig",
    "TextConfig",
    "TextFormat",
    "TextSplit",
    "TrackingConfig",
    "TrainingConfig",
    "WhereValues",
]

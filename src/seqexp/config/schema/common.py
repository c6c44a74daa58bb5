"""What all sections of an experiment are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

DURATION = r"^[0-9]+(\.[0-9]+)? ?(us|ms|s|min|h|d|w|mo|y)$"

FILE_NAME = r"^[^/\\\x00-\x1f.][^/\\\x00-\x1f]*$"  # no folder, nothing hidden
FLAG = r"^[!-~]+$"

Name = Annotated[str, StringConstraints(min_length=1)]
# The name of a file that is written to a folder of seqexp's own.
FileName = Annotated[str, StringConstraints(pattern=FILE_NAME)]
# What stands behind a flag in a script: a line of it, and no more.
Flag = Annotated[str, StringConstraints(pattern=FLAG)]
# Of every count: what 32 bits hold, as the libraries below count in them. Keys that need less have an end of their own.
LARGEST = 2**31 - 1
Positive = Annotated[int, Field(ge=1, le=LARGEST)]
NotNegative = Annotated[int, Field(ge=0, le=LARGEST)]
BatchSize = Annotated[int, Field(ge=1, le=1_000_000)]
# What trainings reckon with in single precision: what is further from 1 may be 0 there, or infinite.
Single = Annotated[float, Field(ge=1e-37, le=1e37, allow_inf_nan=False)]
# A number of rows, or a time such as "10d", "36h", "90min", "0.5s", "3mo", "1y".
Duration = Annotated[str, StringConstraints(pattern=DURATION)]
RowsOrTime = Positive | Duration
Number = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | Annotated[float, Field(allow_inf_nan=False)]


class Section(BaseModel):
    """A group of keys. Unknown keys are refused; values are not coerced from text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

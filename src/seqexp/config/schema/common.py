"""What all sections of an experiment are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

DURATION = r"^[0-9]+(\.[0-9]+)? ?(us|ms|s|min|h|d|w|mo|y)$"

Name = Annotated[str, StringConstraints(min_length=1)]
Positive = Annotated[int, Field(ge=1)]
# A number of rows, or a time such as "10d", "36h", "90min", "0.5s", "3mo", "1y".
Duration = Annotated[str, StringConstraints(pattern=DURATION)]
RowsOrTime = Positive | Duration
Number = int | Annotated[float, Field(allow_inf_nan=False)]


class Section(BaseModel):
    """A group of keys. Unknown keys are refused; values are not coerced from text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

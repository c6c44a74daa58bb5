"""The keys of a dataset that is a time series."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from seqexp.config.schema.common import (
    BatchSize,
    Duration,
    FileName,
    Name,
    NotNegative,
    Number,
    Positive,
    RowsOrTime,
    Section,
)
from seqexp.config.schema.folds import FoldText

USUAL_LEAD = 24  # rows, where none of dataset.lead, dataset.delay and dataset.horizon is given
OF_COLUMNS = ("sentinels", "valid")  # keys of a series that may be mappings with the file's columns as keys
_FORM = Discriminator(lambda value: "mapping" if isinstance(value, dict) else "list")
Sentinels = Annotated[Annotated[list[Number], Tag("list")] | Annotated[dict[str, list[Number]], Tag("mapping")], _FORM]
Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
WhereValues = str | Number | bool | Annotated[list[str | Number | bool], Field(min_length=1)]


class Bounds(Section):
    """Rows [first, end) of one part: row numbers, or shares of all rows.

    Behind a row as `first`, a share as `end` is one of the rows from there to the end of the series.
    """

    first: int | float | None = Field(description="its first row, or a share of all; null: where the part before ends")
    end: int | float | None = Field(
        description="the row behind its last, or a share: of all rows, or of those behind a first that is a row; null: "
        "the end of the series"
    )

    @property
    def is_fraction(self) -> bool:
        """Whether the bounds are fractions of the number of rows."""
        is_whole = self.end is None or isinstance(self.end, float) or self.end <= 1
        return (isinstance(self.first, float) and (self.first != 0 or is_whole)) or (
            self.first == 0 and isinstance(self.end, float)
        )

    @property
    def ends_at_share(self) -> bool:
        """Whether the end is a share of the rows behind the first."""
        return isinstance(self.end, float) and not self.is_fraction

    def rows(self, total: int, before: int = 0) -> tuple[int, int]:
        """Return (first, end) as row numbers of a series with `total` rows, the part before ending at `before`."""
        scale = total if self.is_fraction else 1
        first = before if self.first is None else math.floor(self.first * scale)
        if self.end is None:
            return first, total
        return first, first + math.floor(self.end * (total - first)) if self.ends_at_share else math.floor(
            self.end * scale
        )


class Split(Section):
    """The three parts of the series, in time order."""

    train: Bounds
    val: Bounds
    test: Bounds

    def rows(self, total: int) -> dict[Literal["train", "val", "test"], tuple[int, int]]:
        """Return each part's (first, end) as row numbers of a series with `total` rows."""
        train = self.train.rows(total)
        val = self.val.rows(total, train[1])
        return {"train": train, "val": val, "test": self.test.rows(total, val[1])}


Lines = Annotated[int, Field(ge=0, le=1000)]


class FileFormat(Section):
    """How a file is written. null: found out from the file itself."""

    time: Name | Annotated[list[Name], Field(min_length=1)] | None = Field(
        description="the time column; a list: columns joined by a space"
    )
    time_format: Name | None = Field(description="of the time stamps, as in strptime; or unix, unix_ms, unix_us, excel")
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = Field(
        description="what stands between two cells"
    )
    decimal: Literal[".", ","] | None = Field(description="the decimal mark")
    encoding: Name | None = Field(description="such as utf-8, latin-1, utf-16")
    missing: list[str] = Field(description="texts that mean a missing value; an empty cell always does")
    drop: list[Name] = Field(description="columns to leave out")
    text_columns: Literal["drop", "refuse"] = Field(description="what to do with columns that hold no numbers")
    header: bool = Field(True, description="whether a line names the columns; false: they are c1, c2 …, or names")
    names: Annotated[list[Name], Field(min_length=2)] | None = Field(
        None, description="the columns' names, instead of the header's"
    )
    skip: Lines | None = Field(None, description="how many lines stand above the header, or without one above the rows")
    units_row: bool | None = Field(None, description="whether a line of units stands below the header")
    footer: Lines | None = Field(None, description="how many lines stand below the rows, empty ones not counted")
    thousands: Literal["none", "point", "comma", "space", "apostrophe"] | None = Field(
        None, description="what stands between thousands, as the point does in 1.234,5"
    )


class Official(Section):
    """What makes a downloaded file the official one; checked before it is used."""

    file: FileName = Field(description="its name, and that of the csv file within a zip")
    rows: Positive = Field(description="how many rows it has")
    first: Name = Field(description="its first time stamp, ISO 8601")
    last: Name = Field(description="its last time stamp, ISO 8601")
    columns: list[Name] | None = Field(None, description="its columns but the time, in their order; null: not checked")
    sha256: list[Sha256] = Field(
        default_factory=list,
        description="the SHA-256 of the csv file, one for each form it is distributed in; none: not checked",
    )


class SeriesConfig(Section):
    """Where the series comes from, and how windows are cut from it."""

    kind: Literal["series"] = Field(description="a time series: forecast one of its columns")
    name: Name = Field(description="the dataset's name")
    source: Literal["auto", "official", "simulated"] = Field(
        description="auto: official if cached or reachable within 3 s, else the simulated stand-in"
    )
    path: Name | None = Field(description="a file of your own (csv or parquet) instead of the source")
    url: Name | None = Field(description="where the official file is downloaded from; a mirror works too")
    official: Official | None = Field(description="what the official file must hold; null: there is none")
    stand_in: Literal["station"] | None = Field(description="the embedded generator behind source=simulated")
    format: FileFormat = Field(description="how the file is written")
    where: dict[Name, WhereValues] = Field(default_factory=dict, description="which rows are read: value(s) by column")
    target: Name | Annotated[list[Name], Field(min_length=1)] | None = Field(
        description="the column to forecast, a list of several, or all; null: the only one there is"
    )
    inputs: Annotated[list[Name], Field(min_length=1)] | None = Field(
        None, description="the columns that models see; null: all"
    )
    known: list[Name] = Field(
        default_factory=list,
        description="columns that are known ahead, such as plans: models see them up to the last row of the target",
    )
    holidays: Name | None = Field(
        None, description="a country, such as DE, or a part of one, such as US-CA, whose holidays are a known column"
    )
    lookback: RowsOrTime = Field(description="how far a window looks back: rows, or a time such as 10d")
    step: RowsOrTime = Field(description="from one timestep of a window to the next: rows, or a time such as 1h")
    lead: RowsOrTime | None = Field(
        description="from the last row that is seen to the target: rows, or a time; neither it nor delay: 24, "
        "or with a horizon the row behind the window"
    )
    delay: NotNegative | Duration | None = Field(
        description="from the window's end to the target, which is lead - step: rows, or a time; null: lead says it"
    )
    horizon: RowsOrTime = Field(
        1, description="from the first row of the target to behind the last one: rows, or a time such as 24h"
    )
    horizon_step: RowsOrTime = Field(1, description="from one row of the target to the next: rows, or a time")
    batch_size: BatchSize = Field(description="windows per training batch")
    sampling: Literal["random", "epoch"] = Field(
        description="random: training windows drawn with replacement; epoch: each once an epoch, reshuffled"
    )
    boundary: Literal["context", "strict", "lecture", "drop_last"] = Field(
        description="context: targets stay in their part, inputs may reach back into the parts before; strict: inputs "
        "stay, too; lecture: the lecture's own index arithmetic, blind to time; drop_last: context, and the last "
        "incomplete batch of a part is not scored, as published tables of long forecasts did before 2024"
    )
    repair: Literal["hold", "off"] = Field(
        description="hold: rows in order, each once, what is missing becomes the last valid value; off: as recorded"
    )
    sentinels: Sentinels = Field(
        description="numbers that mean a missing value, such as [-9999]; {temp: [0]}: for one column, besides -9999"
    )
    valid: dict[str, list[Number | None]] | None = Field(
        None, description="possible values, such as {temp: [200, 330]}"
    )
    max_gap: NotNegative | Duration | None = Field(
        description="no window crosses a longer gap; shorter ones are filled: rows, a time, or null for any"
    )
    input_limit: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = Field(
        description="inputs lie at most this many standard deviations from the mean of the training rows, or as far as "
        "the farthest of these rows; those beyond become that; null: no limit"
    )
    season: RowsOrTime | list[RowsOrTime] | None = Field(
        description="after what time the series repeats itself, for the baselines: rows, a time such as 1d, or "
        "several; null: a day, a week and a year as far as the training part shows them"
    )
    calendar: bool = Field(description="hour, day of the week and of the year, sine and cosine, as six more inputs")
    categories: list[Name] = Field(default_factory=list, description="columns of which each training value is an input")
    memory: Literal["auto", "array", "mapped"] = Field(description="mapped: stays on disk; auto: above 1/4 of memory")
    split: Split = Field(description="rows, or fractions of all rows, of the three parts")
    fold: FoldText | None = Field(
        None,
        description="2/5: of five blocks and one more, into which the rows from split.val's first to split.test's end "
        "are cut, validate on the second, test on the third and train on all rows before; 2/5-sliding: train on as "
        "many rows as the first fold; null: the parts of split",
    )

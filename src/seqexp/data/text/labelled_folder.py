"""Texts as files in folders, one folder a class, in a directory or in a tar archive: the original aclImdb, or any."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from seqexp.data.arrays import PARTS, Part
from seqexp.data.files.byte_files import InputFile, decode_text
from seqexp.data.text.corpus import NOT_GIVEN, Corpus
from seqexp.data.text.labelled_texts import LabelledText, corpus_from

FOLDER_SHUFFLE_SEED = 0  # of the order of files: one for all, so that runs on them can be compared
UNLABELLED = "unsup"  # aclImdb's folder of reviews without labels
_NAMES_OF: Mapping[Part, tuple[str, ...]] = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
PART_NAMES = {name: part for part, names in _NAMES_OF.items() for name in names}


@dataclass(frozen=True)
class _TextFile:
    """One text's file: its name from the root, its class, and its part if the data has parts."""

    name: str
    label: str
    part: Part | None


def is_archive(path: Path) -> bool:
    """Return whether a file's name is that of a tar archive."""
    return path.name.lower().endswith((".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"))


def folder_digest(root: InputFile) -> str:
    """Return the SHA-256 of a folder's place and of its files' names and contents; of unlabelled texts only the names.

    Sizes and times would miss a file that another of the same size and time replaces. Where the system has the files in
    memory, 25,000 contents take no longer than asking for 25,000 times.

    Raises:
        InputError: The folder can't be read.
    """
    digest = hashlib.sha256(os.fsencode(root.path))
    for name in _names_below(root):
        with root.below(name).reading():
            content = b"" if f"/{UNLABELLED}/" in f"/{name}" else (root.path / name).read_bytes()
        digest.update(f"\0{name}\0{len(content)}\0".encode(errors="surrogatepass"))
        digest.update(content)
    return digest.hexdigest()


def read_folder(root: InputFile, encoding: str | None) -> Corpus:
    """Return the texts of a folder: class/*.txt, or train/class/*.txt, val/..., test/....

    Files are sorted by name, then shuffled within each part by a fixed seed. Without an encoding it is found out.

    Raises:
        InputError: It can't be read, or holds no texts in folders of classes.
    """
    names = _names_below(root)
    files, notes = _arranged(names, root)
    contents = {}
    for file in files:
        with root.below(file.name).reading():
            contents[file.name] = (root.path / file.name).read_bytes()
    return _corpus(files, contents, notes, root, encoding)


def read_archive(root: InputFile, encoding: str | None) -> Corpus:
    """Return the texts of a tar archive, as `read_folder` those of a folder; nothing is unpacked on disk.

    Raises:
        InputError: It can't be read, or holds no texts in folders of classes.
    """
    contents = {}
    damage = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)
    with root.reading("tar", *damage), tarfile.open(root.path) as archive:
        for member in archive:
            if member.isfile() and _is_text(member.name):
                stream = archive.extractfile(member)
                assert stream is not None  # it is a file
                is_counted_alone = f"/{UNLABELLED}/" in member.name
                contents[member.name.removeprefix("./")] = b"" if is_counted_alone else stream.read()
    files, notes = _arranged(sorted(contents), root)
    return _corpus(files, contents, notes, root, encoding)


def _corpus(
    files: Sequence[_TextFile],
    contents: Mapping[str, bytes],
    notes: Sequence[str],
    root: InputFile,
    encoding: str | None,
) -> Corpus:
    texts, foreign = [], 0
    for file in _shuffled(files):
        text, found = decode_text(contents[file.name], encoding, root.below(file.name))
        foreign += found not in ("utf-8", encoding)
        given = NOT_GIVEN if file.part is None else PARTS.index(file.part)
        texts.append(LabelledText(text, file.label, given))
    all_notes = [*notes, f"files sorted by name, then shuffled within each part (seed {FOLDER_SHUFFLE_SEED})"]
    if foreign:
        all_notes.append(f"files not in utf-8: {foreign:,}, read as cp1252 or latin-1")
    return corpus_from(texts, all_notes, root)


def _shuffled(files: Sequence[_TextFile]) -> list[_TextFile]:
    """Return the files by part, those of each part shuffled: the last ones are then of every class."""
    random = np.random.default_rng(FOLDER_SHUFFLE_SEED)
    found: list[_TextFile] = []
    for part in (None, *PARTS):
        of_part = [file for file in files if file.part == part]
        found += [of_part[position] for position in random.permutation(len(of_part))]
    return found


def _arranged(names: Sequence[str], root: InputFile) -> tuple[list[_TextFile], list[str]]:
    """Return the files that are texts of a class, sorted by name, and notes on the others."""
    lead = _common_folder(names)
    parts = {name: PurePosixPath(name.removeprefix(lead)).parts for name in names}
    in_parts = [name for name in names if len(parts[name]) == 3 and parts[name][0].lower() in PART_NAMES]
    in_classes = [name for name in names if len(parts[name]) == 2]
    found = [
        _TextFile(name, parts[name][-2], PART_NAMES[parts[name][0].lower()] if in_parts else None)
        for name in sorted(in_parts or in_classes)
    ]
    unlabelled = [file for file in found if in_parts and file.label == UNLABELLED]
    files = [file for file in found if not (in_parts and file.label == UNLABELLED)]
    if len({file.label for file in files}) < 2:
        classes = ", ".join(sorted({file.label for file in files})) or "none"
        raise root.refused(
            f"must be a folder with a folder of .txt files for each class, 2 classes or more; or with such "
            f"folders in train, val and test. Received: {root.path}, with {len(names):,} .txt files, classes: {classes}"
        )
    notes = []
    if unlabelled:
        notes.append(f"texts without labels left out: {len(unlabelled):,} in {unlabelled[0].part}/{UNLABELLED}")
    others = len(names) - len(files) - len(unlabelled)
    if others:
        notes.append(f".txt files left out: {others:,} that are in no folder of a class")
    return files, notes


def _common_folder(names: Sequence[str]) -> str:
    """Return the folders that all files lie in, such as "aclImdb/", if they are neither a part nor the only class."""
    lead = ""
    while True:
        tops = {name.removeprefix(lead).partition("/")[0] for name in names}
        if len(tops) != 1 or max(name.removeprefix(lead).count("/") for name in names) < 2:
            return lead
        top = tops.pop()
        if top.lower() in PART_NAMES:
            return lead
        lead += f"{top}/"


def _names_below(root: InputFile) -> list[str]:
    """Return the names of the .txt files below a folder, from there on, sorted; links to folders are not followed."""
    found, folders = [], [""]
    while folders:
        folder = folders.pop()
        with root.below(folder).reading(), os.scandir(root.path / folder) as entries:
            for entry in entries:
                name = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name)
                elif _is_text(entry.name) and not entry.is_dir():
                    if not entry.is_file():  # a pipe, which nobody writes to, would be waited for
                        raise root.refused(f"must hold texts as files. Received: {entry.path}, which is none.")
                    found.append(name)
    return sorted(found)


def _is_text(name: str) -> bool:
    """Return whether a file is a text, not one of those that macOS puts beside each."""
    return name.lower().endswith(".txt") and not PurePosixPath(name).name.startswith(".")

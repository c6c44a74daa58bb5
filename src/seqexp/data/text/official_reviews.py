"""The official IMDB reviews: found in the data folder or downloaded, verified, and read once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from seqexp.config.digests import digest_of
from seqexp.config.errors import Fault, InputError, refused
from seqexp.config.schema import OfficialText, TextConfig
from seqexp.data.files.byte_files import InputFile, file_digest
from seqexp.data.files.cache import Progress
from seqexp.data.sources import is_file, with_ways_out
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.corpus_cache import cached_corpus
from seqexp.data.text.ranked_reviews import read_reviews

INDEX = "imdb_word_index.json"


@dataclass(frozen=True)
class OfficialFile:
    """One of the official files: where it comes from, and what it must be."""

    name: str  # what it is called in the data folder
    url: str  # where it is
    key: str  # the configuration's key that says so
    sha256: str  # of its bytes
    subject: str  # what it is, for messages


def load_official(dataset: TextConfig, root: Path, progress: Progress) -> Corpus:
    """Return the official reviews, downloaded if they are not in the data folder.

    Raises:
        InputError: The dataset has no official file; or one can't be had, or is not the official one. The message
            names the ways out.
    """
    official, url = dataset.official, dataset.url
    if official is None or url is None:
        missing = "dataset.official" if official is None else "dataset.url"
        raise InputError(Fault("dataset.source", f"dataset.source=official needs {missing}. Received: null."))
    reviews = OfficialFile(official.file, url, "dataset.url", official.sha256, "the official file")
    path = _obtain(reviews, dataset, root, progress)
    index_path = _obtain(_wanted_index(official), dataset, root, progress)
    return _cached(InputFile(path, reviews.subject), index_path, root, progress)


def load_npz(path: Path, dataset: TextConfig, root: Path, progress: Progress) -> Corpus:
    """Return the reviews of an npz file of the user's, whatever its bytes.

    The word index is the one beside it, else the one in the data folder, else it is downloaded.

    Raises:
        InputError: The file is not one of reviews, or there is no word index.
    """
    official = dataset.official
    index_name = official.index if official else INDEX
    index_path = next(filter(is_file, (path.with_name(index_name), root / index_name)), None)
    if index_path is None:
        remedy = f"{path} holds ranks, not words: put the word index {index_name} beside it or into {root}"
        if official is None:
            raise InputError(Fault("the word index", remedy))
        try:
            index_path = _obtain(_wanted_index(official), dataset, root, progress)
        except InputError as error:
            raise InputError(Fault("the word index", f"{error}\n{remedy}")) from error
    return _cached(InputFile(path, "dataset.path"), index_path, root, progress, official)


def _cached(
    file: InputFile, index_path: Path, root: Path, progress: Progress, official: OfficialText | None = None
) -> Corpus:
    """Return the parsed reviews, from the cache if these bytes were parsed before."""
    index = InputFile(index_path, "the word index")
    digest, index_digest = file_digest(file), file_digest(index)
    notes = []
    if official is not None and digest != official.sha256:
        notes.append(f"not the official bytes (SHA-256 {digest[:8]}…): unverified")
    if official is not None and index_digest != official.index_sha256:
        notes.append(f"the word index {index_path} is not the official one (SHA-256 {index_digest[:8]}…): unverified")

    def build() -> Corpus:
        progress(f"reading {file.path}")
        return read_reviews(file, index)

    corpus = cached_corpus(root, f"{digest[:32]}-{digest_of({'index': index_digest})}", build, progress)
    # Where the bytes lie and what they were called is not the cache's.
    what = file.subject if file.subject != "dataset.path" else "the file"
    origin = f"{what} {file.path} with the word index {index_path}"
    return replace(corpus, origin=origin, notes=(*corpus.notes, *notes))


def _obtain(file: OfficialFile, dataset: TextConfig, root: Path, progress: Progress) -> Path:
    """Return an official file in the data folder, verified; downloaded if it isn't there.

    Raises:
        InputError: It can't be had, or has other bytes. The message names the ways out.
    """
    from seqexp.data.files.download import fetch

    target = root / file.name

    def verify(part: Path) -> None:
        digest = file_digest(InputFile(part, file.subject))
        if digest != file.sha256:
            received = f"other bytes ({digest}) from {file.url!r}"
            raise refused(file.key, f"must give {file.subject} (SHA-256 {file.sha256}). Received: {received}")

    if is_file(target):
        digest = file_digest(InputFile(target, file.subject))
        if digest != file.sha256:
            remedy = "Delete or replace it; dataset.path=FILE reads reviews whatever their digest."
            received = f"{digest} in {target}\n{remedy}"
            raise refused(file.subject, f"must have the SHA-256 {file.sha256}. Received: {received}")
        return target
    try:
        fetch(file.url, target, verify, progress, key=file.key)
    except InputError as error:
        ways = [
            f"put {file.name} into {root}",
            "dataset.path=FILE           an imdb.npz, the aclImdb folder or archive, or texts of your own",
            f"{file.key + '=MIRROR':<28}another address of {file.subject}",
        ]
        if dataset.package is not None:
            ways.append(f"dataset.source=package      the reviews of the installed package {dataset.package}")
        raise InputError(Fault(file.key, with_ways_out(error, ways, dataset.stand_in))) from error
    return target


def _wanted_index(official: OfficialText) -> OfficialFile:
    key = "dataset.official.index_url"
    return OfficialFile(official.index, official.index_url, key, official.index_sha256, "the official word index")

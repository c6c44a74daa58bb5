"""Load labelled texts: the user's own, the official reviews, or a stand-in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from seqexp.config.digests import digest_of
from seqexp.config.errors import raise_any, shown, wrong
from seqexp.config.schema import TextConfig
from seqexp.data.files.byte_files import InputFile, file_digest
from seqexp.data.files.cache import Progress, data_dir
from seqexp.data.sources import STAND_IN_SEED, Source, users_file
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.corpus_cache import cached_corpus
from seqexp.data.text.labelled_folder import folder_digest, is_archive, read_archive, read_folder
from seqexp.data.text.labelled_table import named_columns, read_labelled_table
from seqexp.data.text.labelled_texts import check_classes, with_labels
from seqexp.data.text.official_reviews import load_npz, load_official
from seqexp.data.text.review_package import load_package


def load_corpus(dataset: TextConfig, source: Source, progress: Progress) -> Corpus:
    """Return all texts of a source, as recorded: read the first time, from binary arrays after that.

    Their labels are joined as the configuration says. `progress` receives lines for a person where something takes
    time or falls short.

    Raises:
        InputError: The texts are absent, unreachable, or not what they should be; or they lack a label that is joined;
            or their labels are too many to be classes.
    """
    root = data_dir()
    if source == "path":
        corpus = load_path(dataset, root, progress)
    elif source == "official":
        corpus = load_official(dataset, root, progress)
    elif source == "package":
        corpus = load_package(dataset, root, progress)
    else:
        corpus = _simulated(root, progress)
    joined = with_labels(replace(corpus, name=dataset.name, source=source), dataset.labels)
    check_classes(joined)  # not before: so many labels may have been joined to a few classes
    return joined


def _simulated(root: Path, progress: Progress) -> Corpus:
    """Return the simulated reviews."""
    from seqexp.data.stand_ins.reviews import REVIEWS_VERSION, simulate_reviews

    def build() -> Corpus:
        progress("simulating the reviews: a few seconds, once")
        return simulate_reviews(STAND_IN_SEED)

    corpus = cached_corpus(root, f"reviews-{REVIEWS_VERSION}-seed{STAND_IN_SEED}", build, progress)
    return replace(corpus, origin=f"the simulated reviews, version {REVIEWS_VERSION}, seed {STAND_IN_SEED}")


def load_path(dataset: TextConfig, root: Path, progress: Progress) -> Corpus:
    """Return the texts that dataset.path names, from the cache if they were read before in the same way.

    Raises:
        InputError: There is nothing of that name, it can't be read, or it holds no labelled texts.
    """
    path = users_file(dataset)
    if path.is_dir() or is_archive(path) or path.suffix.lower() == ".npz":
        what = f"must be null: {dataset.path} has no columns"
        raise_any([wrong(key, f"{what}. Received: {shown(name)}.") for key, name in named_columns(dataset).items()])
    if path.suffix.lower() == ".npz":
        return load_npz(path, dataset, root, progress)

    file = InputFile(path, "dataset.path")

    def build() -> Corpus:
        progress(f"reading {path}")
        if path.is_dir():
            return read_folder(file, dataset.format.encoding)
        if is_archive(path):
            return read_archive(file, dataset.format.encoding)
        return read_labelled_table(file, dataset)

    reading = {**dataset.format.model_dump(), "column": dataset.split.column, "archive": is_archive(path)}
    digest = folder_digest(file) if path.is_dir() else file_digest(file)
    corpus = cached_corpus(root, f"{digest[:32]}-{digest_of(reading)}", build, progress)
    return replace(corpus, origin=f"the {'folder' if path.is_dir() else 'file'} {path}")

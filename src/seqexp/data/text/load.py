"""Where labelled texts come from, and how they are loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from seqexp.config.schema import TextConfig
from seqexp.data.files.cache import Progress, data_dir
from seqexp.data.sources import STAND_IN_SEED, ResolvedSource, Source, is_file, probe
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.corpus_cache import cached_corpus
from seqexp.data.text.labelled_files import load_path, users_texts
from seqexp.data.text.official_reviews import load_official
from seqexp.data.text.review_package import load_package, package_file


def resolve_text(dataset: TextConfig, seconds: float = 3.0) -> ResolvedSource:
    """Choose the source of the texts. Downloads nothing, checks no content, raises nothing.

    A path wins, then an explicit source. `auto` is the official file if it is cached or its server offers it within
    `seconds`, else the package if it is installed, else the simulated reviews.

    Args:
        dataset: The dataset's configuration.
        seconds: How long `auto` may ask the server, name resolution included.
    """
    package, simulated = f"the installed package {dataset.package}", f"the simulated {dataset.stand_in}"
    if dataset.path is not None:
        return ResolvedSource("path", f"the file {dataset.path}, as asked")
    if dataset.source != "auto":
        what = {"official": "the official file", "package": package, "simulated": simulated}[dataset.source]
        return ResolvedSource(dataset.source, f"{what}, as asked")
    obstacle, reason = _official(dataset, seconds)
    if obstacle is None:
        return ResolvedSource("official", reason)
    if package_file(dataset.package) is not None:
        return ResolvedSource("package", f"{obstacle}: {package} stands in")
    if dataset.stand_in is not None:
        return ResolvedSource("simulated", f"{obstacle}: {simulated} stand in")
    return ResolvedSource("official", f"official file at {dataset.url}: there is nothing else")


def _official(dataset: TextConfig, seconds: float) -> tuple[str | None, str]:
    """Return why the official files can't be had, None if they can, and how they are."""
    official, root = dataset.official, data_dir()
    if official is None or dataset.url is None:
        return "there is no official file", ""
    urls = {official.file: dataset.url, official.index: official.index_url}
    missing = [url for name, url in urls.items() if not is_file(root / name)]
    if not missing:
        return None, "official file cached"
    if package_file(dataset.package) is None and dataset.stand_in is None:
        return None, f"official file at {dataset.url}"
    fault = probe(missing[0], seconds)
    if fault is None:
        return None, f"official file reachable at {missing[0]}"
    return f"official file not reachable within {seconds:g} s ({fault})", ""


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
    from seqexp.data.stand_ins.reviews import REVIEWS_VERSION, simulate_reviews

    def build() -> Corpus:
        progress("simulating the reviews: a few seconds, once")
        return simulate_reviews(STAND_IN_SEED)

    corpus = cached_corpus(root, f"reviews-{REVIEWS_VERSION}-seed{STAND_IN_SEED}", build, progress)
    return replace(corpus, origin=f"the simulated reviews, version {REVIEWS_VERSION}, seed {STAND_IN_SEED}")

"""Where labelled texts come from: decide it, once for a run or a whole sweep."""

from __future__ import annotations

from seqexp.config.schema import TextConfig
from seqexp.data.files.cache import data_dir
from seqexp.data.sources import Resolved, is_file, probe
from seqexp.data.text.review_package import package_file


def resolve_text(dataset: TextConfig, seconds: float = 3.0) -> Resolved:
    """Choose the source of the texts. Downloads nothing, checks no content, raises nothing.

    A path wins, then an explicit source. `auto` is the official file if it is cached or its server offers it within
    `seconds`, else the package if it is installed, else the simulated reviews.

    Args:
        dataset: The dataset's configuration.
        seconds: How long `auto` may ask the server, name resolution included.
    """
    package, simulated = f"the installed package {dataset.package}", f"the simulated {dataset.stand_in}"
    if dataset.path is not None:
        return Resolved("path", f"the file {dataset.path}, as asked")
    if dataset.source != "auto":
        what = {"official": "the official file", "package": package, "simulated": simulated}[dataset.source]
        return Resolved(dataset.source, f"{what}, as asked")
    obstacle, reason = _official(dataset, seconds)
    if obstacle is None:
        return Resolved("official", reason)
    if package_file(dataset.package) is not None:
        return Resolved("package", f"{obstacle}: {package} stands in")
    if dataset.stand_in is not None:
        return Resolved("simulated", f"{obstacle}: {simulated} stand in")
    return Resolved("official", f"official file at {dataset.url}: there is nothing else")


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

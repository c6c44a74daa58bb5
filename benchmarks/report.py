"""RESULTS.md, from nothing but the results."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import report_sections as sections
from benchmarks.results import Results


def report(results: Results) -> str:
    """Return the report; what was not measured is left out, peers that are missing are named."""
    return "\n".join(_blocks(results))


def _blocks(results: Results) -> Iterator[str]:
    yield "# Benchmarks\n"
    yield sections.machine(results)
    if "headline" in results or "windows" in results:
        yield "## Goals\n"
        yield sections.goals(results)
    if "headline" in results:
        yield "## Training and evaluation\n"
        yield sections.headline(results)
        yield "### From the fastest to the slowest round\n"
        yield sections.spread(results)
        if results["headline"]["whole_epoch"]:
            yield "### A whole epoch of the GRU\n"
            yield sections.whole_epoch(results)
    if "scaling" in results:
        yield "## Units, length and batch\n"
        yield sections.scaling(results)
    if "windows" in results:
        yield "## Windows\n"
        yield sections.windows(results)
    if "startup" in results:
        yield "## Start-up\n"
        yield sections.startup(results)
    yield "## How it was measured\n"
    yield sections.method(results)
    yield sections.peers(results)

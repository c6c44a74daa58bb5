"""results.png: the steps of every model by peer, and how the GRU's grows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.results import Results, headline_models, value

# Okabe and Ito's colours, told apart by people with any colour vision; markers tell lines apart besides.
_COLOURS = {"lecture": "#E69F00", "stock": "#56B4E9", "jax": "#CC79A7", "torch": "#D55E00", "seqexp": "#009E73"}
_MARKERS = {"lecture": "s", "stock": "^", "seqexp": "o"}
_BASE = {"units": 32, "timesteps": 240, "batch": 128}


def write_plot(results: Results, path: Path) -> None:
    """Draw what was measured of headline and scaling; nothing is written if neither was."""
    if not headline_models(results) and not results.get("scaling"):
        return
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure = plt.figure(figsize=(12, 9), layout="constrained")
    grid = figure.add_gridspec(2, 6)
    if headline_models(results):
        _bars(figure.add_subplot(grid[0, :3]), results, "train", "a training step")
        _bars(figure.add_subplot(grid[0, 3:]), results, "evaluation", "an evaluation step of 128 windows")
    for index, key in enumerate(_BASE if results.get("scaling") else ()):
        _lines(figure.add_subplot(grid[1, 2 * index : 2 * index + 2]), results["scaling"], key)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _bars(axes: Any, results: Results, quantity: str, what: str) -> None:
    models, peers = headline_models(results), list(results["peers"])
    width = 0.8 / len(peers)
    for index, peer in enumerate(peers):
        known = [(at, found) for at, model in enumerate(models) if (found := value(results, model, peer, quantity))]
        places = [at + (index - (len(peers) - 1) / 2) * width for at, _ in known]
        axes.bar(places, [found for _, found in known], width, label=peer, color=_COLOURS[peer])
    axes.set_yscale("log")
    axes.set_xticks(range(len(models)), models, rotation=30, ha="right")
    axes.set_ylabel("ms")
    axes.set_title(f"{what} (lower is faster)")
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    axes.legend(ncols=3, fontsize="small", frameon=False)


def _lines(axes: Any, sizes: Sequence[Any], key: str) -> None:
    varied = sorted(
        (size for size in sizes if all(size[other] == at for other, at in _BASE.items() if other != key)),
        key=lambda size: size[key],
    )
    for peer in varied[0]["train"]:
        axes.plot(
            [size[key] for size in varied],
            [size["train"][peer]["median"] for size in varied],
            marker=_MARKERS.get(peer, "o"),
            color=_COLOURS[peer],
            label=peer,
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks([size[key] for size in varied], [str(size[key]) for size in varied])
    axes.minorticks_off()
    axes.set_xlabel(key)
    axes.set_ylabel("ms")
    axes.set_title(f"GRU, a training step by {key}")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", frameon=False)

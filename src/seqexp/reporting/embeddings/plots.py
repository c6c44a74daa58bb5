"""A picture of words: their vectors on a plane, each point with its word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import refused
from seqexp.data.arrays import Floats
from seqexp.reporting.runs.plots import BLUE, GREY, drawable, new_figure
from seqexp.reporting.whole_file import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

Method = Literal["pca", "tsne"]

MIN_WORDS = 3  # words; two points are on a line whatever they are

_PERPLEXITY = 30  # as in the paper's own experiments
_DIRECTIONS = 16
_DISTANCES = (4, 9, 15, 22, 30, 40, 52)  # points, of a label from its word's point
_LINE_FROM = 9  # points; a label so far away or further has a line to its point


@dataclass(frozen=True)
class Projection:
    """Vectors on a plane.

    Attributes:
        points: (vectors, 2) float64.
        axes: The labels of the horizontal and the vertical axis; the second is empty where coordinates have no meaning.
    """

    points: Floats
    axes: tuple[str, str]


def project_words(vectors: NDArray[np.floating], method: Method, seed: int = 0) -> Projection:
    """Project vectors onto a plane, so that near ones stay near.

    PCA: the two directions of the greatest variance; distances keep their meaning. t-SNE (van der Maaten and Hinton,
    2008, "Visualizing Data using t-SNE", JMLR 9): neighbourhoods alone do; the perplexity is 30, of fewer than 91
    vectors a third of the others.

    Args:
        vectors: (vectors, dimensions), at least 3 vectors.
        method: "pca" or "tsne".
        seed: Of t-SNE; PCA has no chance in it.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    wide = vectors.astype(np.float64)
    if wide.shape[1] == 1:
        wide = np.hstack([wide, np.zeros_like(wide)])
    if (wide == wide[0]).all():  # scikit-learn would divide by their spread, and its t-SNE crash
        return Projection(np.zeros((len(wide), 2)), ("all vectors are alike", ""))
    if method == "tsne":
        perplexity = min(_PERPLEXITY, (len(wide) - 1) / 3)
        tsne = TSNE(perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed)
        return Projection(tsne.fit_transform(wide).astype(np.float64), (f"t-SNE, perplexity {perplexity:.3g}", ""))
    pca = PCA(n_components=2, svd_solver="full")
    points = pca.fit_transform(wide)
    first, second = (f"{100 * share:.0f} % of the variance" for share in pca.explained_variance_ratio_)
    return Projection(points, (f"first component, {first}", f"second component, {second}"))


def plot_words(projection: Projection, words: Sequence[str], path: Path, title: str) -> None:
    """Draw words as points with labels, as a PNG in a folder made if need be; see `words_figure`.

    Raises:
        InputError: The file can't be written.
    """
    figure = words_figure(projection, words, title)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft:
            figure.savefig(draft, format="png")  # whatever the name ends with
    except OSError as error:
        why = error.strerror or error
        raise refused("--output", f"must be a PNG file that can be written ({why}). Received: {path}") from error


def words_figure(projection: Projection, words: Sequence[str], title: str) -> Figure:
    """Return a figure of words, in the order of their points.

    Their labels cover neither each other nor a point where there is room.
    """
    side = 6.0 if len(words) <= 30 else 9.0
    drawn: tuple[Figure, Axes] = new_figure(title, size=(1.35 * side, side))
    figure, axes = drawn
    points = projection.points
    axes.plot(points[:, 0], points[:, 1], "o", color=BLUE, ms=4, zorder=3)
    axes.margins(0.08)
    axes.set_xlabel(projection.axes[0])
    axes.set_ylabel(projection.axes[1])
    if not projection.axes[1]:  # coordinates without a meaning, such as those of t-SNE
        axes.tick_params(labelbottom=False, labelleft=False, length=0)
    figure.draw_without_rendering()  # the layout decides where the axes lie, and so how far apart the points are
    figure.set_layout_engine("none")
    _label(figure, axes, points, words)
    return figure


def _label(figure: Figure, axes: Axes, points: Floats, words: Sequence[str]) -> None:
    """Write each word at the nearest free position around its point; crowded words choose first."""
    at = axes.transData.transform(points)
    pixels = figure.dpi / 72  # a point of type is 1/72 inch
    taken = np.empty((2 * len(at), 2, 2))  # the boxes of all points, then those of the labels
    taken[: len(at)] = np.stack([at - 3 * pixels, at + 3 * pixels], axis=1)
    frame = axes.get_window_extent()
    distances = np.linalg.norm(at[:, None] - at[None], axis=2)
    crowded = np.argsort(np.sort(distances, axis=1)[:, 1 : min(5, len(at))].mean(axis=1), kind="stable")
    for count, number in enumerate(crowded, start=len(at)):
        # Dollar signs would begin a formula.
        label = axes.annotate(
            drawable(words[number]),
            points[number],
            (0, 0),
            textcoords="offset points",
            fontsize=9,
            va="bottom",
            parse_math=False,
            zorder=4,
        )
        box = label.get_window_extent()
        taken[count], distance = _label_box(at[number], np.array([box.width, box.height]), pixels, taken[:count], frame)
        label.set_position((taken[count, 0] - at[number]) / pixels)
        if distance >= _LINE_FROM:
            _line(axes, at[number], taken[count])


def _label_box(point: Floats, size: Floats, pixels: float, taken: Floats, frame: Bbox) -> tuple[Floats, int]:
    """Return the corners of a label's box, (2, 2) in pixels, and its distance in points; where it covers the least.

    The boxes that are taken are (boxes, 2, 2): the lower left and the upper right corner of each.
    """
    least, best = float("inf"), (np.array([point, point + size]), 0)
    for distance in _DISTANCES:
        for step in range(_DIRECTIONS):
            angle = 2 * pi * step / _DIRECTIONS  # beginning on the right
            corner = point + np.array([cos(angle), sin(angle)]) * (distance * pixels + size / 2) - size / 2
            box = np.array([corner, corner + size])
            if (box[0] < frame.min).any() or (box[1] > frame.max).any():
                continue
            shared = np.minimum(taken[:, 1], box[1]) - np.maximum(taken[:, 0], box[0])
            covered = float(shared.clip(0).prod(axis=1).sum())
            if covered < least:
                least, best = covered, (box, distance)
            if not covered:
                return best
    return best


def _line(axes: Axes, point: Floats, box: Floats) -> None:
    """Draw a thin line from a point to the nearest point of its label's box, (2, 2)."""
    end = np.clip(point, box[0], box[1])
    ends = axes.transData.inverted().transform([point, end])
    axes.plot(ends[:, 0], ends[:, 1], color=GREY, lw=0.6, zorder=2, scalex=False, scaley=False)

"""Words on a plane: the projection is the one that is named, and every word can be read."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.text import Annotation

from seqexp.config.errors import InputError
from seqexp.reporting.embeddings.plots import Projection, plot_words, project_words, words_figure


def random(rows: int, dimensions: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(rows, dimensions)).astype(np.float32)


def test_pca_is_the_projection_on_the_two_greatest_singular_vectors() -> None:
    vectors = random(40, 6) * np.array([1, 5, 1, 1, 3, 1], np.float32)
    found = project_words(vectors, "pca")
    centred = vectors.astype(np.float64) - vectors.astype(np.float64).mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred)
    expected = centred @ directions[:2].T
    np.testing.assert_allclose(np.abs(found.points), np.abs(expected), atol=1e-9)
    shares = 100 * sizes**2 / (sizes**2).sum()
    assert found.axes[0] == f"first component, {shares[0]:.0f} % of the variance"
    assert found.axes[1] == f"second component, {shares[1]:.0f} % of the variance"


@pytest.mark.parametrize(("rows", "perplexity"), [(3, "0.667"), (10, "3"), (120, "30")])
def test_tsne_adapts_to_few_words_and_is_seeded(rows: int, perplexity: str) -> None:
    vectors = random(rows, 8)
    found = project_words(vectors, "tsne", seed=1)
    assert found.points.shape == (rows, 2)
    assert np.isfinite(found.points).all()
    assert found.axes == (f"t-SNE, perplexity {perplexity}", "")
    np.testing.assert_array_equal(project_words(vectors, "tsne", seed=1).points, found.points)


def test_tsne_keeps_neighbours_together() -> None:
    clusters = np.repeat(20 * random(3, 10), 12, axis=0) + random(36, 10)
    points = project_words(clusters, "tsne").points
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_array_equal(distances.argmin(axis=1) // 12, np.arange(36) // 12)


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("vectors", [random(5, 1), np.ones((4, 3), np.float32)], ids=["one dimension", "all alike"])
def test_vectors_of_little_shape_can_be_drawn(vectors: np.ndarray, method: str, tmp_path: Path) -> None:
    projection = project_words(vectors, method)  # type: ignore[arg-type]
    assert projection.points.shape == (len(vectors), 2)
    assert np.isfinite(projection.points).all()
    plot_words(projection, [f"w{n}" for n in range(len(vectors))], tmp_path / "words.png", "a test")


@pytest.mark.parametrize("count", [6, 100])
def test_labels_cover_neither_each_other_nor_points(count: int) -> None:
    points = random(count, 2).astype(np.float64)
    words = [f"word{number}" for number in range(count)]
    figure = words_figure(Projection(points, ("", "")), words, "a test")
    (axes,) = figure.axes
    labels = [child for child in axes.texts if isinstance(child, Annotation)]
    assert sorted(label.get_text() for label in labels) == sorted(words)
    boxes = [label.get_window_extent() for label in labels]
    assert not any(one.padded(-0.5).overlaps(other.padded(-0.5)) for one, other in combinations(boxes, 2))
    at = axes.transData.transform(points)
    assert not any(box.contains(x, y) for box in boxes for x, y in at)
    frame = axes.get_window_extent().padded(1)
    assert all(frame.contains(*box.min) and frame.contains(*box.max) for box in boxes)
    for label, box in zip(labels, boxes, strict=True):
        own = at[words.index(label.get_text())]
        assert np.linalg.norm(np.clip(own, box.min, box.max) - own) < 60 * figure.dpi / 72


def test_the_picture_is_a_png_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "new" / "words.of.mine"
    words = ["$x^2$", "don't", "über"]  # no formula
    plot_words(project_words(random(3, 5), "pca"), words, path, "a test")
    assert path.read_bytes().startswith(b"\x89PNG")
    picture = imread(path, format="png")
    assert picture.shape[0] > 600
    assert (np.abs(picture[..., :3] - [0, 0x72 / 255, 0xB2 / 255]) < 0.1).all(axis=2).sum() > 60


def test_a_file_that_cant_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^--output must be a PNG file that can be written \(Is a directory\)"):
        plot_words(project_words(random(3, 5), "pca"), ["a", "b", "c"], tmp_path, "a test")

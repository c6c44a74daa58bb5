"""docs/speed.md: the Python that it shows does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.paths import REPO

PAGE = (REPO / "docs" / "speed.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own saving, NumPy 2
def test_the_layers_serve_outside_seqexp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seqexp.models.layers import GRU

    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(code, "speed.md", "exec"), names)
    model, again = names["model"], names["again"]
    assert type(again.layers[0]) is GRU  # type: ignore[attr-defined]
    samples = np.random.default_rng(0).normal(size=(3, 240, 14)).astype(np.float32)
    np.testing.assert_array_equal(again(samples), model(samples))  # type: ignore[operator]


def test_the_activations_that_are_compiled_are_named() -> None:
    from seqexp.models.kernels.numbers import ACTIVATIONS

    named = re.search(r"activations other than (.*?);", PAGE, re.DOTALL)
    assert named is not None
    assert set(re.findall(r"`(\w+)`", named[1])) == set(ACTIVATIONS)


def test_the_pages_that_it_links_exist() -> None:
    for link in re.findall(r"\]\((\.\.?/[^)#]*)\)", PAGE):
        assert (REPO / "docs" / link).exists(), link

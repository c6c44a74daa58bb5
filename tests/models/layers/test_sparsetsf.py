"""SparseTSF against loops over the paper's formulas."""

from __future__ import annotations

import numpy as np
import pytest

from seqexp.models.layers import SparseTSF


@pytest.mark.parametrize(("period", "leads"), [(4, 10), (3, 3), (5, 1)])
def test_each_phase_is_forecast_from_the_seasons_before(period: int, leads: int) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 14, 1)).astype(np.float32)
    layer = SparseTSF(leads, period)
    layer.build((None, 14, 1))
    layer.set_weights([random.normal(size=w.shape).astype(np.float32) for w in layer.weights])
    kernel, seasons = layer.weights[0].numpy()[:, 0, 0], layer.weights[1].numpy()
    half, seen = period // 2, 14 // period
    assert kernel.shape == (1 + 2 * half,)
    assert seasons.shape == (seen, -(-leads // period))
    padded = np.pad(x[:, :, 0], [(0, 0), (half, half)])
    aggregated = [[x[b, t, 0] + padded[b, t : t + 2 * half + 1] @ kernel for t in range(14)] for b in range(2)]
    for b in range(2):
        for lead in range(leads):
            season, phase = divmod(lead, period)
            values = [aggregated[b][14 - seen * period + n * period + phase] for n in range(seen)]
            assert float(layer(x)[b, lead]) == pytest.approx(float(values @ seasons[:, season]), abs=1e-4)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"put it within PerColumn. Received: 3 columns"):
        SparseTSF()(np.zeros((2, 48, 3)))
    with pytest.raises(ValueError, match=r"`period` must be at most the window's 14 timesteps. Received: 24"):
        SparseTSF()(np.zeros((2, 14, 1)))
    with pytest.raises(ValueError, match=r"`period` must be an integer >= 1. Received: 0"):
        SparseTSF(period=0)

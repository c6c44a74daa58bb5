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


@pytest.mark.parametrize("ahead", [(24,), (3, 5, 7), (1, 2, 3), (12, 40)])
def test_a_lead_is_forecast_from_its_own_phase(ahead: tuple[int, ...]) -> None:
    """Whatever the delay and however far leads are from each other: of a season that repeats, what it was before."""
    period, seen = 4, 3
    layer = SparseTSF(len(ahead), period, ahead)
    layer.build((None, seen * period + 1, 1))
    kernel, seasons = (np.zeros(weight.shape, np.float32) for weight in layer.weights)
    seasons[-1] = 1
    layer.set_weights([kernel, seasons])
    season = np.array([5, 1, 7, 2], np.float32)
    x = season[np.arange(seen * period + 1) % period][None, :, None]
    expected = season[(seen * period + np.array(ahead)) % period]
    np.testing.assert_array_equal(np.asarray(layer(x))[0], expected)
    assert layer.weights[1].shape == (seen, len({(lead - 1) // period for lead in ahead}))
    again = SparseTSF.from_config(layer.get_config())
    assert again(x).shape == (1, len(ahead))
    assert again.kept == layer.kept


@pytest.mark.parametrize("ahead", [(1.5, 2), (0, 1)])
def test_leads_between_timesteps_are_refused(ahead: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=rf"multiples of dataset.step. Received: a lead of {ahead[0]} timesteps"):
        SparseTSF(2, 4, ahead)
    with pytest.raises(ValueError, match=r"`ahead` must have a number for each of 2 leads. Received: 1"):
        SparseTSF(2, 4, ahead[1:])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"put it within PerColumn. Received: 3 columns"):
        SparseTSF()(np.zeros((2, 48, 3)))
    with pytest.raises(ValueError, match=r"`period` must be at most the window's 14 timesteps. Received: 24"):
        SparseTSF()(np.zeros((2, 14, 1)))
    with pytest.raises(ValueError, match=r"`period` must be an integer >= 1. Received: 0"):
        SparseTSF(period=0)

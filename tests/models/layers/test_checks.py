"""What the layers' arguments may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seqexp.models.layers import TCN, DLinear, EncoderBlock, MixerBlock, SinusoidalPositions


@pytest.mark.parametrize(
    ("make", "facts"),
    [
        (lambda: DLinear(kernel_size=24), ["`kernel_size`", "odd", "Received: 24"]),
        (lambda: DLinear(kernel_size=0), ["`kernel_size`", ">= 1", "Received: 0"]),
        (lambda: TCN(filters=2.5), ["`filters`", ">= 1", "Received: 2.5"]),
        (lambda: TCN(filters=2, kernel_size=1), ["`kernel_size`", ">= 2", "Received: 1"]),
        (lambda: TCN(filters=2, depth=True), ["`depth`", ">= 1", "Received: True"]),
        (lambda: TCN(filters=2, dropout=1.0), ["`dropout`", "[0, 1)", "Received: 1.0"]),
        (lambda: MixerBlock(units="8"), ["`units`", ">= 1", "Received: '8'"]),
        (lambda: MixerBlock(units=8, dropout=-0.1), ["`dropout`", "[0, 1)", "Received: -0.1"]),
        (lambda: EncoderBlock(heads=0, units=8), ["`heads`", ">= 1", "Received: 0"]),
        (lambda: EncoderBlock(heads=2, units=8, dropout="x"), ["`dropout`", "[0, 1)", "Received: 'x'"]),
        (lambda: EncoderBlock(heads=3, units=8).build((None, 6, 8)), ["`heads`", "8 columns"]),
        (lambda: DLinear().build((None, 6)), ["DLinear", "(batch, timesteps, columns)", "Received: (None, 6)"]),
        (lambda: MixerBlock(8).build((None, None, 3)), ["MixerBlock", "(batch, timesteps, columns)"]),
        (lambda: SinusoidalPositions().build((None, None, 3)), ["SinusoidalPositions", "(batch, timesteps, columns)"]),
    ],
)
def test_what_is_refused(make: Callable[[], Any], facts: list[str]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        make()
    assert [fact for fact in facts if fact not in str(caught.value)] == [], caught.value

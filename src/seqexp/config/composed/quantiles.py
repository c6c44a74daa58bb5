"""training.quantiles: the levels that a network forecasts of each value."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from seqexp.config.errors import Fault, wrong
from seqexp.config.schema import TrainingConfig

# The ends of the 95 %, the 80 % and the 50 % interval, and the median.
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
PINBALL: Literal["pinball"] = "pinball"  # the loss that quantiles minimise
_MEDIAN = 0.5
_MOST = 99
_ROUNDING = 1e-9


def quantile_faults(kind: str, training: Mapping[str, Any], sound: Callable[..., bool]) -> Iterator[Fault]:
    """Yield what is wrong with the levels, or doesn't go together with them, given the training's plain values."""
    if not sound("training.quantiles"):
        return
    levels, loss = training.get("quantiles"), training.get("loss")
    if levels is None:
        if sound("training.loss") and loss == PINBALL:
            what = "must not be pinball without training.quantiles, whose loss it is: set training.quantiles=auto, too"
            yield wrong("training.loss", f"{what}. Received: {loss!r}.")
        return
    if kind == "text":
        yield wrong("training.quantiles", f"must be null for classes: these have probabilities. Received: {levels!r}.")
        return
    if levels != "auto" and (why := _why_not(levels)):
        what = f"must be rising, have 0.5 in it and be symmetric around that, such as [0.1, 0.5, 0.9]: {why}"
        yield wrong("training.quantiles", f"{what}. Received: {levels!r}.")
    if sound("training.loss") and loss not in ("auto", PINBALL):
        what = "must be auto with training.quantiles, which minimise the pinball loss"
        yield wrong("training.loss", f"{what}. Received: {loss!r}.")


def with_quantiles(training: TrainingConfig) -> TrainingConfig:
    """Return the training with the levels and the loss that its quantiles stand for."""
    if training.quantiles is None:
        return training
    levels = list(LEVELS) if training.quantiles == "auto" else training.quantiles
    return training.model_copy(update={"quantiles": levels, "loss": PINBALL})


def _why_not(levels: list[float]) -> str | None:
    """Return what is wrong with a list of levels, each of which is between 0 and 1; None if nothing is."""
    if len(levels) > _MOST:
        return f"{len(levels)} are more than {_MOST}"
    if any(after - before < _ROUNDING for before, after in itertools.pairwise(levels)):
        return "they don't rise"
    if _MEDIAN not in levels:
        return "0.5, the median, is missing: it is the forecast that is ranked"
    alone = [level for level in levels if not any(abs(1 - level - other) < _ROUNDING for other in levels)]
    return f"{1 - alone[0]:g} is missing, as {alone[0]:g} is there" if alone else None

"""A sampler whose draws depend on the trial's number and on the trials before it, not on who asks nor when."""

from __future__ import annotations

import hashlib
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from seqexp.config.search.space import PrunerConfig, SamplerConfig


class ByNumber(BaseSampler):
    """Gives each trial a sampler of its own, seeded by the search's seed and the trial's number.

    Optuna's samplers draw from one stream of random numbers: a study that is loaded again would begin the stream
    anew, and repeat itself. With this one, a study that goes on proposes what it would have proposed.

    Args:
        settings: Which sampler, and the seed.
    """

    def __init__(self, settings: SamplerConfig) -> None:
        self._settings = settings

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return what is drawn together."""
        return self._of(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw what is drawn together."""
        return dict(self._of(trial).sample_relative(study, trial, search_space))

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Draw a key by itself; whichever was drawn before it."""
        return self._of(trial, param_name).sample_independent(study, trial, param_name, param_distribution)

    def _of(self, trial: FrozenTrial, key: str = "") -> BaseSampler:
        text = f"{self._settings.seed} {trial.number} {key}"
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
        if self._settings.name == "random":
            return RandomSampler(seed)
        startup, together = self._settings.startup_trials, self._settings.multivariate
        return TPESampler(n_startup_trials=startup, multivariate=together, seed=seed)


def pruner_of(settings: PrunerConfig) -> BasePruner:
    """Return the pruner that settings describe; it is told of epochs, from 1."""
    if settings.name == "median":
        return MedianPruner(n_startup_trials=settings.startup_trials, n_warmup_steps=settings.warmup_epochs)
    if settings.name == "halving":
        return SuccessiveHalvingPruner(min_resource=max(1, settings.warmup_epochs), reduction_factor=settings.reduction)
    return NopPruner()

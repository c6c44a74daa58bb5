"""How a search proposes its trials: the keys of conf/hydra/sweeper/optuna.yaml."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from seqexp.config.durations import microseconds
from seqexp.config.schema import Duration, Name, Positive, Section


class SamplerConfig(Section):
    """What proposes the values of a trial."""

    name: Literal["tpe", "random"] = Field(description="tpe: from the trials so far; random: from none")
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = Field(description="of what is drawn; not the run's seed")
    startup_trials: Positive = Field(description="trials that are drawn at random before TPE begins")
    multivariate: bool = Field(description="whether TPE proposes all keys together, or each by itself")


class PrunerConfig(Section):
    """What ends a trial early that promises little."""

    name: Literal["median", "halving", "none"] = Field(
        description="median: worse than the median of the finished trials at the same epoch; halving: not among the "
        "best at its rung; none: never"
    )
    startup_trials: Annotated[int, Field(ge=0)] = Field(description="median: finished trials before one is pruned")
    warmup_epochs: Annotated[int, Field(ge=0)] = Field(description="epochs of a trial before it may be pruned")
    reduction: Annotated[int, Field(ge=2)] = Field(description="halving: one trial of so many goes on at each rung")


class SearchConfig(Section):
    """A search: how many trials, where they are kept, how they are proposed and pruned."""

    trials: Positive = Field(description="trials in all; those that fail or are pruned count")
    timeout: Duration | None = Field(description="no trial begins after so long")
    study: Name | None = Field(description="the study's name; null: from what is searched")
    storage: Name | None = Field(
        description="sqlite:///FILE.db or postgresql://…; null: .seqexp/studies.db beside the MLflow store"
    )
    sampler: SamplerConfig
    pruner: PrunerConfig
    params: dict[str, Any] = Field(description="the space as YAML")

    @property
    def seconds(self) -> float | None:
        """After how many seconds no trial begins any more; None: never."""
        return None if self.timeout is None else microseconds(self.timeout) / 1e6

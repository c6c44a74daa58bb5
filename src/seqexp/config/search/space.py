"""What a search draws from, and how it proposes its trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from seqexp.config.durations import microseconds
from seqexp.config.schema import LARGEST, Duration, Name, NotNegative, Positive, Section


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
    startup_trials: NotNegative = Field(description="median: finished trials before one is pruned")
    warmup_epochs: NotNegative = Field(description="epochs of a trial before it may be pruned")
    reduction: Annotated[int, Field(ge=2, le=LARGEST)] = Field(
        description="halving: one trial in this many goes on at each rung"
    )


class SearchConfig(Section):
    """A search: how many trials, where they are kept, how they are proposed and pruned."""

    trials: Positive = Field(description="trials in all; those that fail or are pruned count")
    timeout: Duration | None = Field(description="no trial begins after this much time")
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


SearchValue = bool | int | float | str | None


@dataclass(frozen=True)
class Whole:
    """Whole numbers from `low` to `high`, both included, `step` apart."""

    low: int
    high: int
    step: int = 1
    log: bool = False

    def __str__(self) -> str:
        return _described("whole numbers", self.low, self.high, self.step if self.step != 1 else None, self.log)

    def text(self, value: SearchValue) -> str:
        """Return a value as an override writes it."""
        return str(value)

    def samples(self, most: int) -> list[SearchValue]:
        """Return all values where they are few, else the ends."""
        numbers = range(self.low, self.high + 1, self.step)
        return list(numbers) if len(numbers) <= most else [self.low, self.high]


@dataclass(frozen=True)
class Real:
    """Real numbers from `low` to `high`, both included; with a step only so many."""

    low: float
    high: float
    step: float | None = None
    log: bool = False

    def __str__(self) -> str:
        return _described("numbers", self.low, self.high, self.step, self.log)

    def text(self, value: SearchValue) -> str:
        """Return a value as an override writes it: 0.3 where adding steps up gave 0.30000000000000004."""
        assert isinstance(value, float)
        if self.step is None:
            return repr(value)
        steps = round((value - self.low) / self.step)
        return repr(float(Decimal(repr(self.low)) + steps * Decimal(repr(self.step))))

    def samples(self, most: int) -> list[SearchValue]:
        """Return the ends."""
        return [self.low, self.high]


@dataclass(frozen=True)
class Choice:
    """One of several values."""

    values: tuple[SearchValue, ...]  # as the study holds them
    texts: tuple[str, ...]  # as an override writes them

    def __str__(self) -> str:
        return f"one of {', '.join(self.texts)}"

    def text(self, value: SearchValue) -> str:
        """Return a value as an override writes it."""
        return self.texts[self.values.index(value)]

    def samples(self, most: int) -> list[SearchValue]:
        """Return all values."""
        return list(self.values)


@dataclass(frozen=True)
class Fixed:
    """One value, set where the condition holds."""

    value: SearchValue
    written: str

    def __str__(self) -> str:
        return self.written

    def text(self, value: SearchValue) -> str:
        """Return the value as an override writes it."""
        return self.written

    def samples(self, most: int) -> list[SearchValue]:
        """Return the value."""
        return [self.value]


Among = Whole | Real | Choice | Fixed


@dataclass(frozen=True)
class Entry:
    """One key of a space."""

    key: str  # such as "model.units", or a group such as "model"
    among: Among  # what its values are
    # The keys that its condition names, and the values of theirs of which one must be there; empty: it always holds.
    when: Mapping[str, tuple[SearchValue, ...]] = field(default_factory=dict)
    element: str = ""  # the key as an override writes it: with + where it is added

    @property
    def is_searched(self) -> bool:
        """Whether there is anything to draw."""
        return not isinstance(self.among, Fixed)

    def holds(self, values: Mapping[str, SearchValue]) -> bool:
        """Return whether the key is set beside these values of the keys that its condition names."""
        return all(key in values and values[key] in allowed for key, allowed in self.when.items())

    def override(self, value: SearchValue) -> str:
        """Return the override that sets a value."""
        return f"{self.element or self.key}={self.among.text(value)}"

    def __str__(self) -> str:
        when = " and ".join(f"{key} is {' or '.join(map(str, allowed))}" for key, allowed in self.when.items())
        return f"{self.among} when {when}" if when else str(self.among)


Suggest = Callable[[Entry], SearchValue]


@dataclass(frozen=True)
class Space:
    """All keys of a search, those that conditions name before those that depend on them."""

    entries: tuple[Entry, ...]
    given: Mapping[str, SearchValue] = field(default_factory=dict)  # the same in every trial; conditions may name them

    @property
    def searched(self) -> tuple[Entry, ...]:
        """The entries of which there is something to draw."""
        return tuple(entry for entry in self.entries if entry.is_searched)

    def draw(self, suggest: Suggest) -> dict[str, SearchValue]:
        """Return the value of each key whose condition holds.

        `suggest` draws the value of a key; it is not asked where there is nothing to draw.
        """
        values: dict[str, SearchValue] = {}
        for entry in self.entries:
            if entry.holds({**self.given, **values}):
                values[entry.key] = suggest(entry) if entry.is_searched else entry.among.samples(1)[0]
        return values

    def overrides(self, values: Mapping[str, SearchValue]) -> list[str]:
        """Return the overrides that set the values of a trial."""
        return [entry.override(values[entry.key]) for entry in self.entries if entry.key in values]


def in_order(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Return the entries, those that conditions name first, and those whose conditions depend on each other."""
    left, ordered = list(entries), list[Entry]()
    while True:
        waiting = {entry.key for entry in left}
        ready = [entry for entry in left if not waiting & set(entry.when)]
        if not ready:
            return ordered, left
        ordered += ready
        left = [entry for entry in left if entry not in ready]


def _described(what: str, low: float, high: float, step: float | None, log: bool) -> str:
    steps = f" in steps of {step}" if step is not None else ""
    return f"{what} from {low} to {high}{steps}{', logarithmic' if log else ''}"

"""Which fold of a dataset is meant, as its key says it: "2/5", or "2/5-sliding"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import StringConstraints

FOLD = r"^[1-9][0-9]{0,3}/[1-9][0-9]{0,3}(-sliding)?$"
FoldText = Annotated[str, StringConstraints(pattern=FOLD)]
SLIDING = "-sliding"
MOST_FOLDS = 1000


@dataclass(frozen=True, order=True)
class Fold:
    """One of several folds of a dataset."""

    number: int  # from 1
    count: int  # how many folds there are
    slides: bool = False  # whether every training part of a series is as long as the first fold's

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """Return the fold that a text names; None where it names none."""
        if text is None or re.fullmatch(FOLD, text) is None:
            return None
        number, count = text.removesuffix(SLIDING).split("/")
        return cls(int(number), int(count), text.endswith(SLIDING))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}{SLIDING if self.slides else ''}"

    @property
    def kind(self) -> str:
        """What it has in common with the other folds, as text, such as "of 5"."""
        return f"of {self.count}{SLIDING if self.slides else ''}"

    @property
    def siblings(self) -> list[Self]:
        """All folds that it is one of, in their order."""
        return [type(self)(number, self.count, self.slides) for number in range(1, self.count + 1)]

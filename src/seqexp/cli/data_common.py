"""What the actions of `seqexp data` share, whatever kind the dataset is of."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seqexp.data.findings import Checked
    from seqexp.reporting.console import Console

DONE, FINDINGS = 0, 1


def on_stderr(line: str) -> None:
    """Print a line about what takes long, beside what is asked for."""
    print(line, file=sys.stderr, flush=True)


def say_stand_in(console: Console, source: str) -> None:
    """Print a line if the data is simulated."""
    if source == "simulated":
        console.print("the simulated stand-in, not the official record", style="bold yellow")


def outcome(checked: Iterable[Checked]) -> int:
    """Return the exit code of a check."""
    return FINDINGS if any(item.level == "finding" for item in checked) else DONE

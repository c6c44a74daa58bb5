"""What the actions of `seqexp data` share, whatever kind the dataset is of."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqexp.config.schema import Experiment
    from seqexp.data.findings import Checked
    from seqexp.data.sources import Resolved
    from seqexp.reporting.console import Console

DONE, FINDINGS = 0, 1


def read(experiment: Experiment, progress: Callable[[str], None]) -> tuple[Any, Resolved]:
    """Return the Series, or the Corpus, of a dataset, and where it comes from.

    Raises:
        InputError: If it can't be had.
    """
    from seqexp.runs.prepare import Sources, read_data

    source = Sources().resolve(experiment.dataset)
    progress(source.reason)
    return read_data(experiment.dataset, source, progress), source


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

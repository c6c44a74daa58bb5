"""Run seqexp's command, but only up to its first training step: `python -m benchmarks.first_step train ...`."""

from __future__ import annotations

import os
import sys
from typing import Any

from seqexp.cli.main import main
from seqexp.training import fit as training


class _StopsAtFirstStep:
    """A listener that ends the process after the first step; nothing is to be cleaned up in a temporary folder."""

    def on_step(self, epoch: int, step: int, steps: int) -> None:
        sys.stdout.flush()
        os._exit(0)

    def on_validation(self, epoch: int) -> None:
        """Not reached."""

    def on_epoch(self, epoch: Any, is_best: bool) -> None:
        """Not reached."""


def _fit(*arguments: Any, **named: Any) -> None:
    _real_fit(*arguments, **{**named, "listener": _StopsAtFirstStep()})


_real_fit = training.fit

if __name__ == "__main__":
    training.fit = _fit
    main()
    sys.exit("the run ended without a training step")

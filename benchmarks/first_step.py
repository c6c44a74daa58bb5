"""Run seqexp's command, but only up to its first training step: `python -m benchmarks.first_step train ...`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from seqexp.cli.main import main
from seqexp.models.events import Event, StepsDone
from seqexp.training.network_model import NetworkModel


def _up_to_the_first_step(model: NetworkModel, *arguments: Any) -> Iterator[Event]:
    """End the process after the first step; nothing is to be cleaned up in a temporary folder."""
    for event in _real_train(model, *arguments):
        if isinstance(event, StepsDone):
            sys.stdout.flush()
            os._exit(0)
        yield event


_real_train = NetworkModel.train

if __name__ == "__main__":
    NetworkModel.train = _up_to_the_first_step  # type: ignore[method-assign, assignment]
    main()
    sys.exit("the run ended without a training step")

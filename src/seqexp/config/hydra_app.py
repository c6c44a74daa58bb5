"""Call Hydra as its users know it: it composes each job, places it, and calls a function with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from seqexp.config.locations import conf_dir


def call_hydra(task: Callable[[Any], None] | None, arguments: Sequence[str]) -> None:
    """Let Hydra compose the configuration and call `task` with it: once, or for each job of a sweep.

    Args:
        task: What to call; None where the arguments only ask for information.
        arguments: Overrides, and Hydra's own flags such as --multirun, --cfg and --info.
    """
    import hydra

    def call(config: Any) -> None:
        if task is not None:
            task(config)

    with _argv(["seqexp train", *arguments]):
        hydra.main(config_path=str(conf_dir()), config_name="config", version_base="1.3")(call)()


@contextmanager
def _argv(arguments: list[str]) -> Iterator[None]:
    """Hydra's only public interface reads the command line from sys.argv."""
    before = sys.argv
    sys.argv = arguments
    try:
        yield
    finally:
        sys.argv = before

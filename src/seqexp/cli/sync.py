"""`seqexp sync`: deliver what runs have recorded while the store was away."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "send runs that wait on disk to the store"
DESCRIPTION = (
    "Deliver to the store what runs have recorded on disk: while it did not answer, or with tracking.offline=true. "
    "Nothing is delivered twice. Where nothing waits, the store is not asked, and may be away."
)
EPILOG = """\
examples:
  seqexp sync                                         the store of this folder, or of MLFLOW_TRACKING_URI
  seqexp sync tracking.uri=http://host:5000           runs trained with tracking.offline=true go there, too

Exit codes: 0 all is delivered; 1 something still waits; 2 wrong input."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    stores = "tracking.uri and tracking.checkpoints, as they were given to train"
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help=stores)


def main(args: argparse.Namespace) -> int:
    """Deliver, and say what still waits.

    Raises:
        InputError: An override is none that says where runs are, or the store can't be used.
    """
    from seqexp.cli.overrides import storage_places
    from seqexp.config.overrides import STORAGE_KEYS
    from seqexp.reporting.numbers import counted
    from seqexp.runs.sync import sync_runs, waiting_runs
    from seqexp.tracking.run_folder import checkpoints_folder
    from seqexp.tracking.store.opening import open_store
    from seqexp.tracking.store.uris import NothingAnswers

    places = storage_places(args.overrides, STORAGE_KEYS, "seqexp sync", "it delivers what was recorded")
    uri, checkpoints = (places.get(key) for key in STORAGE_KEYS)
    runs_folder = checkpoints_folder(uri, checkpoints, Path.cwd())
    waiting = waiting_runs(runs_folder)
    if not waiting:
        print(f"nothing waits in {runs_folder}")
        return 0
    try:
        left = sync_runs(open_store(uri, Path.cwd()), runs_folder, lambda line: print(line, flush=True))
    except NothingAnswers as error:
        print(f"failed: {error}", file=sys.stderr)
        left = len(waiting)
    if left:
        print(f"{counted(left, 'run')} still {'wait' if left > 1 else 'waits'}", file=sys.stderr)
    return 1 if left else 0

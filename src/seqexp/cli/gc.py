"""`seqexp gc`: free the disk space of deleted runs and of checkpoints that no command can use."""

from __future__ import annotations

import argparse
from pathlib import Path

from seqexp.cli.rm import add_store_flags

HELP = "free the disk space of deleted runs"
DESCRIPTION = (
    "Free checkpoints of runs that are finished, deleted or unknown to the store, and artifacts and "
    "rows of runs that were deleted in a SQLite store."
)
EPILOG = """\
examples:
  seqexp gc --dry-run          say what could be freed
  seqexp gc                    free it: what was deleted can't be restored afterwards"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--dry-run", action="store_true", help="say what it would free, free nothing")
    add_store_flags(parser)


def main(args: argparse.Namespace) -> int:
    """Print what no command can use any more, and delete it."""
    from seqexp.runs.cleaning import free_space, in_mb
    from seqexp.tracking.run_folder import checkpoints_folder
    from seqexp.tracking.store.opening import find_store

    store = find_store(args.uri, Path.cwd())
    runs_folder = checkpoints_folder(args.uri, args.checkpoints, Path.cwd())
    freed = free_space(store, runs_folder, print, dry=args.dry_run)
    print(f"{in_mb(freed).strip()} {'could be freed' if args.dry_run else 'freed'}")
    return 0

"""`seqexp rm`: delete runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from seqexp.config.errors import refused

HELP = "delete runs"
DESCRIPTION = "Delete runs and their checkpoints; a sweep's run is deleted with those of its jobs."
EPILOG = """\
examples:
  seqexp rm baseline                         asks first
  seqexp rm 4f1c2d baseline --yes            asks nothing

A deleted run keeps its artifacts until seqexp gc; until then `mlflow runs restore --run-id ID` brings it back."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run's id, the beginning of one, or its name")
    parser.add_argument("--yes", action="store_true", help="don't ask; needed where there is no terminal")
    add_store_flags(parser)


def add_store_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say where runs and their checkpoints are."""
    parser.add_argument("--uri", metavar="URI", help="the MLflow store of the runs; default: the one in this folder")
    parser.add_argument(
        "--checkpoints", metavar="DIR", help="what tracking.checkpoints was; default: .seqexp/runs beside the store"
    )


def main(args: argparse.Namespace) -> int:
    """Say which runs, ask, delete them.

    Raises:
        InputError: There is no such run, it is still running, or nobody can be asked.
    """
    from seqexp.reporting.numbers import counted
    from seqexp.runs.cleaning import delete, find_runs_to_delete, in_mb, waits_in_words
    from seqexp.tracking.reading.find import run_label
    from seqexp.tracking.run_folder import checkpoints_folder
    from seqexp.tracking.store.opening import find_store

    store = find_store(args.uri, Path.cwd())
    runs_folder = checkpoints_folder(args.uri, args.checkpoints, Path.cwd())
    found = find_runs_to_delete(store, runs_folder, args.runs)
    if not args.yes:
        if not sys.stdin.isatty():
            raise refused(
                "--yes", f"must be given to delete {counted(len(found), 'run')} where there is no terminal to ask on."
            )
        for run, folder in found:
            print(f"{run_label(run)}{waits_in_words(folder)}")
        if input(f"delete {counted(len(found), 'run')}? [y/N] ").strip().lower() not in ("y", "yes"):
            print("nothing deleted")
            return 0
    freed = 0
    for run, folder in found:
        waited = waits_in_words(folder)
        freed += delete(store, run, folder, runs_folder, print)
        print(f"deleted {run_label(run)}{waited}")
    print(f"{in_mb(freed).strip()} of checkpoints freed; seqexp gc frees the rest for good")
    return 0

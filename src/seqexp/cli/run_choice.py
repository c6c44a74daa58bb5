"""Which runs a leaderboard or report is about, and how they are put in groups and in order."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from seqexp.config.errors import InputError, collecting

if TYPE_CHECKING:
    from seqexp.reporting.board.leaderboard import Leaderboard
    from seqexp.tracking.store import Store
    from seqexp.tracking.stored_runs import StoredRun


def add_choice(parser: argparse.ArgumentParser, top: int) -> None:
    """Add the flags that choose runs and groups.

    Args:
        parser: The command's.
        top: The default of --top.
    """
    parser.add_argument("--experiment", metavar="NAME", help="only the runs of this MLflow experiment")
    parser.add_argument("--where", metavar="CONDITION", help="only the runs for which this holds")
    parser.add_argument("--by", metavar="KEY,..", help="what a group's runs have in common; default: all but the seed")
    parser.add_argument("--metric", metavar="NAME", help="what groups are ordered by; default: the validation figure")
    parser.add_argument("--top", metavar="N", default=top, help=f"groups that are shown; 0: all; default: {top}")


def checked_choice(args: argparse.Namespace) -> tuple[int, list[str]]:
    """Return --top and the keys of --by; what is wrong with them or with --where needs no store to be told.

    Raises:
        InputError: With every fault.
    """
    from seqexp.tracking.where import parse

    faults: list[str] = []
    if not str(args.top).isdecimal():
        faults.append(f"--top must be an integer >= 0. Received: {args.top!r}.")
    keys = [key.strip() for key in args.by.split(",")] if args.by is not None else []
    if not all(keys):
        faults.append(f"--by must be keys with commas between, such as model.name,dataset.step. Received: {args.by!r}.")
    with collecting(faults):
        if args.where is not None:
            parse(args.where)
    if faults:
        raise InputError(faults)
    return int(args.top), list(dict.fromkeys(keys))


def chosen(store: Store, args: argparse.Namespace, by: list[str]) -> tuple[list[StoredRun], Leaderboard]:
    """Return all runs of the experiment, and those that are asked for task by task, in groups.

    Args:
        store: Where the runs are.
        args: The command's arguments.
        by: The keys of --by.

    Raises:
        InputError: There is no such experiment, or what was asked for is in none of the runs.
        TrackingError: The store can't be read.
    """
    from seqexp.reporting.board.leaderboard import leaderboard
    from seqexp.tracking.stored_runs import read_runs
    from seqexp.tracking.where import parse, select

    everything = read_runs(store, args.experiment)
    runs, faults = everything, list[str]()
    with collecting(faults):
        runs = select(everything, args.where) if args.where is not None else everything
    with collecting(faults):
        found = leaderboard(runs, by, args.metric, parse(args.where) if args.where is not None else None)
    if faults:
        raise InputError(faults)
    return everything, found

"""The arguments that several commands share: output files, the choice of runs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.config.errors import Fault, collecting, raise_any, shown, wrong

if TYPE_CHECKING:
    from seqexp.reporting.board.at_lead import At
    from seqexp.reporting.board.leaderboard import Leaderboard
    from seqexp.tracking.reading.stored_runs import StoredRun
    from seqexp.tracking.store.store import Store

_DIGITS = 9  # that a number of groups may have


def file_faults(flag: str, path: Path, endings: Sequence[str]) -> list[Fault]:
    """Return the reasons why the file that a flag names can't be written.

    Its name may have one of the endings; messages give the first one.
    """
    faults = []
    if path.suffix.lower() not in endings:
        faults.append(wrong(flag, f"must end in {endings[0]}. Received: {shown(str(path))}"))
    try:
        if not path.parent.is_dir():
            faults.append(not_writable(flag, path, "there is no such folder"))
        elif path.is_dir():
            faults.append(not_writable(flag, path, "it is a folder"))
    except OSError as error:  # too long a name
        faults.append(not_writable(flag, path, error.strerror or str(error)))
    return faults


def not_writable(flag: str, path: Path, why: str) -> Fault:
    """Return the message that a file can't be written."""
    return wrong(flag, f"must be a file that can be written ({why}). Received: {shown(str(path))}")


def add_choice(parser: argparse.ArgumentParser, top: int) -> None:
    """Add the flags that choose runs and groups; `top` is the default of --top."""
    add_choice_of_runs(parser)
    parser.add_argument("--by", metavar="KEY,..", help="what a group's runs have in common; default: all but the seed")
    parser.add_argument("--top", metavar="N", default=top, help=f"groups that are shown; 0: all; default: {top}")


def add_choice_of_runs(parser: argparse.ArgumentParser) -> None:
    """Add the flags that choose runs, and what orders their groups."""
    parser.add_argument("--experiment", metavar="NAME", help="only the runs of this MLflow experiment")
    parser.add_argument("--where", metavar="CONDITION", help="only the runs for which this holds")
    parser.add_argument("--metric", metavar="NAME", help="what groups are ordered by; default: the validation figure")
    few = "also rank runs that were scored on too few windows or texts to say much"
    parser.add_argument("--few", action="store_true", help=few)


def checked_choice(args: argparse.Namespace) -> tuple[int, list[str]]:
    """Check --top, --by and --where, for which no store is read, and return --top and the keys of --by.

    Raises:
        InputError: With every fault.
    """
    from seqexp.tracking.reading.where import parse_condition

    faults: list[Fault] = []
    if not str(args.top).isdecimal() or len(str(args.top)) > _DIGITS:
        most = 10**_DIGITS - 1
        faults.append(wrong("--top", f"must be an integer >= 0 and <= {most}. Received: {shown(args.top)}."))
    keys = [key.strip() for key in args.by.split(",")] if args.by is not None else []
    if not all(keys):
        what = "must be keys with commas between, such as model.name,dataset.step"
        faults.append(wrong("--by", f"{what}. Received: {args.by!r}."))
    with collecting(faults):
        if args.where is not None:
            parse_condition(args.where)
    raise_any(faults)
    return int(args.top), list(dict.fromkeys(keys))


def at_of(args: argparse.Namespace) -> At | None:
    """Return the lead and the column that are asked for; None where neither is, or the command doesn't ask.

    Raises:
        InputError: The lead is no number of rows.
    """
    from seqexp.reporting.board.at_lead import At

    lead, column = getattr(args, "lead", None), getattr(args, "column", None)
    if lead is not None and not (lead.isdecimal() and 0 < len(lead) <= _DIGITS and int(lead)):
        raise_any([wrong("--lead", f"must be a number of rows, from 1. Received: {shown(lead)}.")])
    return None if lead is None and column is None else At(None if lead is None else int(lead), column)


def chosen(store: Store, args: argparse.Namespace, by: list[str]) -> tuple[list[StoredRun], Leaderboard]:
    """Return all runs of the experiment, and the leaderboard of those that the flags choose, by the keys of --by.

    Raises:
        InputError: There is no such experiment, or what was asked for is in none of the runs.
        TrackingError: The store can't be read.
    """
    from seqexp.reporting.board.at_lead import narrowed
    from seqexp.reporting.board.leaderboard import leaderboard
    from seqexp.tracking.reading.artifacts import with_whole_values
    from seqexp.tracking.reading.stored_runs import read_runs
    from seqexp.tracking.reading.where import parse_condition, select_runs

    everything = [with_whole_values(store, run) for run in read_runs(store, args.experiment)]
    runs, faults, at = everything, list[Fault](), at_of(args)
    with collecting(faults):
        runs = select_runs(everything, args.where) if args.where is not None else everything
    with collecting(faults):
        if at is not None:
            runs, at = narrowed(store, runs, at)
        where = parse_condition(args.where) if args.where is not None else None
        found = leaderboard(runs, by, args.metric, where, few=args.few, at=at)
    raise_any(faults)
    return everything, found

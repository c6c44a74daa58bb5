"""`seqexp compare`: the leaderboard of the finished runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from seqexp.config.errors import InputError, collecting

FORMATS = ("table", "md", "csv", "json", "html")

_TOP = 20

_EPILOG = """\
Runs are ranked together only if they did the same task: the same data, target, delay, splits and share of windows
scored. A line is a group: runs that differ in nothing but their seeds, or that have in common what --by names. Groups
are ordered by their mean validation figure; the test set picks nothing.
Skill is 1 - error / the baseline's error: the MAE against that of the naive forecast (the value of now is the value to
come); of texts, the share of wrong classes against that of always saying the most frequent one.
Intervals are of 95 %, each for itself: over windows by a block bootstrap, for errors of neighbouring windows are alike;
over seeds where there are several. Against the best, groups are paired over seeds if they share three or more. Where
lookback makes the scored windows differ, all are scored anew on those that all have.

a condition:
  names     a configuration key, a metric, a tag; name, id, status, experiment
  signs     = != < <= > >=, in [..], not in [..], ~ (a regular expression); and, or, not, (..)
  values    16, 'a text', a word; numbers compare as numbers

examples:
  seqexp compare                                      all runs of the store in this folder
  seqexp compare --experiment ladder                  those of one MLflow experiment
  seqexp compare --where 'model.units > 16 and dataset.step in [3, 6]'
  seqexp compare --by model.name,dataset.step         a line for each pair of these
  seqexp compare --metric train_seconds               in another order
  seqexp compare --format md > leaderboard.md         to share: md, csv, json, html
  seqexp compare --all                                list failed and running runs, too
  seqexp compare --uri sqlite:///old/mlflow.db
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "compare",
        help="rank the finished runs, task by task",
        description="Rank the finished runs, task by task, beside the naive baseline.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--experiment", metavar="NAME", help="only the runs of this MLflow experiment")
    parser.add_argument("--where", metavar="CONDITION", help="only the runs for which this holds")
    parser.add_argument("--by", metavar="KEY,..", help="what a group's runs have in common; default: all but the seed")
    parser.add_argument("--metric", metavar="NAME", help="what groups are ordered by; default: the validation figure")
    parser.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    parser.add_argument("--top", metavar="N", default=_TOP, help=f"groups that are shown; 0: all; default: {_TOP}")
    parser.add_argument(
        "--cost", choices=("seconds", "parameters"), default="seconds", help="what * weighs against; default: seconds"
    )
    parser.add_argument("--no-intervals", action="store_true", help="read no forecasts: figures as recorded")
    parser.add_argument("--all", action="store_true", help="list the runs that have no rank, too")
    parser.add_argument("--uri", metavar="URI", help="the MLflow store; default: MLFLOW_TRACKING_URI, else ./mlflow.db")


def main(args: argparse.Namespace) -> int:
    """Print the leaderboard.

    Returns:
        0, also if there is nothing to rank yet.

    Raises:
        InputError: There is no store, no such experiment, or what was asked for is in none of the runs.
    """
    from seqexp.reporting.board_formats import written
    from seqexp.reporting.comparison import compare
    from seqexp.reporting.console import Console
    from seqexp.reporting.leaderboard import leaderboard
    from seqexp.reporting.tables import print_boards
    from seqexp.tracking.store import find_store
    from seqexp.tracking.stored_runs import read_runs
    from seqexp.tracking.where import select

    top, by = _checked(args)
    store = find_store(args.uri, Path.cwd(), by_sql=True)
    runs = read_runs(store, args.experiment)
    faults: list[str] = []
    with collecting(faults):
        runs = select(runs, args.where) if args.where is not None else runs
    with collecting(faults):
        found = leaderboard(runs, by, args.metric)
    if faults:
        raise InputError(faults)
    boards = [compare(task, store, top=top, cost=args.cost, intervals=not args.no_intervals) for task in found.tasks]
    if args.format == "table":
        print_boards(boards, found, Console(), show_all=args.all)
    else:
        print(written(args.format, boards, found), end="")
    return 0


def _checked(args: argparse.Namespace) -> tuple[int, list[str]]:
    """Return --top and the keys of --by; what is wrong with them or with --where needs no store to be told."""
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

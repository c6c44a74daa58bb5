"""`seqexp compare`: the leaderboard of the finished runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from seqexp.cli.compare_runs import add_arguments, compare_runs
from seqexp.config.errors import InputError

_EPILOG = """\
Runs are ranked together only if they did the same task: the same data, target, delay, splits and
share of windows scored. The order is that of the validation MAE; the test set picks nothing.
Skill is 1 - error / the baseline's error: the MAE against that of the naive forecast (the value of now is the value to
come); of texts, the share of wrong classes against that of always saying the most frequent one.

examples:
  seqexp compare                              all runs of the store in this folder
  seqexp compare --experiment ladder          those of one MLflow experiment
  seqexp compare --all                        list failed and running runs, too
  seqexp compare --uri sqlite:///old/mlflow.db
  seqexp compare > leaderboard.txt            plain text, every column
  seqexp compare gru lstm 3f2a                in what these runs differ; their curves in compare.png
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
    add_arguments(parser)
    parser.add_argument("--experiment", metavar="NAME", help="only the runs of this MLflow experiment")
    parser.add_argument("--uri", metavar="URI", help="the MLflow store; default: MLFLOW_TRACKING_URI, else ./mlflow.db")
    parser.add_argument("--all", action="store_true", help="list the runs that have no rank, too")


def main(args: argparse.Namespace) -> int:
    """Print the leaderboard, or in what the given runs differ.

    Returns:
        0, also if there is nothing to rank yet.

    Raises:
        InputError: There is no store, or no such experiment or run.
    """
    if args.runs:
        return compare_runs(args)
    if args.plot:
        raise InputError(f"--plot draws the curves of RUN RUN...: name the runs. Received: {args.plot!r}")
    from seqexp.reporting.console import Console
    from seqexp.reporting.leaderboard import read_leaderboard
    from seqexp.reporting.tables import print_leaderboard
    from seqexp.tracking.store import find_store

    store = find_store(args.uri, Path.cwd())
    print_leaderboard(read_leaderboard(store, args.experiment), Console(), show_all=args.all)
    return 0

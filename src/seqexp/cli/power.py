"""`seqexp power`: how many seeds it takes to tell a difference, and what no number of seeds can tell."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from seqexp.cli.arguments import add_choice_of_runs, checked_choice, chosen
from seqexp.config.errors import Fault, collecting, raise_any, shown, wrong

FORMATS = ("table", "json", "csv", "md")
_TOP = 20  # groups of a task that are looked at, the best first

HELP = "how many seeds it takes to tell models apart, and what none can tell"
DESCRIPTION = (
    "Say how many seeds it takes to tell a difference on the test part, and what no number of seeds can tell there."
)
EPILOG = """\
It reads the finished runs as compare does, task by task: the spread of the test figure over seeds, and what each
window cost. Other seeds average out; that other windows would say something else doesn't, however many seeds there are.
So there is a difference below which nothing can be told on this test part: more test parts (folds) help there.
What is asked for is a true difference that the leaderboard's test tells in 80 of 100 cases, two-sided, at 5 %.
The first two groups of the table are looked at and, of three or more, a typical pair of the best ones. For the spread
over seeds to be known, a group must have three.

examples:
  seqexp power                                all runs of the store in this folder
  seqexp power --where 'model.name ~ gru'     those for which a condition holds; see seqexp compare --help
  seqexp power --difference 1.5%              1.5 % as well, and the command that trains the seeds that are missing
  seqexp power --format json                  to share: json, csv, md
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_choice_of_runs(parser)
    difference = "differences to tell, in %% of the best test figure, such as 1%% or 1%%,3%%; default: 0.5%% to 10%%"
    parser.add_argument("--difference", metavar="N%,..", default="", help=difference)
    parser.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    parser.add_argument("--uri", metavar="URI", help="the MLflow store; default: MLFLOW_TRACKING_URI, else ./mlflow.db")
    parser.set_defaults(top=_TOP, by=None)


def main(args: argparse.Namespace) -> int:
    """Print it, also if there is nothing to tell apart yet.

    Raises:
        InputError: There is no store or no such experiment, or what was asked for is in none of the runs.
    """
    from seqexp.reporting.board.comparison import compare
    from seqexp.reporting.board.power.formats import print_outlooks, written_outlooks
    from seqexp.reporting.board.power.outlook import outlook
    from seqexp.reporting.console import Console
    from seqexp.tracking.store.opening import find_store

    faults, top, asked = list[Fault](), _TOP, list[float]()
    with collecting(faults):
        top, _ = checked_choice(args)
    with collecting(faults):
        asked = _differences(args.difference)
    raise_any(faults)
    store = find_store(args.uri, Path.cwd(), by_sql=True)
    _, found = chosen(store, args, [])
    boards = [compare(task, store, top=top, cost="seconds", intervals=True) for task in found.tasks]
    outlooks = [outlook(board, asked) for board in boards]
    if args.format == "table":
        print_outlooks(outlooks, Console())
    else:
        print(written_outlooks(args.format, outlooks), end="")
    return 0


def _differences(text: str) -> list[float]:
    """Return shares of a text such as "1%,3 %".

    Raises:
        InputError: It is no such text; a fault for each difference that is none.
    """
    found, faults = list[float](), list[Fault]()
    for each in text.split(",") if text else []:
        number = each.strip().removesuffix("%").strip()
        try:
            value = float(number) if each.strip().endswith("%") else math.nan
        except ValueError:
            value = math.nan
        if not 0 < value <= 100:
            faults.append(
                wrong(
                    "--difference", f"must be above 0% and at most 100%, such as 1% or 1%,3%. Received: {shown(each)}."
                )
            )
        found.append(value / 100)
    raise_any(faults)
    return found

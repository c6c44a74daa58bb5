"""`seqexp compare`: the leaderboard of the finished runs, or in what named runs differ."""

from __future__ import annotations

import argparse
from pathlib import Path

from seqexp.cli.arguments import add_choice, at_of, checked_choice, chosen, file_faults, not_writable
from seqexp.config.errors import Fault, InputError, collecting, raise_any, refused, shown, wrong

FORMATS = ("table", "md", "csv", "json", "html")
DEFAULT_PLOT = "compare.png"
LEADERBOARD = (
    "experiment",
    "where",
    "by",
    "metric",
    "lead",
    "column",
    "few",
    "format",
    "top",
    "cost",
    "no_intervals",
    "pairs",
    "all",
)  # its own flags
_TOP = 20

HELP = "rank the finished runs, task by task"
DESCRIPTION = "Rank the finished runs, task by task, beside the baselines."
EPILOG = """\
Runs are ranked together only if they did the same task: the same data, target, delay, splits and share of windows
scored. A line is a group: runs that differ in nothing but their seeds, or that have in common what --by names. Groups
are ordered by their mean validation figure; the test part picks nothing.
Skill is 1 - error / the best baseline's error. For series, the baseline that is best in validation counts: the value
stays what it is now (naive); it is that of a day, a week or a year ago; it is the training part's median, or its mean
at that time of the day, week or year. For texts, the error is the share of wrong classes, and the baseline always says
the most frequent class.
Runs that were scored on fewer than 30 windows or texts of a part are not ranked without --few.
Intervals are of 95 %, each for itself: over windows by a block bootstrap, for errors of neighbouring windows are alike;
over seeds where there are several. Against the best, groups are paired over seeds if they share three or more. Where
lookback makes the scored windows differ, all runs are scored anew on the windows that they have in common.
What the test part says of the groups: ✓ marks those of which one is the best with 95 % confidence, and two groups that
share a letter can't be told apart.

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
  seqexp compare --lead 24 --column OT                24 rows ahead, one column, of tasks with many
  seqexp compare --pairs                              which groups differ, and by how much
  seqexp compare --format md > leaderboard.md         to share: md, csv, json, html
  seqexp compare --all                                list failed and running runs, too
  seqexp compare --uri sqlite:///old/mlflow.db
  seqexp compare gru lstm 3f2a                        how these runs differ; their curves in compare.png
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    runs = "show these runs side by side instead: ids, beginnings of ids, or names; at least two"
    parser.add_argument("runs", nargs="*", metavar="RUN", help=runs)
    curves = f"where the curves of RUN RUN... go, as a PNG; default: {DEFAULT_PLOT}"
    parser.add_argument("-o", "--plot", metavar="FILE", help=curves)
    add_choice(parser, _TOP)
    lead = "figures of this lead alone: rows from the last one seen, of tasks with many"
    parser.add_argument("--lead", metavar="N", help=lead)
    parser.add_argument("--column", metavar="NAME", help="figures of this column alone, of tasks with many")
    parser.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    parser.add_argument(
        "--cost", choices=("seconds", "parameters"), default="seconds", help="what * weighs against; default: seconds"
    )
    parser.add_argument("--no-intervals", action="store_true", help="read no forecasts: figures as recorded")
    pairs = "all pairs of groups: by how much they differ on the test part, and which can be told apart"
    parser.add_argument("--pairs", action="store_true", help=pairs)
    parser.add_argument("--all", action="store_true", help="list the runs that have no rank, too")
    parser.add_argument("--uri", metavar="URI", help="the MLflow store; default: MLFLOW_TRACKING_URI, else ./mlflow.db")
    parser.set_defaults(defaults={name: parser.get_default(name) for name in LEADERBOARD})


def main(args: argparse.Namespace) -> int:
    """Print the leaderboard, also if there is nothing to rank yet, or in what the given runs differ.

    Raises:
        InputError: There is no store, no such experiment or run, or what was asked for is in none of the runs.
    """
    if args.runs:
        return compare_runs(args)
    if args.plot:
        raise refused("--plot", f"draws the curves of RUN RUN...: name the runs. Received: {args.plot!r}")
    from seqexp.reporting.board.comparison import compare
    from seqexp.reporting.board.formats import written
    from seqexp.reporting.board.losses import DamagedForecasts
    from seqexp.reporting.board.pairs.matrix import pair_tables
    from seqexp.reporting.board.tables import print_tables, titled_tables
    from seqexp.reporting.console import Console
    from seqexp.tracking.store.opening import find_store
    from seqexp.tracking.store.store import TrackingError

    faults, top, by = list[Fault](), 0, list[str]()
    with collecting(faults):
        top, by = checked_choice(args)
    with collecting(faults):
        at_of(args)
    if args.pairs and args.no_intervals:
        faults.append(wrong("--pairs", "needs the forecasts: leave out one of --pairs and --no-intervals"))
    raise_any(faults)
    store = find_store(args.uri, Path.cwd(), by_sql=True)
    _, found = chosen(store, args, by)
    intervals = not args.no_intervals
    try:
        boards = [compare(task, store, top=top, cost=args.cost, intervals=intervals) for task in found.tasks]
    except (TrackingError, DamagedForecasts) as error:
        if intervals:
            error.add_note("--no-intervals reads no forecasts")
        raise
    if args.format == "table":
        tables = pair_tables(boards) if args.pairs else titled_tables(boards)
        print_tables(tables, found, Console(), show_all=args.all)
    else:
        print(written(args.format, boards, found, pairs=args.pairs), end="")
    return 0


def compare_runs(args: argparse.Namespace) -> int:
    """Print in what the runs differ, and draw their curves.

    Raises:
        InputError: There are less than two runs or too many, one is not there or named twice, or the picture can't be
            written.
    """
    from seqexp.reporting.console import Console
    from seqexp.reporting.runs.differences import LABELS, differences, read_compared
    from seqexp.reporting.runs.differences_table import print_differences
    from seqexp.reporting.runs.run_curves import plot_run_curves
    from seqexp.reporting.whole_file import whole_file
    from seqexp.tracking.reading.find import find_runs
    from seqexp.tracking.store.opening import find_store

    faults = _misplaced(args)
    if not 2 <= len(args.runs) <= len(LABELS):
        what = f"must be given two to {len(LABELS)} times, to compare runs side by side. Received: {len(args.runs)}"
        faults.append(wrong("RUN", f"{what}. seqexp compare without RUN ranks them all."))
    path = Path(args.plot or DEFAULT_PLOT)
    faults += file_faults("--plot", path, (".png",))
    raise_any(faults)
    store = find_store(args.uri, Path.cwd(), by_sql=True)
    runs = find_runs(store, args.runs)
    ids = [run.run_id for run in runs]
    twice = [shown(text) for at, text in enumerate(args.runs) if ids[at] in ids[:at]]
    what = "must be another run each time"
    raise_any([wrong("RUN", f"{what}. Received: {text}, a run named before") for text in twice])
    found, console = differences(read_compared(store, runs)), Console()
    print_differences(found, console)
    console.print()
    try:
        with whole_file(path) as draft:
            drawn = plot_run_curves(found.runs, draft)
    except OSError as error:
        raise InputError(not_writable("--plot", path, error.strerror or str(error))) from error
    console.print(f"curves: {path}" if drawn else "curves: none of the runs has a validation figure")
    return 0


def _misplaced(args: argparse.Namespace) -> list[Fault]:
    """Return a fault for each flag that is the leaderboard's alone."""
    what = "is the leaderboard's: leave it out where RUN names the runs"
    return [
        wrong(f"--{name.replace('_', '-')}", f"{what}. Received: {getattr(args, name)!r}")
        for name in LEADERBOARD
        if getattr(args, name) != args.defaults[name]
    ]

"""`seqexp compare RUN RUN…`: in what runs differ, figure by figure, their curves on one picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from seqexp.cli.output_file import file_faults, not_writable
from seqexp.config.errors import InputError, shown

DEFAULT_PLOT = "compare.png"

LEADERBOARD = ("experiment", "where", "by", "metric", "format", "top", "cost", "no_intervals", "all")  # its own flags


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `seqexp compare` takes for runs side by side."""
    parser.add_argument(
        "runs",
        nargs="*",
        metavar="RUN",
        help="hold these runs side by side instead: ids, beginnings of ids, or names; at least two",
    )
    parser.add_argument(
        "-o",
        "--plot",
        metavar="FILE",
        help=f"where the curves of RUN RUN... go, as a PNG; default: {DEFAULT_PLOT}",
    )


def compare_runs(args: argparse.Namespace) -> int:
    """Print in what the runs differ, and draw their curves.

    Returns:
        0.

    Raises:
        InputError: There are less than two runs or too many, one is not there or named twice, or the picture can't be
            written.
    """
    from seqexp.reporting.board.differences import LABELS, differences, read_compared
    from seqexp.reporting.board.differences_table import print_differences
    from seqexp.reporting.console import Console
    from seqexp.reporting.runs.run_curves import plot_run_curves
    from seqexp.tracking.find import find_runs
    from seqexp.tracking.store import find_store

    faults = _misplaced(args)
    if not 2 <= len(args.runs) <= len(LABELS):
        faults.append(
            f"RUN must be given two to {len(LABELS)} times, to hold runs side by side. Received: {len(args.runs)}. "
            "seqexp compare without RUN ranks them all."
        )
    path = Path(args.plot or DEFAULT_PLOT)
    faults += file_faults("--plot", path, (".png",))
    if faults:
        raise InputError(faults)
    store = find_store(args.uri, Path.cwd(), by_sql=True)
    runs = find_runs(store, args.runs)
    ids = [run.run_id for run in runs]
    twice = [shown(text) for at, text in enumerate(args.runs) if ids[at] in ids[:at]]
    if twice:
        raise InputError([f"RUN must be another run each time. Received: {text}, a run named before" for text in twice])
    found, console = differences(read_compared(store, runs)), Console()
    print_differences(found, console)
    console.print()
    try:
        drawn = plot_run_curves(found.runs, path)
    except OSError as error:
        raise InputError(not_writable("--plot", path, error.strerror or str(error))) from error
    console.print(f"curves: {path}" if drawn else "curves: none of the runs has a validation figure")
    return 0


def _misplaced(args: argparse.Namespace) -> list[str]:
    """Return a fault for each flag that is the leaderboard's alone."""
    return [
        f"--{name.replace('_', '-')} is the leaderboard's: leave it out where RUN names the runs. "
        f"Received: {getattr(args, name)!r}"
        for name in LEADERBOARD
        if getattr(args, name) != args.defaults[name]
    ]

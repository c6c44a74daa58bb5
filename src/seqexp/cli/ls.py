"""`seqexp ls`: the models, datasets and presets that can be picked, and the runs that were recorded."""

from __future__ import annotations

import argparse
from pathlib import Path

from seqexp.config.locations import check_config_dir, choices

HELP = "list models, datasets, experiments or runs"
DESCRIPTION = "List what can be picked, with a line each, or what was recorded."
EPILOG = "examples:\n  seqexp ls models\n  seqexp ls runs"

GROUP_OF = {"models": "model", "datasets": "dataset", "experiments": "experiment"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("what", choices=(*GROUP_OF, "runs"), help="what to list")
    parser.add_argument("--config-dir", metavar="DIR", help="a folder of your own with model/, dataset/, experiment/ …")
    parser.add_argument("--uri", metavar="URI", help="the MLflow store of the runs; default: the one in this folder")


def main(args: argparse.Namespace) -> int:
    """List."""
    if args.what == "runs":
        return _runs(args.uri)
    from seqexp.reporting.console import Console, PlainTable

    table = PlainTable("name", "what it is", box=None, pad_edge=False)
    for name, choice in choices(GROUP_OF[args.what], check_config_dir(args.config_dir)).items():
        table.add_row(name, choice.summary)
    Console().print(table)
    return 0


def _runs(uri: str | None) -> int:
    from seqexp.reporting.console import Console
    from seqexp.reporting.runs.run_list import run_table
    from seqexp.reporting.text_table import print_text_table
    from seqexp.runs.checkpointing import report_crashed_runs
    from seqexp.tracking.run_folder import checkpoints_folder
    from seqexp.tracking.store.opening import find_store
    from seqexp.tracking.store.store import before_writing

    console, store = Console(), find_store(uri, Path.cwd())
    report_crashed_runs(store, checkpoints_folder(uri, None, Path.cwd()), console.print)
    with before_writing():
        table = run_table(store, narrow=console.is_terminal)
    print_text_table(table, console)
    return 0

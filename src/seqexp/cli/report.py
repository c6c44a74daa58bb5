"""`seqexp report`: all there is to see about the runs, as one page that opens without a network."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from seqexp.cli.arguments import add_choice, checked_choice, chosen, file_faults, not_writable
from seqexp.config.errors import Fault, InputError, collecting, raise_any
from seqexp.config.output.shell import shell_line, shell_word
from seqexp.reporting.numbers import counted

DEFAULT_PAGE, DEFAULT_TITLE = "report.html", "seqexp report"

_TOP = 100  # groups in the leaderboard

HELP = "write a page of HTML about the finished runs"
DESCRIPTION = "Write one self-contained page of HTML about the finished runs."
EPILOG = """\
The page holds all that it shows, its scripts too: it opens from disk, by mail or from any server, and loads nothing.
It has a leaderboard that can be sorted and filtered, learning curves, what sweeps found, forecasts beside what came
true, the error by hour and season, configurations, facts about the data, and the commands that make it all again.

examples:
  seqexp report                                          all runs of the store in this folder, in report.html
  seqexp report --experiment ladder -o ladder.html       those of one MLflow experiment
  seqexp report --where 'model.units > 16'               those for which a condition holds
  seqexp report --by model.name,dataset.step             a line for each model and step
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_choice(parser, _TOP)
    parser.add_argument("--title", default=DEFAULT_TITLE, metavar="TEXT", help="the page's heading")
    parser.add_argument("--uri", metavar="URI", help="the MLflow store; default: MLFLOW_TRACKING_URI, else ./mlflow.db")
    parser.add_argument("-o", "--output", default=DEFAULT_PAGE, metavar="FILE", help=f"default: {DEFAULT_PAGE}")


def main(args: argparse.Namespace) -> int:
    """Write the page.

    Raises:
        InputError: There is no store, no such experiment, key or metric, no run to report, or the file can't be
            written.
    """
    path, faults = Path(args.output), list[Fault]()
    top, by = 0, list[str]()
    with collecting(faults):
        top, by = checked_choice(args)
    faults += file_faults("--output", path, (".html", ".htm"))
    raise_any(faults)
    from seqexp.reporting.board.losses import DamagedForecasts
    from seqexp.reporting.console import Console
    from seqexp.reporting.page.collect import Limits, collect
    from seqexp.reporting.page.page import render
    from seqexp.reporting.whole_file import whole_file
    from seqexp.tracking.store.opening import find_store
    from seqexp.tracking.store.store import before_writing

    store = find_store(args.uri, Path.cwd())
    runs, board = chosen(store, args, by)
    if not board.tasks:
        raise InputError(_nothing(args, len(board.unranked)))
    try:
        with before_writing():
            report = collect(
                store,
                runs,
                board,
                heading=args.title,
                command=_command(args),
                filters=[(flag.removeprefix("--"), value) for flag, value in _flags(args) if flag != "--uri"],
                now=datetime.now().astimezone(),
                limits=Limits(groups=top),
            )
            page = render(report)
    except DamagedForecasts as error:
        error.add_note(f"leave the run out with {_without(error.run_id, args.where)}")
        raise
    try:
        with whole_file(path) as draft:
            draft.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(not_writable("--output", path, error.strerror or str(error))) from error
    console, ranked = Console(), sum(len(task.rows) for task in board.tasks)
    tasks = counted(len(board.tasks), "task")
    console.fact("report", f"{path}, {len(page.encode('utf-8')) / 1e6:.1f} MB: {counted(ranked, 'run')}, {tasks}")
    for task in board.tasks:
        if task.simulated:
            console.fact("", f"{task.dataset}: simulated stand-in, not the official record")
    console.fact("open", path.absolute().as_uri())
    return 0


def _nothing(args: argparse.Namespace, unranked: int) -> Fault:
    filters = [(flag, value) for flag, value in _flags(args) if flag in ("--experiment", "--where")]
    asked = " ".join(f"{flag} {shell_word(value)}" for flag, value in filters)
    which = f" with {asked}" if asked else ""
    others = f" {unranked:,} have not finished or lack figures." if unranked else ""
    return Fault("RUN", f"there is no finished run to report{which}.{others} seqexp ls runs lists what there is.")


def _without(run_id: str, where: str | None) -> str:
    """Return --where for a shell: what was asked for, without a run."""
    others = f'id != "{run_id}"'
    return f"--where {shell_word(f'({where}) and {others}' if where else others)}"


def _flags(args: argparse.Namespace) -> list[tuple[str, str]]:
    names = ("experiment", "where", "by", "metric", "uri")
    return [(f"--{name}", str(value)) for name in names if (value := getattr(args, name))]


def _command(args: argparse.Namespace) -> str:
    """Return the command line that was given, ready for a shell; the store's address may hold a password."""
    given = {flag: _without_folder(value) if flag == "--uri" else value for flag, value in _flags(args)}
    flags = [word for pair in given.items() for word in pair]
    flags += ["--few"] if args.few else []
    top = ["--top", str(args.top)] if args.top != _TOP else []
    title = ["--title", args.title] if args.title != DEFAULT_TITLE else []
    return shell_line(["seqexp", "report", *flags, *top, *title, "-o", Path(args.output).name])


def _without_folder(uri: str) -> str:
    """Return a store's address as the page may show it: of a file the name alone, of a server no password."""
    from seqexp.config.output.secrets import masked_address

    return f"sqlite:///{Path(uri).name}" if uri.startswith("sqlite:") else masked_address(uri)

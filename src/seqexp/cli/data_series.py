"""What `seqexp data` does with a series."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.cli.data_common import DONE, on_stderr, outcome, read, say_stand_in
from seqexp.config.errors import InputError

if TYPE_CHECKING:
    from seqexp.config.schema import Experiment


def _fetch(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (a form for all)
    """Make sure that the data is there, and say where it came from."""
    from seqexp.data.files.cache import data_dir
    from seqexp.reporting.console import Console

    console = Console()
    series, _ = read(experiment, lambda line: console.fact("", line))
    console.fact("data", series.origin)
    if series.source == "simulated":
        console.fact("", "the simulated stand-in, not the official record")
    console.fact("rows", f"{len(series):,}")
    console.fact("columns", f"{len(series.columns)}: {', '.join(series.columns)}")
    console.fact("digest", series.digest)
    console.fact("folder", str(data_dir()))
    return DONE


def _describe(args: argparse.Namespace, experiment: Experiment) -> int:
    """Say what is known about the series; what keeps windows from being made is told after that."""
    from seqexp.data.survey.survey import make_survey
    from seqexp.reporting.console import Console
    from seqexp.reporting.data.description import describe
    from seqexp.reporting.data.tables import as_json, as_markdown, print_description

    series, source = read(experiment, on_stderr)
    survey = make_survey(series, experiment)
    about = describe(survey, source.reason)
    if args.format in ("json", "md"):
        print(as_json(about) if args.format == "json" else as_markdown(about))
    else:
        print_description(about, Console())
    if about["faults"]:
        sys.stdout.flush()
        raise InputError(about["faults"])
    return DONE


def _plot(args: argparse.Namespace, experiment: Experiment) -> int:
    """Draw the series and print the path of each picture."""
    from seqexp.reporting.data.pictures import draw

    series, _ = read(experiment, on_stderr)
    folder = Path(args.output or f"{args.name}-plots").expanduser()
    for path in draw(series, experiment.series, folder):
        print(path, flush=True)
    return DONE


def _check(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (a form for all)
    """Print the outcome of every check."""
    from seqexp.data.survey.check import check
    from seqexp.data.survey.survey import make_survey
    from seqexp.reporting.console import Console
    from seqexp.reporting.data.tables import print_checked

    console = Console()
    series, _ = read(experiment, on_stderr)
    say_stand_in(console, series.source)
    survey = make_survey(series, experiment)
    checked = check(survey)
    print_checked(checked, console)
    if survey.misfits:
        sys.stdout.flush()
        raise InputError(survey.misfits)
    return outcome(checked)


ACTIONS: dict[str, Callable[[argparse.Namespace, Experiment], int]] = {
    "fetch": _fetch,
    "describe": _describe,
    "plot": _plot,
    "check": _check,
}

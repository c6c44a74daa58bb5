"""`seqexp data`: fetch, describe, draw and check the series of a dataset before anything is trained on it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqexp.config.errors import InputError, nearest
from seqexp.config.locations import check_config_dir, choices

if TYPE_CHECKING:
    from seqexp.config.schema import Experiment
    from seqexp.data.series import Series
    from seqexp.data.source import Resolved
    from seqexp.reporting.console import Console

EXAMPLES = """\
fetch     make sure that the data is there: download it, parse it, keep it
describe  columns, time stamps, gaps, repairs, windows, the naive forecast
plot      PNG files: the target over time, its first ten days, its autocorrelation, the columns' correlations
check     exit with 1 if something in the data would harm a training, with the remedy

examples:
  seqexp data describe jena
  seqexp data check csv dataset.path=mine.csv dataset.target=load
  seqexp data plot jena dataset.source=simulated -o pictures
  seqexp data describe jena --format json > jena.json"""

DONE, FINDINGS, WRONG_INPUT = 0, 1, 2


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "data",
        help="fetch, describe, plot or check a dataset's series",
        description="Look at the series of a dataset before anything is trained on it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=tuple(_ACTIONS), metavar="WHAT", help="fetch, describe, plot or check")
    parser.add_argument("name", metavar="NAME", help="the dataset, as seqexp ls datasets lists it")
    parser.add_argument(
        "overrides", nargs="*", default=[], metavar="KEY=VALUE", help="what to change, such as dataset.path=FILE"
    )
    parser.add_argument("--config-dir", metavar="DIR", help="a folder of your own with dataset/, model/ …")
    parser.add_argument("--format", choices=("text", "json", "md"), help="of describe; default: text")
    parser.add_argument("-o", "--output", metavar="DIR", help="of plot: the folder; default: ./NAME-plots")


def main(args: argparse.Namespace) -> int:
    """Do what is asked for with the dataset's series."""
    experiment = _experiment(args)
    return _ACTIONS[args.what](args, experiment)


def _experiment(args: argparse.Namespace) -> Experiment:
    """Return the experiment with this dataset.

    Raises:
        InputError: With every fault of the command line.
    """
    from seqexp.config.plan import make_plan

    faults = []
    known = list(choices("dataset", check_config_dir(args.config_dir)))
    if args.name not in known:
        hint = nearest(args.name, known)
        faults.append(f"NAME must be one of {', '.join(known)}. Received: {args.name!r}.{hint} See seqexp ls datasets.")
    for flag, value, action in (("--format", args.format, "describe"), ("--output", args.output, "plot")):
        if value is not None and args.what != action:
            faults.append(f"{flag} goes with seqexp data {action}, not with {args.what}. Received: {value!r}.")
    chosen = [f"dataset={args.name}"] if args.name in known else []
    try:
        plan = make_plan([*chosen, *args.overrides], config_dir=args.config_dir)
    except InputError as error:
        raise InputError([*faults, *error.faults]) from error
    if faults:
        raise InputError(faults)
    (experiment,) = plan.experiments
    asked = {text.lstrip("+").partition("=")[0] for text in args.overrides}
    if args.what == "fetch" and experiment.dataset.official and not asked & {"dataset.source", "dataset.path"}:
        # Who fetches wants the official file, not to hear that a stand-in would do.
        official = experiment.dataset.model_copy(update={"source": "official"})
        experiment = experiment.model_copy(update={"dataset": official})
    return experiment


def _load(experiment: Experiment, progress: Callable[[str], None]) -> tuple[Series, Resolved]:
    from seqexp.data.load import load
    from seqexp.runner.prepare import Sources

    source = Sources().resolve(experiment.dataset)
    progress(source.reason)
    return load(experiment.dataset, source.source, progress), source


def _on_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _console() -> Console:
    from seqexp.reporting.console import Console

    return Console()


def _fetch(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (a form for all)
    """Make sure that the data is there, and say where it came from."""
    from seqexp.data.cache import data_dir
    from seqexp.reporting.data_tables import print_fact

    console = _console()
    series, _ = _load(experiment, lambda line: print_fact(console, "", line))
    print_fact(console, "data", series.origin)
    if series.source == "simulated":
        print_fact(console, "", "the simulated stand-in, not the official record")
    print_fact(console, "rows", f"{len(series):,}")
    print_fact(console, "columns", f"{len(series.columns)}: {', '.join(series.columns)}")
    print_fact(console, "digest", series.digest)
    print_fact(console, "folder", str(data_dir()))
    return DONE


def _describe(args: argparse.Namespace, experiment: Experiment) -> int:
    """Say what is known about the series; what keeps windows from being made is told after that."""
    from seqexp.data.survey import make_survey
    from seqexp.reporting.data_tables import as_json, as_markdown, print_description
    from seqexp.reporting.description import describe

    series, source = _load(experiment, _on_stderr)
    survey = make_survey(series, experiment)
    about = describe(survey, source.reason)
    if args.format in ("json", "md"):
        print(as_json(about) if args.format == "json" else as_markdown(about))
    else:
        print_description(about, _console())
    if about["faults"]:
        sys.stdout.flush()
        raise InputError(about["faults"])
    return DONE


def _plot(args: argparse.Namespace, experiment: Experiment) -> int:
    """Draw the series and print the path of each picture."""
    from seqexp.reporting.data_pictures import draw

    series, _ = _load(experiment, _on_stderr)
    folder = Path(args.output or f"{args.name}-plots").expanduser()
    for path in draw(series, experiment.dataset, folder):
        print(path, flush=True)
    return DONE


def _check(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (a form for all)
    """Print the outcome of every check."""
    from seqexp.data.check import check
    from seqexp.data.survey import make_survey
    from seqexp.reporting.data_tables import print_checked

    console = _console()
    series, _ = _load(experiment, _on_stderr)
    if series.source == "simulated":
        console.print("the simulated stand-in, not the official record", style="bold yellow")
    survey = make_survey(series, experiment)
    checked = check(survey)
    print_checked(checked, console)
    if survey.misfits:
        sys.stdout.flush()
        raise InputError(survey.misfits)
    return FINDINGS if any(item.level == "finding" for item in checked) else DONE


_ACTIONS: dict[str, Callable[[argparse.Namespace, Any], int]] = {
    "fetch": _fetch,
    "describe": _describe,
    "plot": _plot,
    "check": _check,
}

"""`seqexp data`: fetch, describe, draw and check a dataset before anything is trained on it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from seqexp.config.errors import InputError, nearest
from seqexp.config.locations import check_config_dir, choices

if TYPE_CHECKING:
    from seqexp.config.schema import Experiment

EXAMPLES = """\
fetch     make sure that the data is there: download it, parse it, keep it
describe  a series: columns, time stamps, gaps, repairs, windows, the naive forecast;
          texts: classes, lengths, words, rows of ids, the majority, an example
plot      PNG files; a series: the target over time, its first ten days, its autocorrelation, the columns'
          correlations; texts: how long they are, the words that tell the classes
check     exit with 1 if something in the data would harm a training, with the remedy

examples:
  seqexp data describe jena
  seqexp data describe imdb
  seqexp data check text dataset.path=mine.csv dataset.format.label=stars
  seqexp data check csv dataset.path=mine.csv dataset.target=load
  seqexp data plot jena dataset.source=simulated -o pictures
  seqexp data describe jena --format json > jena.json"""

ACTIONS = ("fetch", "describe", "plot", "check")


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "data",
        help="fetch, describe, plot or check a dataset",
        description="Look at a dataset, a series or texts, before anything is trained on it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=ACTIONS, metavar="WHAT", help="fetch, describe, plot or check")
    parser.add_argument("name", metavar="NAME", help="the dataset, as seqexp ls datasets lists it")
    parser.add_argument(
        "overrides", nargs="*", default=[], metavar="KEY=VALUE", help="what to change, such as dataset.path=FILE"
    )
    parser.add_argument("--config-dir", metavar="DIR", help="a folder of your own with dataset/, model/ …")
    parser.add_argument("--format", choices=("text", "json", "md"), help="of describe; default: text")
    parser.add_argument("-o", "--output", metavar="DIR", help="of plot: the folder; default: ./NAME-plots")


def main(args: argparse.Namespace) -> int:
    """Do what is asked for with the dataset."""
    from seqexp.cli import data_series, data_texts
    from seqexp.config.schema import SeriesConfig

    experiment = _experiment(args)
    actions = data_series.ACTIONS if isinstance(experiment.dataset, SeriesConfig) else data_texts.ACTIONS
    return actions[args.what](args, experiment)


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
        # Who fetches wants the official data, not to hear that a stand-in would do.
        official = experiment.dataset.model_copy(update={"source": "official"})
        experiment = experiment.model_copy(update={"dataset": official})
    return experiment

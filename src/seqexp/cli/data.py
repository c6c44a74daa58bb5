"""`seqexp data`: fetch, describe, draw and check a dataset before anything is trained on it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from seqexp.config.errors import Fault, collecting, not_one_of, raise_any, wrong
from seqexp.config.locations import check_config_dir, choices, expanded
from seqexp.config.output.printable import print_error

if TYPE_CHECKING:
    from seqexp.config.schema import Experiment
    from seqexp.data.files.cache import Progress
    from seqexp.data.series.series import Series
    from seqexp.data.sources import ResolvedSource
    from seqexp.data.text.corpus import Corpus
    from seqexp.data.text.texts import Texts


DONE, FINDINGS = 0, 1
_STAND_IN = "the simulated stand-in, not the official record"


def read_dataset(experiment: Experiment, progress: Progress) -> tuple[Series | Corpus, ResolvedSource]:
    """Return the series, or the texts, of a dataset, and where it comes from.

    Raises:
        InputError: If it can't be had.
    """
    from seqexp.runs.prepare import Sources, read_data

    source = Sources().resolve(experiment.dataset)
    progress(source.reason)
    return read_data(experiment.dataset, source, progress), source


def print_progress(line: str) -> None:
    """Print a line about what takes long to standard error, apart from what is asked for."""
    print_error(line)


def _texts(corpus: Corpus, experiment: Experiment) -> Texts:
    from seqexp.data.text.prepare import make_texts

    return make_texts(corpus, experiment.text, experiment.training.share_of_texts)


def _fetch(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (all actions take both)
    """Make sure that the data is there, and say where it came from."""
    from seqexp.data.files.cache import data_dir
    from seqexp.data.series.series import Series
    from seqexp.reporting.console import Console

    console = Console()
    data, _ = read_dataset(experiment, lambda line: console.fact("", line))
    console.fact("data", data.origin)
    if data.source == "simulated":
        console.fact("", _STAND_IN)
    if isinstance(data, Series):
        console.fact("rows", f"{len(data):,}")
        console.fact("columns", f"{len(data.columns)}: {', '.join(data.columns)}")
    else:
        console.fact("texts", f"{len(data):,} of {len(data.classes)} classes: {', '.join(data.classes[:6])}")
        console.fact("words", f"{len(data.tokens):,}, of which {len(data.words):,} differ")
    console.fact("digest", data.digest)
    console.fact("folder", str(data_dir()))
    return DONE


def _describe(args: argparse.Namespace, experiment: Experiment) -> int:
    """Print what is known about the data, then what keeps a series from being cut into windows."""
    from seqexp.data.series.series import Series
    from seqexp.data.survey.survey import make_survey
    from seqexp.reporting.console import Console
    from seqexp.reporting.data.series_description import describe_series
    from seqexp.reporting.data.series_facts import series_table
    from seqexp.reporting.data.tables import description_as_json
    from seqexp.reporting.data.text_description import describe_texts, text_table

    data, source = read_dataset(experiment, print_progress)
    faults: tuple[Fault, ...] = ()
    if isinstance(data, Series):
        survey = make_survey(data, experiment)
        about, faults = describe_series(survey, source.reason), survey.obstacles
    else:
        about = describe_texts(_texts(data, experiment), source.reason)
    if args.format == "json":
        print(description_as_json(about))
    else:
        table = series_table(about) if isinstance(data, Series) else text_table(about)
        if args.format == "md":
            print(table.as_markdown())
        else:
            table.print(Console())
    sys.stdout.flush()
    raise_any(faults)
    return DONE


def _plot(args: argparse.Namespace, experiment: Experiment) -> int:
    """Draw the data and print the path of each picture."""
    from seqexp.data.series.series import Series
    from seqexp.reporting.data.series_plots import draw_series
    from seqexp.reporting.data.text_plots import draw_texts

    data, _ = read_dataset(experiment, print_progress)
    folder = expanded(args.output or f"{args.name}-plots")
    if isinstance(data, Series):
        paths = draw_series(data, experiment.series, folder)
    else:
        paths = draw_texts(_texts(data, experiment), folder)
    for path in paths:
        print(path, flush=True)
    return DONE


def _check(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (all actions take both)
    """Print the outcome of every check."""
    from seqexp.data.series.series import Series
    from seqexp.data.survey.series_check import check_series
    from seqexp.data.survey.survey import make_survey
    from seqexp.data.survey.text_check import check_texts
    from seqexp.reporting.console import Console
    from seqexp.reporting.data.tables import print_check_results

    console = Console()
    data, _ = read_dataset(experiment, print_progress)
    if data.source == "simulated":
        console.print(_STAND_IN, style="bold yellow")
    misfits: tuple[Fault, ...] = ()
    if isinstance(data, Series):
        survey = make_survey(data, experiment)
        results, misfits = check_series(survey), survey.misfits
    else:
        results = check_texts(_texts(data, experiment))
    print_check_results(results, console, fits=not misfits)
    sys.stdout.flush()
    raise_any(misfits)
    return FINDINGS if any(item.level == "finding" for item in results) else DONE


ACTIONS: dict[str, Callable[[argparse.Namespace, Experiment], int]] = {
    "fetch": _fetch,
    "describe": _describe,
    "plot": _plot,
    "check": _check,
}

HELP = "fetch, describe, plot or check a dataset"
DESCRIPTION = "Look at a dataset, a series or texts, before anything is trained on it."
EPILOG = """\
fetch     make sure that the data is there: download it, parse it, keep it
describe  a series: columns, time stamps, gaps, repairs, windows, the naive forecast;
          texts: classes, lengths, words, rows of ids, the majority, an example
plot      PNG files; a series: the target over time, its first ten days, its autocorrelation, the columns'
          correlations; texts: how long they are, the words that tell the classes
check     name what in the data would harm a training, with remedies; exit code 1 if it finds any

examples:
  seqexp data describe jena
  seqexp data describe imdb
  seqexp data check text dataset.path=mine.csv dataset.format.label=stars
  seqexp data check csv dataset.path=mine.csv dataset.target=load
  seqexp data plot jena dataset.source=simulated -o pictures
  seqexp data describe jena --format json > jena.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("what", choices=ACTIONS, metavar="WHAT", help="fetch, describe, plot or check")
    parser.add_argument("name", metavar="NAME", help="the dataset, as seqexp ls datasets lists it")
    parser.add_argument(
        "overrides", nargs="*", default=[], metavar="KEY=VALUE", help="what to change, such as dataset.path=FILE"
    )
    parser.add_argument("--config-dir", metavar="DIR", help="a folder of your own with dataset/, model/ …")
    parser.add_argument("--format", choices=("text", "json", "md"), help="for describe; default: text")
    parser.add_argument("-o", "--output", metavar="DIR", help="for plot: the folder; default: ./NAME-plots")


def main(args: argparse.Namespace) -> int:
    """Do what is asked for with the dataset."""
    return ACTIONS[args.what](args, _experiment(args))


def _experiment(args: argparse.Namespace) -> Experiment:
    """Return the experiment with this dataset.

    Raises:
        InputError: With every fault of the command line.
    """
    from seqexp.config.plan import make_plan
    from seqexp.tasks.kinds import monitors

    faults = []
    known = list(choices("dataset", check_config_dir(args.config_dir)))
    if args.name not in known:
        faults.append(Fault("NAME", f"{not_one_of('NAME', args.name, known).text} See seqexp ls datasets."))
    for flag, value, action in (("--format", args.format, "describe"), ("--output", args.output, "plot")):
        if value is not None and args.what != action:
            faults.append(wrong(flag, f"goes with seqexp data {action}, not with {args.what}. Received: {value!r}."))
    chosen = [f"dataset={args.name}"] if args.name in known else []
    with collecting(faults):
        plan = make_plan([*chosen, *args.overrides], monitors(), config_dir=args.config_dir)
    raise_any(faults)
    (experiment,) = plan.experiments
    asked = {text.lstrip("+").partition("=")[0] for text in args.overrides}
    if args.what == "fetch" and experiment.dataset.official and not asked & {"dataset.source", "dataset.path"}:
        # Who fetches wants the official data, not to hear that a stand-in would do.
        official = experiment.dataset.model_copy(update={"source": "official"})
        experiment = experiment.model_copy(update={"dataset": official})
    return experiment

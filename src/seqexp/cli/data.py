"""`seqexp data`: fetch, describe, draw and check a dataset before anything is trained on it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqexp.config.errors import InputError, nearest, wrong
from seqexp.config.locations import check_config_dir, choices

if TYPE_CHECKING:
    from seqexp.config.schema import Experiment
    from seqexp.data.findings import CheckResult
    from seqexp.data.sources import ResolvedSource
    from seqexp.data.text.corpus import Corpus
    from seqexp.data.text.texts import Texts
    from seqexp.reporting.console import Console


DONE, FINDINGS = 0, 1


def read_dataset(experiment: Experiment, progress: Callable[[str], None]) -> tuple[Any, ResolvedSource]:
    """Return the Series, or the Corpus, of a dataset, and where it comes from.

    Raises:
        InputError: If it can't be had.
    """
    from seqexp.runs.prepare import Sources, read_data

    source = Sources().resolve(experiment.dataset)
    progress(source.reason)
    return read_data(experiment.dataset, source, progress), source


def on_stderr(line: str) -> None:
    """Print a line about what takes long, beside what is asked for."""
    print(line, file=sys.stderr, flush=True)


def say_stand_in(console: Console, source: str) -> None:
    """Print a line if the data is simulated."""
    if source == "simulated":
        console.print("the simulated stand-in, not the official record", style="bold yellow")


def outcome(checked: Iterable[CheckResult]) -> int:
    """Return the exit code of a check."""
    return FINDINGS if any(item.level == "finding" for item in checked) else DONE


def _fetch_series(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (a form for all)
    """Make sure that the data is there, and say where it came from."""
    from seqexp.data.files.cache import data_dir
    from seqexp.reporting.console import Console

    console = Console()
    series, _ = read_dataset(experiment, lambda line: console.fact("", line))
    console.fact("data", series.origin)
    if series.source == "simulated":
        console.fact("", "the simulated stand-in, not the official record")
    console.fact("rows", f"{len(series):,}")
    console.fact("columns", f"{len(series.columns)}: {', '.join(series.columns)}")
    console.fact("digest", series.digest)
    console.fact("folder", str(data_dir()))
    return DONE


def _describe_series(args: argparse.Namespace, experiment: Experiment) -> int:
    """Say what is known about the series; what keeps windows from being made is told after that."""
    from seqexp.data.survey.survey import make_survey
    from seqexp.reporting.console import Console
    from seqexp.reporting.data.description import describe_series
    from seqexp.reporting.data.tables import description_as_json, print_series_description, series_as_markdown

    series, source = read_dataset(experiment, on_stderr)
    survey = make_survey(series, experiment)
    about = describe_series(survey, source.reason)
    if args.format in ("json", "md"):
        print(description_as_json(about) if args.format == "json" else series_as_markdown(about))
    else:
        print_series_description(about, Console())
    if survey.misfits or survey.faults:
        sys.stdout.flush()
        raise InputError(*survey.misfits, *survey.faults)
    return DONE


def _plot_series(args: argparse.Namespace, experiment: Experiment) -> int:
    """Draw the series and print the path of each picture."""
    from seqexp.reporting.data.series_plots import draw_series

    series, _ = read_dataset(experiment, on_stderr)
    folder = Path(args.output or f"{args.name}-plots").expanduser()
    for path in draw_series(series, experiment.series, folder):
        print(path, flush=True)
    return DONE


def _check_series(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (a form for all)
    """Print the outcome of every check."""
    from seqexp.data.survey.check import check_series
    from seqexp.data.survey.survey import make_survey
    from seqexp.reporting.console import Console
    from seqexp.reporting.data.tables import print_check_results

    console = Console()
    series, _ = read_dataset(experiment, on_stderr)
    say_stand_in(console, series.source)
    survey = make_survey(series, experiment)
    checked = check_series(survey)
    print_check_results(checked, console)
    if survey.misfits:
        sys.stdout.flush()
        raise InputError(*survey.misfits)
    return outcome(checked)


_SERIES_ACTIONS: dict[str, Callable[[argparse.Namespace, Experiment], int]] = {
    "fetch": _fetch_series,
    "describe": _describe_series,
    "plot": _plot_series,
    "check": _check_series,
}


def _texts(corpus: Corpus, experiment: Experiment) -> Texts:
    from seqexp.data.text.prepare import make_texts

    return make_texts(corpus, experiment.text, experiment.training.score_every)


def _fetch_texts(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (a form for all)
    """Make sure that the data is there, and say where it came from."""
    from seqexp.data.files.cache import data_dir
    from seqexp.reporting.console import Console

    console = Console()
    corpus, _ = read_dataset(experiment, lambda line: console.fact("", line))
    console.fact("data", corpus.origin)
    if corpus.source == "simulated":
        console.fact("", "the simulated stand-in, not the official record")
    console.fact("texts", f"{len(corpus):,} of {len(corpus.classes)} classes: {', '.join(corpus.classes[:6])}")
    console.fact("words", f"{len(corpus.tokens):,}, of which {len(corpus.words):,} differ")
    console.fact("digest", corpus.digest)
    console.fact("folder", str(data_dir()))
    return DONE


def _describe_texts(args: argparse.Namespace, experiment: Experiment) -> int:
    """Say what is known about the texts."""
    from seqexp.reporting.console import Console
    from seqexp.reporting.data.tables import description_as_json
    from seqexp.reporting.data.text_description import describe_texts, print_text_description, text_as_markdown

    corpus, source = read_dataset(experiment, on_stderr)
    about = describe_texts(corpus, _texts(corpus, experiment), source.reason)
    if args.format in ("json", "md"):
        print(description_as_json(about) if args.format == "json" else text_as_markdown(about))
    else:
        print_text_description(about, Console())
    return DONE


def _plot_texts(args: argparse.Namespace, experiment: Experiment) -> int:
    """Draw the texts and print the path of each picture."""
    from seqexp.reporting.data.text_plots import draw_texts

    corpus, _ = read_dataset(experiment, on_stderr)
    folder = Path(args.output or f"{args.name}-plots").expanduser()
    for path in draw_texts(_texts(corpus, experiment), folder):
        print(path, flush=True)
    return DONE


def _check_texts(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (a form for all)
    """Print the outcome of every check."""
    from seqexp.data.survey.text_check import check_texts
    from seqexp.reporting.console import Console
    from seqexp.reporting.data.tables import print_check_results

    console = Console()
    corpus, _ = read_dataset(experiment, on_stderr)
    say_stand_in(console, corpus.source)
    checked = check_texts(corpus, _texts(corpus, experiment))
    print_check_results(checked, console)
    return outcome(checked)


_TEXT_ACTIONS: dict[str, Callable[[argparse.Namespace, Experiment], int]] = {
    "fetch": _fetch_texts,
    "describe": _describe_texts,
    "plot": _plot_texts,
    "check": _check_texts,
}


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
    from seqexp.config.schema import SeriesConfig

    experiment = _experiment(args)
    actions = _SERIES_ACTIONS if isinstance(experiment.dataset, SeriesConfig) else _TEXT_ACTIONS
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
        faults.append(
            wrong("NAME", f"must be one of {', '.join(known)}. Received: {args.name!r}.{hint} See seqexp ls datasets.")
        )
    for flag, value, action in (("--format", args.format, "describe"), ("--output", args.output, "plot")):
        if value is not None and args.what != action:
            faults.append(wrong(flag, f"goes with seqexp data {action}, not with {args.what}. Received: {value!r}."))
    chosen = [f"dataset={args.name}"] if args.name in known else []
    try:
        plan = make_plan([*chosen, *args.overrides], config_dir=args.config_dir)
    except InputError as error:
        raise InputError(*faults, *error.faults) from error
    if faults:
        raise InputError(*faults)
    (experiment,) = plan.experiments
    asked = {text.lstrip("+").partition("=")[0] for text in args.overrides}
    if args.what == "fetch" and experiment.dataset.official and not asked & {"dataset.source", "dataset.path"}:
        # Who fetches wants the official data, not to hear that a stand-in would do.
        official = experiment.dataset.model_copy(update={"source": "official"})
        experiment = experiment.model_copy(update={"dataset": official})
    return experiment

"""What `seqexp data` does with labelled texts."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.cli.data_common import DONE, on_stderr, outcome, read, say_stand_in

if TYPE_CHECKING:
    from seqexp.config.schema import Experiment
    from seqexp.data.text.corpus import Corpus
    from seqexp.data.text.texts import Texts


def _texts(corpus: Corpus, experiment: Experiment) -> Texts:
    from seqexp.data.text.prepare import make_texts

    return make_texts(corpus, experiment.text, experiment.training.score_every)


def _fetch(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (a form for all)
    """Make sure that the data is there, and say where it came from."""
    from seqexp.data.files.cache import data_dir
    from seqexp.reporting.console import Console

    console = Console()
    corpus, _ = read(experiment, lambda line: console.fact("", line))
    console.fact("data", corpus.origin)
    if corpus.source == "simulated":
        console.fact("", "the simulated stand-in, not the official record")
    console.fact("texts", f"{len(corpus):,} of {len(corpus.classes)} classes: {', '.join(corpus.classes[:6])}")
    console.fact("words", f"{len(corpus.tokens):,}, of which {len(corpus.words):,} differ")
    console.fact("digest", corpus.digest)
    console.fact("folder", str(data_dir()))
    return DONE


def _describe(args: argparse.Namespace, experiment: Experiment) -> int:
    """Say what is known about the texts."""
    from seqexp.reporting.console import Console
    from seqexp.reporting.data.tables import as_json
    from seqexp.reporting.data.text_description import describe_texts, print_text_description, text_as_markdown

    corpus, source = read(experiment, on_stderr)
    about = describe_texts(corpus, _texts(corpus, experiment), source.reason)
    if args.format in ("json", "md"):
        print(as_json(about) if args.format == "json" else text_as_markdown(about))
    else:
        print_text_description(about, Console())
    return DONE


def _plot(args: argparse.Namespace, experiment: Experiment) -> int:
    """Draw the texts and print the path of each picture."""
    from seqexp.reporting.data.text_plots import draw_texts

    corpus, _ = read(experiment, on_stderr)
    folder = Path(args.output or f"{args.name}-plots").expanduser()
    for path in draw_texts(_texts(corpus, experiment), folder):
        print(path, flush=True)
    return DONE


def _check(args: argparse.Namespace, experiment: Experiment) -> int:  # noqa: ARG001 (a form for all)
    """Print the outcome of every check."""
    from seqexp.data.survey.text_check import check_texts
    from seqexp.reporting.console import Console
    from seqexp.reporting.data.tables import print_checked

    console = Console()
    corpus, _ = read(experiment, on_stderr)
    say_stand_in(console, corpus.source)
    checked = check_texts(corpus, _texts(corpus, experiment))
    print_checked(checked, console)
    return outcome(checked)


ACTIONS: dict[str, Callable[[argparse.Namespace, Experiment], int]] = {
    "fetch": _fetch,
    "describe": _describe,
    "plot": _plot,
    "check": _check,
}

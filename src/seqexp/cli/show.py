"""`seqexp show`: what a command line means: configuration, layers, samples."""

from __future__ import annotations

import argparse

from seqexp.cli.overrides import add_overrides, add_run_flags, checked_plan
from seqexp.config.errors import Fault, InputError

HELP = "print the configuration, the layers and the samples"
DESCRIPTION = (
    "Print the resolved configuration, the layers with output shapes and parameters, "
    "and the shapes and counts of the windows or texts. Nothing is trained or recorded."
)
EPILOG = """\
examples:
  seqexp show model=gru_stacked
  seqexp show model=conv_gru dataset.step=3 dataset.lookback=720
  seqexp show model=conv1d_text dataset=imdb"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_overrides(parser)
    add_run_flags(parser)


def main(args: argparse.Namespace) -> int:
    """Prepare the experiment as train would, and print it."""
    plan, _, plugins = checked_plan(args)
    if plan.is_sweep:
        what = "seqexp show takes one experiment: leave out -m and name one value per key."
        raise InputError(Fault("--multirun", what))
    from seqexp.reporting.console import Console
    from seqexp.runs.prepare import Sources, load_registry, prepare
    from seqexp.runs.summary import print_configuration, print_ignored_settings, print_layers, print_samples

    console = Console()
    print_ignored_settings(console, plan.experiments)
    registry = load_registry(plugins)
    (experiment,) = plan.experiments
    source = Sources().resolve(experiment.dataset)
    console.fact("data", source.reason)
    prepared = prepare(experiment, source, lambda line: console.fact("", line), registry)
    print_configuration(console, prepared.experiment)
    print_layers(console, prepared)
    print_samples(console, prepared)
    return 0

"""`seqexp validate`: every fault of a command line, without running it."""

from __future__ import annotations

import argparse

from seqexp.cli.overrides import add_overrides, add_run_flags, checked_plan

HELP = "check a command line without running it"
DESCRIPTION = "Check keys, types, ranges and files at once, then that the splits fit the data."
EPILOG = """\
examples:
  seqexp validate model=gru_dropout training=quick
  seqexp validate -m dataset.step=3,6 model.units=16,32
  seqexp validate --static dataset.lookback=720      the configuration alone; the data is not read"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_overrides(parser)
    add_run_flags(parser)
    parser.add_argument("--static", action="store_true", help="don't read the data, nor execute a plugin")


def main(args: argparse.Namespace) -> int:
    """Check; say what would run."""
    from seqexp.data.sources import dataset_title

    plan, _, plugins = checked_plan(args)
    if not args.static:
        from seqexp.data.findings import CheckResult
        from seqexp.reporting.console import Console
        from seqexp.runs.prepare import Sources, check_data, load_registry, of_different_data
        from seqexp.runs.summary import print_findings

        load_registry(plugins)
        console = Console()
        found: list[CheckResult] = []
        experiments = of_different_data(plan.experiments)
        check_data(experiments, Sources(), lambda line: console.fact("data", line), found.append)
        print_findings(console, found)
    from seqexp.reporting.numbers import counted

    count = len(plan.experiments)
    models = dict.fromkeys(experiment.model.name for experiment in plan.experiments)
    datasets = dict.fromkeys(dataset_title(experiment.dataset) for experiment in plan.experiments)
    what = f"a sweep of {counted(count, 'job')} over {', '.join(plan.axes)}:" if plan.axes else "one run,"
    if plan.search is not None:
        what = f"a search of {counted(plan.search.settings.trials, 'trial')} over {', '.join(plan.axes)}:"
    print(f"valid: {what} {', '.join(models)} on {', '.join(datasets)}")
    return 0

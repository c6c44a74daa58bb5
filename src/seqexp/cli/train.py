"""`seqexp train`: one experiment, or a sweep of them."""

from __future__ import annotations

import argparse
import atexit
import gc
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from seqexp.cli.overrides import (
    add_overrides,
    add_run_flags,
    checked_plan,
    describe_choices,
    split_tags,
    storage_places,
)
from seqexp.config.errors import collecting, raise_any, refused, wrong
from seqexp.config.output.shell import shell_line

if TYPE_CHECKING:
    from seqexp.config.plan import Plan
    from seqexp.reporting.console import Console
    from seqexp.sweeps.checked import SweepRequest

HELP = "train a model, or sweep over several"
DESCRIPTION = "Train a model, score it beside the baseline, record it in MLflow."

# What is worth trying first: a baseline without order in it, a recurrent network, a convolution.
_SWEPT = {"series": "linear,gru,tcn", "text": "bow_logreg,gru,conv1d_text"}

# The keys that say which data it is: without them a dataset of one's own can't be read.
_NAMES_DATA = re.compile(r"dataset|dataset\.(?:path|source|target|where\b.*|format\..*)").fullmatch

INFO = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")

EPILOG = """\
examples:
  seqexp train model=gru_dropout training=quick        about two minutes
  seqexp train model=gru model.units=64 seed=1         any key can be changed
  seqexp train -m dataset.step=3,6 model.units=16,32   a sweep of four jobs
  seqexp train -m hydra/sweeper=optuna 'model.units=range(8,65,8)'   a search
  seqexp train experiment=jena_gru_dropout             a preset
  seqexp train dataset=imdb model=bow_logreg           movie reviews: positive or negative?
  seqexp train model=gru --name baseline --tag who=me  names and tags
  seqexp train --resume baseline                       go on with a run that was cut short
  seqexp train model=gru --cfg job                     print the configuration, run nothing

`seqexp show KEY=VALUE…` prints every key, the layers and the windows; then: seqexp compare, seqexp ui."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_overrides(parser)
    add_run_flags(parser)
    resume = "go on with a run that was cut short: its id, or its name; with -m: run what is left of the sweep"
    parser.add_argument("--resume", metavar="RUN", nargs="?", const="", help=resume)
    dry_run = "say what would be run, how long it would take and how much space it needs; run nothing"
    parser.add_argument("--dry-run", action="store_true", help=dry_run)
    parser.add_argument("--cfg", choices=("job", "hydra", "all"), help="print the composed configuration; run nothing")
    parser.add_argument("--info", nargs="?", const="all", choices=INFO, help="Hydra's own information; run nothing")
    parser.add_argument("-h", "--help", action="store_true", help="print this help")


def main(args: argparse.Namespace) -> int:
    """Check everything, then run it."""
    if args.help:
        # Listed only when asked for: the choices are read from the YAML files.
        args.parser.epilog = f"{describe_choices(args.config_dir)}\n\n{EPILOG}"
        args.parser.print_help()
        return 0
    # Else the interpreter looks for garbage among TensorFlow's objects as it ends, for seconds after a Ctrl-C.
    atexit.register(gc.freeze)
    resumes = _takes_resume(args)
    if args.resume:
        return _resume(args)
    if args.multirun and (args.cfg or args.info):
        raise refused("--cfg", "and --info show one job: leave out -m and name one value per key.")
    plan, overrides, plugins = checked_plan(args)
    if args.cfg or args.info:
        return _show(args, overrides)
    from seqexp.reporting.console import Console
    from seqexp.runs.experiment import launch_run
    from seqexp.runs.summary import print_ignored_settings, print_next_commands
    from seqexp.sweeps.checked import SweepRequest

    if resumes and not plan.is_sweep:
        what = "must name a run, or go with a sweep (-m), whose jobs that are done are then skipped."
        raise refused("--resume", what)
    console = Console()
    request = SweepRequest(plan, overrides, plugins, Path.cwd(), resumes)
    if args.dry_run and plan.search is not None:
        raise refused("--dry-run", "can't tell what a search will propose: each trial depends on those before it.")
    if args.dry_run:
        from seqexp.sweeps.dry_run import dry_run

        return 0 if dry_run(request, console) else 1
    print_ignored_settings(console, plan.experiments)
    if plan.is_sweep:
        done = _run_sweep(request, console, _own_files(args))
    else:
        launch_run(plan.experiments[0], plan.overrides[0], console, plugins)
        done = True
        if plan.experiments[0].tracking.offline:
            console.print("the run waits on disk: `seqexp sync` sends it to the store that is set at that time")
            return 0
    print_next_commands(console, _next_sweep(args, plan))
    return 0 if done else 1


def _run_sweep(request: SweepRequest, console: Console, own_files: list[str]) -> bool:
    """Run a grid or a search, print how its jobs ended, and return whether none failed."""
    from seqexp.runs.summary import print_sweep
    from seqexp.sweeps.launch import NotSummedUp, launch_sweep

    is_search = request.plan.search is not None
    try:
        if is_search:
            from seqexp.sweeps.queue.search import launch_search
            from seqexp.sweeps.queue.search_summary import print_search

            searched = launch_search(request, console)
            jobs = searched.jobs
            print_sweep(console, jobs, is_search=True)
            print_search(console, searched, own_files)
        else:
            jobs = launch_sweep(request, console)
            print_sweep(console, jobs)
    except NotSummedUp as error:
        print_sweep(console, error.jobs, is_search=is_search)
        raise
    return all(job.failure is None for job in jobs)


def _takes_resume(args: argparse.Namespace) -> bool:
    """Return whether --resume goes on with a sweep; the word after it is then one of the overrides, and no run."""
    if args.resume is not None and "=" in args.resume and _is_override(args.resume, args):
        args.overrides = [args.resume, *args.overrides]
        args.resume = ""
    return bool(args.resume == "")


def _is_override(word: str, args: argparse.Namespace) -> bool:
    """Return whether the word behind --resume is an override: names of runs, such as "units=3", may look like one."""
    from seqexp.config.overrides import names_storage

    of_what_is_run = not all(map(names_storage, args.overrides))
    return args.multirun or of_what_is_run or names_storage(word) or word.lstrip("+").startswith("experiment=")


def _resume(args: argparse.Namespace) -> int:
    """Go on with a run.

    Raises:
        InputError: With every flag and override that does not go with --resume, or why the run can't go on.
    """
    from seqexp.config.overrides import STORAGE_KEYS, URL_KEY
    from seqexp.config.plugins import Plugin, read_plugins

    flags = {"-m": "multirun", "--dry-run": "dry_run", "--config-dir": "config_dir", "--cfg": "cfg", "--info": "info"}
    given = [flag for flag, name in flags.items() if getattr(args, name)]
    faults = [wrong(flag, "can't be used with --resume: the run was begun already.") for flag in given]
    places: dict[str, str] = {}
    named = {"mlflow.runName": args.name, "mlflow.note.content": args.note}
    tags = {key: value for key, value in named.items() if value is not None}
    plugins: tuple[Plugin, ...] = ()
    with collecting(faults):
        known = (*STORAGE_KEYS, URL_KEY)
        places = storage_places(args.overrides, known, "--resume", "the run keeps its configuration")
    with collecting(faults):
        tags = {**split_tags(args.tag), **tags}
    with collecting(faults):
        plugins = read_plugins(args.plugin)
    raise_any(faults)
    from seqexp.reporting.console import Console
    from seqexp.runs.resume import resume_run
    from seqexp.runs.summary import print_ignored_settings

    uri, checkpoints = (places.get(key) for key in STORAGE_KEYS)
    console = Console()
    print_ignored_settings(console, None)
    resume_run(args.resume, Path.cwd(), uri, checkpoints, plugins, tags, console, places.get(URL_KEY))
    return 0


def _next_sweep(args: argparse.Namespace, plan: Plan) -> str | None:
    """Return the command line of a sweep over what differs from model to model, on the data of this one.

    Where that has just run, or a preset has said what is run, it is the same with several seeds; None where that has,
    too, or the preset is a sweep itself.
    """
    from seqexp.config.overrides import parse

    parsed, _ = parse(args.overrides)
    data = [
        item.text for item in parsed if item.text.startswith("dataset") and (_NAMES_DATA(item.key) or not item.is_sweep)
    ]
    flags = ["--config-dir", args.config_dir] if args.config_dir else []
    wanted = [*data, f"model={_SWEPT[plan.experiments[0].dataset.kind]}", "training=quick"]
    is_preset = any(item.key == "experiment" for item in parsed)
    if is_preset and plan.is_sweep:
        return None
    if is_preset or (args.multirun and set(wanted) <= set(args.overrides)):
        if any(text.startswith(("seed=", "sweep.seeds=")) for text in args.overrides):
            return None
        wanted = [*args.overrides, "sweep.seeds=3"]
    return shell_line(["seqexp", "train", "-m", *flags, *wanted])


def _own_files(args: argparse.Namespace) -> list[str]:
    """Return the flags that name the user's own files."""
    folder = ["--config-dir", args.config_dir] if args.config_dir else []
    return [*folder, *(word for file in args.plugin for word in ("--plugin", file))]


def _show(args: argparse.Namespace, overrides: list[str]) -> int:
    """Print the composition, or let Hydra print information on itself; both were checked before."""
    from seqexp.config.plan import composition

    if args.cfg:
        print(composition(overrides, args.cfg, args.config_dir), end="")
        return 0
    import hydra

    from seqexp.config.compat_hydra import parts_as_lists
    from seqexp.config.locations import check_config_dir, conf_dir

    folder = check_config_dir(args.config_dir)
    flags = ["--info", args.info, *(["--config-dir", str(folder)] if folder else [])]
    before = sys.argv
    sys.argv = ["seqexp train", *flags, *overrides]  # Hydra's only public interface reads the command line there
    try:
        with parts_as_lists():
            hydra.main(config_path=str(conf_dir()), config_name="config", version_base="1.3")(lambda _: None)()
    finally:
        sys.argv = before
    return 0

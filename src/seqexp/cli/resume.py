"""`seqexp train --resume RUN`: what it takes, and what it doesn't."""

from __future__ import annotations

import argparse
from pathlib import Path

from seqexp.cli.overrides import split_tags
from seqexp.config.errors import Fault, collecting, nearest, raise_any, wrong


def main(args: argparse.Namespace) -> int:
    """Go on with a run.

    Raises:
        InputError: With every flag and override that does not go with --resume, or why the run can't go on.
    """
    from seqexp.config.plugins import Plugin, read_plugins

    faults = [wrong(flag, "can't be used with --resume: the run was begun already.") for flag in _given(args)]
    places: dict[str, str] = {}
    tags: dict[str, str] = {}
    plugins: tuple[Plugin, ...] = ()
    with collecting(faults):
        places = _places(args.overrides)
    with collecting(faults):
        tags = _tags(args)
    with collecting(faults):
        plugins = read_plugins(args.plugin)
    raise_any(faults)
    from seqexp.config.overrides import STORAGE_KEYS
    from seqexp.reporting.console import Console
    from seqexp.runs.resume import resume_run

    uri, checkpoints = (places.get(key) for key in STORAGE_KEYS)
    resume_run(args.resume, Path.cwd(), uri, checkpoints, plugins, tags, Console())
    return 0


def _given(args: argparse.Namespace) -> list[str]:
    """Return the flags that say how a run is composed, or what is done with it."""
    given = {
        "-m": args.multirun,
        "--dry-run": args.dry_run,
        "--config-dir": args.config_dir,
        "--cfg": args.cfg,
        "--info": args.info,
    }
    return [flag for flag, value in given.items() if value]


def _places(overrides: list[str]) -> dict[str, str]:
    """Return the overrides that say where the run is."""
    from seqexp.config.overrides import STORAGE_KEYS, parse

    parsed, faults = parse(overrides)
    values: dict[str, str] = {}
    for item in parsed:
        value = item.override.value()
        if item.key not in STORAGE_KEYS:
            why = f"the run keeps its configuration; only {' and '.join(STORAGE_KEYS)} say where it is"
            text = f"{item.text} can't be used with --resume: {why}.{nearest(item.key, STORAGE_KEYS)}"
            faults.append(Fault(item.key, text))
        elif not isinstance(value, str) or not value:
            faults.append(wrong(item.key, f"must be a non-empty text. Received: {value!r}."))
        else:
            values[item.key] = value
    raise_any(faults)
    return values


def _tags(args: argparse.Namespace) -> dict[str, str]:
    """Return --name, --note and --tag as MLflow's tags."""
    named = {"mlflow.runName": args.name, "mlflow.note.content": args.note}
    return {**split_tags(args.tag), **{key: value for key, value in named.items() if value is not None}}

"""The overrides of a command line, the flags that are short for some of them, and the plan that they ask for."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seqexp.config.errors import Fault, collecting, nearest, raise_any, wrong
from seqexp.config.locations import GROUPS, check_config_dir, choices

if TYPE_CHECKING:
    from seqexp.config.plan import Plan
    from seqexp.config.plugins import Plugin


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Add the overrides and the flags that say how they are read."""
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="what to change, such as model.units=64")
    parser.add_argument("-m", "--multirun", action="store_true", help="a sweep over the values given with commas")
    parser.add_argument("--config-dir", metavar="DIR", help="a folder of your own with model/, dataset/, experiment/ …")
    plugin = "a Python file of your own: it is executed; its layers, builders and estimators are used by name"
    parser.add_argument("--plugin", action="append", default=[], metavar="FILE", help=plugin)


def add_run_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that name a run."""
    parser.add_argument("--name", help="the run's name (for a sweep: that of its parent run)")
    parser.add_argument("--note", help="free text shown with the run")
    parser.add_argument("--tag", action="append", default=[], metavar="K=V", help="a tag on the run; may be repeated")


def describe_choices(config_dir: str | None = None) -> str:
    """Return every group's choices with a line each."""
    folder = check_config_dir(config_dir)
    lines = []
    for group in GROUPS:
        found = choices(group, folder)
        width = max((len(name) for name in found), default=0)
        lines.append(f"{group}=")
        lines += [f"  {name:<{width}}  {choice.summary}" for name, choice in found.items()]
    return "\n".join(lines)


def checked_plan(args: argparse.Namespace) -> tuple[Plan, list[str], tuple[Plugin, ...]]:
    """Return what the command line asks for, its overrides with the flags among them, and its plugins, unexecuted.

    Raises:
        InputError: With the faults of the flags, of the plugins' files and of the overrides.
    """
    from seqexp.config.overrides import readable
    from seqexp.config.plan import make_plan
    from seqexp.config.plugins import classes_of, read_plugins
    from seqexp.tasks.kinds import monitors

    overrides = readable(args.overrides)
    faults: list[Fault] = []
    with collecting(faults):
        overrides += flags_as_overrides(args)
    plugins: tuple[Plugin, ...] = ()
    with collecting(faults):
        plugins = read_plugins(args.plugin)
    own = classes_of(plugins)
    with collecting(faults):
        plan = make_plan(overrides, monitors(), multirun=args.multirun, config_dir=args.config_dir, own_layers=own)
    raise_any(faults)
    return plan, overrides, plugins


def flags_as_overrides(args: argparse.Namespace) -> list[str]:
    """Return --name, --note and --tag as the overrides that they are short for.

    Raises:
        InputError: If a tag is not K=V.
    """
    from seqexp.config.overrides import quoted

    overrides = []
    if args.name is not None:
        overrides.append(f"tracking.run_name={quoted(args.name)}")
    if args.note is not None:
        overrides.append(f"tracking.note={quoted(args.note)}")
    tags = split_tags(args.tag)
    return [*overrides, *(f"++tracking.tags.{key}={quoted(value)}" for key, value in tags.items())]


def split_tags(texts: Sequence[str]) -> dict[str, str]:
    """Return the values of --tag K=V by their names.

    Raises:
        InputError: If a tag is not K=V.
    """
    tags, faults = {}, []
    for tag in texts:
        key, equals, value = tag.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_][\w\-]*", key):
            faults.append(wrong("--tag", f"must be K=V with a name of letters, digits, _ or -. Received: {tag!r}."))
        tags[key] = value
    raise_any(faults)
    return tags


def storage_places(overrides: Sequence[str], known: Sequence[str], command: str, why: str) -> dict[str, str]:
    """Return the values of overrides that say where things are, for a command that takes these keys alone.

    `why` says why it takes no others.

    Raises:
        InputError: There is another override, or a value is no text.
    """
    from seqexp.config.overrides import parse

    parsed, faults = parse(overrides)
    values: dict[str, str] = {}
    for item in parsed:
        value = item.override.value()
        if item.key not in known:
            only = f"{why}; only {', '.join(known[:-1])} and {known[-1]} say where things are"
            text = f"{item.text} can't be used with {command}: {only}.{nearest(item.key, known)}"
            faults.append(Fault(item.key, text))
        elif not isinstance(value, str) or not value:
            faults.append(wrong(item.key, f"must be a non-empty text. Received: {value!r}."))
        else:
            values[item.key] = value
    raise_any(faults)
    return values

"""What the commands that take Hydra overrides share: their flags, and our help."""

from __future__ import annotations

import argparse

from seqexp.config.locations import GROUPS, check_config_dir, choices


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Add the overrides and the flags that say how they are read."""
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="what to change, such as model.units=64")
    parser.add_argument("-m", "--multirun", action="store_true", help="a sweep over the values given with commas")
    parser.add_argument("--config-dir", metavar="DIR", help="a folder of your own with model/, dataset/, experiment/ …")
    parser.add_argument(
        "--plugin",
        action="append",
        default=[],
        metavar="FILE",
        help="a Python file of your own: it is executed, and its layers, builders and estimators go by their names",
    )


def add_run_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that name a run."""
    parser.add_argument("--name", help="the run's name (of a sweep: its parent's)")
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

"""`seqexp completion`: the script with which a shell completes seqexp's command lines."""

from __future__ import annotations

import argparse
from pathlib import Path

SHELLS = ("bash", "zsh", "fish")

HELP = "print the script with which your shell completes command lines"
DESCRIPTION = (
    "Print the script with which bash, zsh or fish completes commands, flags, groups, keys, their values,\n"
    "files, and the names of runs in the SQLite store of the folder."
)
EPILOG = """\
for this shell alone:
  source <(seqexp completion bash)
  source <(seqexp completion zsh)                        after autoload -U compinit; compinit
  seqexp completion fish | source

for all shells to come:
  seqexp completion bash >> ~/.bashrc
  seqexp completion zsh >> ~/.zshrc                      below its line with compinit
  seqexp completion fish > ~/.config/fish/completions/seqexp.fish"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("shell", choices=SHELLS, help="your shell")


def main(args: argparse.Namespace) -> int:
    """Print the script."""
    print(
        (Path(__file__).parent / "completing" / "shells" / f"seqexp.{args.shell}").read_text(encoding="utf-8"), end=""
    )
    return 0

"""What may stand at the cursor of a command line: asked by the scripts that `seqexp completion` prints."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from seqexp.cli.completing.bash_line import escaped, split
from seqexp.cli.completing.names import Proposal, experiments, matching_files
from seqexp.config.locations import choices, expanded, is_folder

_FOLDERS, _FILES = ("DIR",), ("FILE",)
_SEVERAL = ("+", "*")


def answer(arguments: Sequence[str], parser: argparse.ArgumentParser) -> int:
    """Print what a shell may put at the cursor, a line each: the word, and what it is after a tab.

    Args:
        arguments: Of bash, its word breaks and the line up to the cursor: it is told what it is to insert. Of others,
            the words behind seqexp; zsh's are free of quotes, the last of fish's is as it was typed.
        parser: Of the command that is the first word, or of all.
    """
    shell, *words = arguments
    if shell == "bash":
        breaks, line = words
        words, kept, quote = split(line, breaks)
        for word, _ in proposals(words[1:], parser):
            text = word[kept:]
            print(text if quote else escaped(text))
        return 0
    if shell == "fish":
        words[-1:] = split(words[-1], "")[0]
    for word, what in proposals(words, parser):
        print(f"{word}\t{what}" if what.isprintable() and what else word)
    return 0


def first_word(arguments: Sequence[str]) -> str:
    """Return the first word behind seqexp of a line that a shell asks about, if it is there whole; else nothing."""
    shell, *words = arguments
    words = split(words[-1], "")[0][1:] if shell == "bash" else words
    return words[0] if words[1:] else ""


def proposals(words: Sequence[str], parser: argparse.ArgumentParser) -> list[Proposal]:
    """Return the words that may stand in place of the last one, which is a beginning of each of them."""
    *before, current = words
    commands = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    if not before:
        helps = [(str(action.dest), str(action.help)) for action in commands._choices_actions]
        found: Iterable[Proposal] = _flags(parser) if current.startswith("-") else helps
    elif before[0] in commands.choices:
        found = _Line(commands.choices[before[0]], before[1:], current).found()
    else:
        found = []
    whats: dict[str, str] = {}
    for word, what in found:
        if word.startswith(current) and word.isprintable():  # what else is in a name must not reach a terminal
            whats.setdefault(word, what)
    return list(whats.items())


class _Line:
    """A command's words: those before the one that is being typed, and that one as far as it is there."""

    def __init__(self, parser: argparse.ArgumentParser, before: Sequence[str], current: str) -> None:
        self._parser, self._before, self._current = parser, before, current
        self._by_flag = {flag: action for action in parser._actions for flag in action.option_strings}
        self._in_place = [action for action in parser._actions if not action.option_strings]

    def found(self) -> Iterator[Proposal]:
        """Yield what may stand at the cursor, whether it begins as the current word does or not."""
        flag, equals, _ = self._current.partition("=")
        if equals and flag in self._by_flag:
            yield from ((f"{flag}={word}", what) for word, what in self._values(self._by_flag[flag], len(flag) + 1))
            return
        if self._current.startswith("-"):
            yield from _flags(self._parser)
            return
        pending, position = self._walk()
        if pending is not None:
            yield from self._values(pending)
        # What may have no value may be followed by any other word.
        if (pending is None or pending.nargs == "?") and self._in_place:
            yield from self._values(self._in_place[min(position, len(self._in_place) - 1)])

    def _walk(self) -> tuple[argparse.Action | None, int]:
        """Return the flag whose value comes next, if one's does, and how many words stand before that are no flags'."""
        pending: argparse.Action | None = None
        left = position = 0
        for word in self._before:
            if word.startswith("-"):
                flag, equals, _ = word.partition("=")
                action = self._by_flag.get(flag)
                takes = action is not None and action.nargs != 0 and not equals
                pending, left = (action, _most(action)) if takes and action is not None else (None, 0)
            elif pending is not None:
                left -= 1
                pending = pending if left else None
            else:
                position += 1
        last = self._in_place[-1] if self._in_place else None
        if pending is None and last is not None and position >= len(self._in_place) and last.nargs not in _SEVERAL:
            return argparse.Action([], "nothing"), position
        return pending, position

    def _values(self, action: argparse.Action, begin: int = 0) -> Iterator[Proposal]:
        """Yield the values of a flag or an argument; they begin as the current word does from a character on."""
        typed = self._current[begin:]
        if action.choices is not None:
            yield from ((str(choice), "") for choice in action.choices)
        elif action.metavar == "KEY=VALUE":
            from seqexp.cli.completing.overrides import overrides

            dataset = [f"dataset={name}" for name in self._before[1:2]] if self._parser.prog.endswith(" data") else []
            words = [*dataset, *(word for word in self._before if "=" in word and not word.startswith("-"))]
            yield from overrides(typed, words, self._folder(), self._uri())
        elif action.metavar == "RUN":
            from seqexp.tracking.reading.stored_runs import briefly

            runs = briefly(self._uri(), Path.cwd())
            yield from ((run.name, run.what) for run in runs if action.dest != "resume" or run.status != "FINISHED")
            yield from ((run.run_id, run.name) for run in runs if typed and run.run_id.startswith(typed))
        elif action.dest == "experiment":
            yield from experiments(self._uri())
        elif action.dest == "name" and action.metavar == "NAME" and not action.option_strings:
            yield from ((name, choice.summary) for name, choice in choices("dataset", self._folder()).items())
        elif action.metavar in _FILES or action.metavar in _FOLDERS:
            yield from matching_files(typed, only_folders=action.metavar in _FOLDERS)

    def _folder(self) -> Path | None:
        named = self._given("--config-dir")
        return expanded(named) if named and is_folder(expanded(named)) else None

    def _uri(self) -> str | None:
        keyed = (word.removeprefix("tracking.uri=") for word in self._before if word.startswith("tracking.uri="))
        return self._given("--uri") or next(keyed, None)

    def _given(self, flag: str) -> str | None:
        """Return the value of a flag that stands before."""
        for word, following in itertools.pairwise([*self._before, ""]):
            if word == flag:
                return following or None
            if word.startswith(f"{flag}="):
                return word.partition("=")[2] or None
        return None


def _flags(parser: argparse.ArgumentParser) -> Iterator[Proposal]:
    for action in parser._actions:
        for flag in action.option_strings:
            yield flag, str(action.help or "")


def _most(action: argparse.Action) -> int:
    """Return how many values a flag takes at most."""
    if isinstance(action.nargs, int):
        return action.nargs
    return -1 if action.nargs in _SEVERAL else 1

"""The one way in which every room says that the user's input was wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import Any

_SHOWN = 200  # characters of a value that a message echoes


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the user's input."""

    key: str  # what it is about: a dotted configuration key, a flag, an argument, or the file that was read
    text: str  # the whole sentence that is printed. It names the key, echoes the value and gives what is allowed.


class InputError(Exception):
    """The input was wrong: the command prints every fault, writes nothing and exits with 2.

    A fault that is given twice counts once.
    """

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults: tuple[Fault, ...] = tuple(dict.fromkeys(faults))

    @property
    def texts(self) -> tuple[str, ...]:
        """The sentences of the faults."""
        return tuple(fault.text for fault in self.faults)

    def __str__(self) -> str:
        return "\n".join(self.texts)


def wrong(key: str, what: str) -> Fault:
    """Return the fault whose sentence begins with its key, such as "seed must be an integer >= 0."."""
    return Fault(key, f"{key} {what}")


def refused(key: str, what: str) -> InputError:
    """Return the error of one fault whose sentence begins with its key, to be raised."""
    return InputError(wrong(key, what))


@contextmanager
def collecting(faults: list[Fault]) -> Iterator[None]:
    """Add what is wrong in the block to the faults, and go on after it, so that all are reported at once."""
    try:
        yield
    except InputError as error:
        faults += error.faults


def raise_any(faults: Sequence[Fault]) -> None:
    """Raise an InputError with the faults, if there are any."""
    if faults:
        raise InputError(*faults)


def not_one_of(key: str, value: Any, known: Sequence[str]) -> Fault:
    """Return the fault of a value that is none of those that are allowed."""
    return wrong(key, f"must be one of {', '.join(known)}. Received: {shown(value)}.{nearest(value, known)}")


def nearest(name: Any, known: Sequence[str], prefix: str = "") -> str:
    """Return " Did you mean 'x'?" for the known name nearest to `name`, or an empty string, as for what is no text.

    The prefix, such as "model.", is put in front of the name that is found.
    """
    if not isinstance(name, str):
        return ""
    lowered = {candidate.lower(): candidate for candidate in known}
    match = get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return f" Did you mean {prefix + lowered[match[0]]!r}?" if match else ""


def shown(value: Any) -> str:
    """Return a received value as a message echoes it: a very long one is cut."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"


def refusal_of_system(error: OSError) -> str:
    """Return why the operating system has refused something, with the file that it was about where that is known."""
    words = error.strerror or str(error) or type(error).__name__
    file = error.filename2 or error.filename  # of a copy, the second is what was written
    return f"{words}: {os.fsdecode(file)}" if isinstance(file, str | bytes) else words


def nearest_path(key: str, known: Sequence[str]) -> str:
    """Return " Did you mean 'training.epochs'?" for "epochs" or "trainings.epochs", or an empty string.

    `key` is the dotted key that was received, `known` are all dotted keys.
    """
    name = key.rpartition(".")[2]
    same_name = [candidate for candidate in known if candidate.rpartition(".")[2] == name]
    if same_name:
        best = max(same_name, key=lambda candidate: SequenceMatcher(None, key, candidate).ratio())
        return f" Did you mean {best!r}?"
    parent, dot, _ = key.rpartition(".")
    siblings = [candidate for candidate in known if candidate.rpartition(".")[0] == parent]
    hint = nearest(name, [sibling.rpartition(".")[2] for sibling in siblings], parent + dot)
    if hint:
        return hint
    if dot:
        match = get_close_matches(key, known, n=1, cutoff=0.85)
        return f" Did you mean {match[0]!r}?" if match and not key.startswith(f"{match[0]}.") else ""
    lasts = {candidate.rpartition(".")[2]: candidate for candidate in reversed(known)}
    match = get_close_matches(name, list(lasts), n=1, cutoff=0.75)
    return f" Did you mean {lasts[match[0]]!r}?" if match else ""


def nearest_key(key: str, siblings: Sequence[str]) -> str:
    """Return the nearest of the keys that stand beside an unknown dotted key such as "dataset.stepp", else all of them.

    `siblings` are the names known in the same section, such as "step".
    """
    parent, dot, name = key.rpartition(".")
    hint = nearest(name, siblings, parent + dot)
    return hint or (f" Known: {', '.join(parent + dot + sibling for sibling in siblings)}." if siblings else "")

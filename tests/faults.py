"""What a command says of wrong input, by facts: keys, values and names. Whole sentences stand in a catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from seqexp.config.errors import Fault, InputError


def fault_lines(errors: str) -> list[str]:
    """Return the faults in what a command wrote to stderr, which must be nothing else."""
    lines = errors.splitlines()
    assert all(line.startswith("error: ") for line in lines), errors
    return [line.removeprefix("error: ") for line in lines]


def keys_of(errors: str) -> list[str]:
    """Return what each fault is about: its first word."""
    return [line.split()[0].rstrip(":,") for line in fault_lines(errors)]


def assert_faults(errors: str, expected: Sequence[Sequence[str]]) -> None:
    """Assert that stderr has a line for each expected fault, in their order.

    Args:
        errors: What the command wrote there.
        expected: Of each fault what it is about, then what its line must hold, such as the value that was received.
    """
    assert keys_of(errors) == [key for key, *_ in expected], errors
    for line, (_, *facts) in zip(fault_lines(errors), expected, strict=True):
        assert [fact for fact in facts if fact not in line] == [], line


def is_about(fault: Fault, key: str, *facts: str) -> bool:
    """Return whether a fault is about a key, and gives all the values and names."""
    return fault.key == key and all(fact in fault.text for fact in facts)


def only_fault_of(function: Callable[..., Any], *positional: Any, **arguments: Any) -> Fault:
    """Return the one fault for which a call is refused."""
    with pytest.raises(InputError) as caught:
        function(*positional, **arguments)
    (fault,) = caught.value.faults
    return fault


def read_catalogue(path: Path) -> dict[str, list[str]]:
    """Return the lines that each command line of a catalogue prints; entries have an empty line between them."""
    entries = path.read_text(encoding="utf-8").strip().split("\n\n")
    return {entry.split("\n")[0].removeprefix("$ "): entry.split("\n")[1:] for entry in entries}

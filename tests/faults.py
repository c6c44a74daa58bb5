"""What a command says of wrong input, by facts: keys, values and names. Whole sentences stand in a catalogue."""

from __future__ import annotations

from collections.abc import Sequence


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

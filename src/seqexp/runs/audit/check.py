"""What one check of an audit found, and what all of them come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from seqexp.config.errors import InputError
from seqexp.models.plugins import PluginError
from seqexp.tasks.predictions import PredictionError


@dataclass(frozen=True)
class Check:
    """The outcome of one check."""

    name: str  # what was checked, in a word or three
    passed: bool | None  # None: it could not be made
    what: str  # what was done and seen, or why nothing was

    @property
    def verdict(self) -> str:
        """The outcome in words."""
        return "not checked" if self.passed is None else "passed" if self.passed else "FAILED"


def made(name: str, check: Callable[[], tuple[bool | None, str]]) -> Check:
    """Return what a check found; where data that was changed is refused, or a user's own code raises, it wasn't made.

    The sentence then says why, so that nobody takes it for passed.
    """
    try:
        passed, what = check()
    except (InputError, PluginError, PredictionError) as error:
        passed, what = None, f"with the data changed it can't be made: {' '.join(str(error).split())}"
    return Check(name, passed, what)


def verdict_of(checks: Sequence[Check]) -> str:
    """Return what all checks come to: "passed", "failed: NAMES", or which of them could not be made."""
    failed = _named(check for check in checks if check.passed is False)
    if failed:
        return f"failed: {failed}"
    missing = _named(check for check in checks if check.passed is None)
    if not any(check.passed for check in checks):
        return "not checked"
    return f"passed, not checked: {missing}" if missing else "passed"


def as_content(checks: Iterable[Check]) -> dict[str, list[dict[str, object]]]:
    """Return the checks as JSON has them."""
    return {"checks": [{"name": check.name, "passed": check.passed, "what": check.what} for check in checks]}


def _named(checks: Iterable[Check]) -> str:
    return ", ".join(check.name for check in checks)

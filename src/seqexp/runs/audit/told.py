"""What is recorded of an audit, and what a person reads of it."""

from __future__ import annotations

from collections.abc import Sequence

from seqexp.reporting.console import Console
from seqexp.runs.audit.check import Check, as_content, verdict_of
from seqexp.tracking.reading.artifacts import AUDIT_FILE
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.tags import AUDIT_TAG


def record_checks(run: RunRecorder, checks: Sequence[Check]) -> None:
    """Record the checks that a training has made of its run."""
    run.log_json(as_content(checks), AUDIT_FILE)
    run.set_tags({AUDIT_TAG: verdict_of(checks)})


def print_checks(console: Console, checks: Sequence[Check]) -> None:
    """Print what passed in one line, and all else with what was done."""
    passed = [check.name for check in checks if check.passed]
    lines = [f"passed: {', '.join(passed)}"] if passed else []
    lines += [f"{check.verdict}: {check.name}: {check.what}" for check in checks if not check.passed]
    for position, line in enumerate(lines):
        console.fact("" if position else "audit", line)
    console.print()

"""What was found in a series and what was done about it, in words."""

from __future__ import annotations

from seqexp.config.durations import in_words, roughly
from seqexp.data.series.windows import Windows


def repairs_in_words(windows: Windows) -> list[str]:
    """Return one line for each kind of repair; none for a series that is as it should be."""
    series, order = windows.series, windows.repaired.order
    lines = []
    if windows.replaced:
        counts = ", ".join(f"{name} {count:,}" for name, count in windows.replaced.items())
        total = sum(windows.replaced.values())
        lines.append(f"{total:,} {_plural(total, 'value')} held from the row before: {counts}")
    if order.rows is not None:
        done = []
        if order.unordered:
            done.append(f"put in order ({order.unordered:,} time stamps stepped back)")
        if order.duplicates:
            done.append(f"{order.duplicates:,} left out whose time stamp was there already")
        if order.filled:
            done.append(f"{order.filled:,} inserted in short gaps, held from the row before")
        lines.append("rows: " + ", ".join(done))
    if len(order.breaks):
        count = len(order.breaks)
        lines.append(
            f"{count:,} {_plural(count, 'gap')} longer than {_allowed_gap(windows)}, the longest "
            f"{roughly(order.longest * series.interval)}: no window crosses {'it' if count == 1 else 'them'} "
            f"({sum(windows.rows.across_gaps.values()):,} windows left out)"
        )
    unmeasured = sum(windows.rows.not_measured.values())
    if unmeasured:
        lines.append(f"{unmeasured:,} {_plural(unmeasured, 'window')} left out whose target was not measured")
    if windows.constant:
        lines.append(f"left out for never changing in the training rows: {', '.join(windows.constant)}")
    return lines


def _allowed_gap(windows: Windows) -> str:
    return in_words((windows.geometry.max_gap or 0) * windows.series.interval) if windows.geometry.max_gap else "a row"


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
